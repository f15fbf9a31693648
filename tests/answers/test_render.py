from codestone.answers.render import block, fenced


def test_a_fence_is_longer_than_any_inside():
    """Markdown in a file does not end its block."""
    assert block("````\nx\n````\n", "md") == "`````md\n````\nx\n````\n`````"


def test_files_stand_under_their_paths():
    """One blank line between two; a missing newline at the end is added."""
    assert fenced({"a.py": "x", "b": ""}) == "`a.py`\n```python\nx\n```\n\n`b`\n```\n```"
