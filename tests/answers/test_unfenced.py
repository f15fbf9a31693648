import pytest

from codestone.answers.unfenced import code, whole


def test_a_reply_that_parses_and_does_something_is_code():
    """Words that happen to parse are no program."""
    assert whole('"""Has a fence:\n```\nx\n```\n"""\nx = 1\n', "python")
    assert not whole("Done", "python")
    assert not whole("Note: nothing", "python")
    assert not whole("", "python")
    assert not whole("x = 1\n", "go")


@pytest.mark.parametrize(
    ("path", "before", "body", "after"),
    [
        (
            "x.py",
            "Here you go.\n\n",
            "import os\n\n\ndef f():\n    return os\n",
            "\nThat is it (tested)!\nBye.\n",
        ),
        (
            "x.py",
            "",
            "def f():\n    return 1\n\n\nif __name__ == '__main__':\n    f()\n",
            "\n- fixed f\n- more\n",
        ),
        (
            "x.js",
            "Sure!\n\n",
            "'use strict'\n\nfunction f() {\n}\n\nmodule.exports = f\n",
            "\nThis exports one function.\n",
        ),
        ("x.rs", "Code:\n\n", "use std::io;\n\nfn main() {\n}\n", "\n**Notes**\n"),
        ("x.go", "", "package main\n\nfunc main() {\n}\n", "\n### Notes\n\nIt does nothing at all.\n"),
        ("x.sh", "Save this:\n", "#!/bin/sh\necho hi\n", ""),
        ("x.html", "The page:\n", "<!doctype html>\n<html></html>\n", "\nOpen it in a browser now.\n"),
    ],
)
def test_prose_around_code_is_cut_off(path, before, body, after):
    """Code begins where its language does and ends before the closing words."""
    assert code(before + body + after, path, "") == body


@pytest.mark.parametrize("path", ["x.py", "x.js", "x.rs", "x.go", "x.sh", "x.html", "x.unknown"])
def test_prose_alone_is_no_code(path):
    """Nothing is made of words."""
    assert code("I would use a heap here.\n\nLet me know what you think.\n", path, "") is None
