import pytest

from codestone.answers.fenced import blocks
from codestone.answers.naming import name_of


@pytest.mark.parametrize(
    ("reply", "path", "how"),
    [
        ("**b.py**\n```python a.py\n```", "a.py", "fenced block, path in the info string"),
        ("**b.py**\n```\n# a.py\n```", "b.py", "fenced block, path on the line above"),
        ("# b.py\n\nIt uses `a.py`:\n```\n```", "b.py", "fenced block, path in the heading above"),
        ("So:\n```\n# b.py\n```", "b.py", "fenced block, path in its first comment"),
        ("The new `b.py`:\n```\n```", "b.py", "fenced block, file mentioned above"),
        ("- `a.py`\n- `b.py`\n\nSo:\n```\n```", "a.py", "fenced block"),
    ],
)
def test_the_nearest_plain_label_names_the_block(reply, path, how):
    """Info string, line above, heading, comment, mention, first file: in that order."""
    name = name_of(next(blocks(reply)), ["a.py", "b.py"])
    assert (name.path, name.how) == (path, how)


def test_a_bad_label_names_nothing():
    """A block for some other file is not taken for the first one."""
    name = name_of(next(blocks("**c.py**\n```\n```")), ["a.py"])
    assert (name.path, name.reason) == (None, "c.py: not a file of this task")
