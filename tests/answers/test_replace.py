import pytest

from codestone.answers.replace import Edit, apply, edits, found

REPLY = "x.py\n```python\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n```\n"


def _edit(search, new):
    return Edit(path=None, search=search, new=new, line=1)


@pytest.mark.parametrize(
    "reply",
    [
        REPLY,
        REPLY.replace("```python\n", "").replace("```\n", ""),
        "```python\nx.py\n" + REPLY.partition("python\n")[2],
        "```python x.py\n" + REPLY.partition("python\n")[2],
        REPLY.replace("x.py\n", "Change `x.py` so:\n\n"),
        REPLY.replace("\n", "\r\n"),
    ],
)
def test_a_block_has_its_path_above_or_inside_the_fence(reply):
    """All the places where models put the path are looked at."""
    (edit,) = edits(reply, ["x.py", "y.py"])
    assert (edit.path, edit.search, edit.new) == ("x.py", "a\n", "b\n")


def test_a_path_holds_until_the_next_one():
    """Several blocks under one path are for one file."""
    second = "<<<<<<< SEARCH\nc\n=======\n>>>>>>> REPLACE\n"
    assert [edit.path for edit in edits(REPLY + second, ["x.py"])] == ["x.py", "x.py"]


def test_unfinished_blocks_are_named():
    """A block without divider or end is refused with its line."""
    words = list(edits("<<<<<<< SEARCH\na\n>>>>>>> REPLACE\n\n<<<<<<< SEARCH\na\n=======\n", ["x"]))
    assert words == [
        "line 1: search/replace block without a divider",
        "line 5: search/replace block without an end",
    ]
    assert not found("=======\n>>>>>>> REPLACE")


def test_edits_are_made_where_the_lines_stand_once():
    """Exactly, or but for blanks at line ends; never in one of two places, never on part of a line."""
    assert apply("a\nb\nc\n", _edit("b\n", "B\nB\n")) == ("a\nB\nB\nc\n", "")
    assert apply("a  \nb\n", _edit("a\nb\n", "c\n")) == ("c\n", "")
    assert apply("a\na\n", _edit("a\n", "b\n")) == (None, "its lines stand in more than one place")
    assert apply("ab\n", _edit("a\n", "b\n")) == (None, "its lines do not stand in the file")
    assert apply("  a\n", _edit("a\n", "b\n"))[0] is None
    assert apply(None, _edit("a\n", "b\n")) == (None, "the file does not exist")


def test_an_empty_search_makes_a_new_file():
    """It never overwrites one that has text."""
    assert apply(None, _edit("", "b\n")) == ("b\n", "")
    assert apply("a\n", _edit("\n", "b\n")) == (None, "an empty search fits a new file only")


def test_line_ends_of_the_file_are_kept():
    """A file with CR LF gets its new lines so."""
    assert apply("a\r\nb\r\n", _edit("b\n", "c\n")) == ("a\r\nc\r\n", "")
