from codestone.answers.changes import EDITABLE, Changes

EDIT = "x.py\n<<<<<<< SEARCH\n{}\n=======\n{}\n>>>>>>> REPLACE\n"


def test_edits_build_on_one_another():
    """The second edit sees what the first left; a diff may follow both."""
    changes = Changes(workspace={"x.py": "a\n"}, files=["x.py"])
    changes.replace(EDIT.format("a", "b") + EDIT.format("b", "c"))
    changes.patch("@@\n-c\n+d\n", label=None, line=9)
    assert changes.changed == {"x.py": "d\n"}
    assert changes.how == {"x.py": "unified diff"}
    assert changes.refused == []


def test_an_edit_that_cannot_be_made_is_told():
    """Wrong file, wrong context, too much text, no hunk: each has its word."""
    changes = Changes(workspace={"x.py": "a\n" * EDITABLE}, files=["x.py"])
    changes.replace(EDIT.replace("x.py", "../y.py").format("a", "b") + EDIT.format("a", "b"))
    changes.patch("nothing", label=None, line=20)
    assert changes.refused == [
        "line 2: ../y.py: path leads out of the workspace",
        "line 8: x.py: the file is too long to be edited in place",
        "line 20: a diff without a hunk",
    ]
    assert changes.tried
