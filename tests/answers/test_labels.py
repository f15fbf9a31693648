import pytest

from codestone.answers.labels import in_comment, in_info, mentioned, on_line

FILES = ["src/app.py", "Makefile"]


@pytest.mark.parametrize(
    ("info", "found"),
    [
        ("python", ("python", None)),
        ("", ("", None)),
        ("python src/app.py", ("python", "src/app.py")),
        ("python:src/app.py", ("python", "src/app.py")),
        ('python title="src/app.py"', ("python", "src/app.py")),
        ("python filename=app.py", ("python", "app.py")),
        ("{python file='app.py'}", ("python", "app.py")),
        ("src/app.py", ("", "src/app.py")),
        ("Makefile", ("", "Makefile")),
        ("Python (app.py)", ("python", "app.py")),
        ("C:/x.py", ("", "C:/x.py")),
        ("3:9:src/app.py", ("excerpt", "src/app.py")),
        ("js showLineNumbers", ("js", None)),
    ],
)
def test_info_strings_give_tag_and_path(info, found):
    """Every usual way to put a path behind the fence is understood."""
    assert in_info(info, FILES) == found


@pytest.mark.parametrize(
    "line",
    [
        "src/app.py",
        "`src/app.py`",
        "**src/app.py**",
        "**`src/app.py`**:",
        "### src/app.py",
        "#### 1. `src/app.py`",
        "File: src/app.py",
        "**File: `src/app.py`**",
        "**Filename:** `src/app.py`",
        "- Updated file: src/app.py (complete)",
        "=== src/app.py ===",
        "--- src/app.py ---",
        "[src/app.py](src/app.py)",
    ],
)
def test_a_line_that_is_a_path_is_a_label(line):
    """Decoration around a path does not hide it."""
    assert on_line(line, FILES) == "src/app.py"


@pytest.mark.parametrize(
    "line",
    ["Here is the code:", "### Step 1", "Input/Output", "**Node.js**", "heapq.nsmallest", "1.", "x" * 3000],
)
def test_other_lines_are_no_label(line):
    """Headings, names of products and functions are not taken for files."""
    assert on_line(line, FILES) is None


def test_a_label_may_be_a_bad_path():
    """What is meant as a path is seen, so that it can be refused."""
    assert on_line("**../../x.py**", FILES) == "../../x.py"
    assert on_line("/etc/passwd", FILES) == "/etc/passwd"


def test_a_sentence_mentions_one_file_or_none():
    """Two files in one sentence label nothing."""
    assert mentioned("Here is the new `app.py`:", FILES) == "src/app.py"
    assert mentioned("Change `app.py` and the Makefile:", FILES) is None
    assert mentioned("Here it is:", FILES) is None


@pytest.mark.parametrize(
    "code",
    [
        "# src/app.py\nx",
        "// src/app.py",
        "#!/usr/bin/env python\n# File: src/app.py\n",
        "<!-- src/app.py -->\n",
    ],
)
def test_the_first_comment_may_be_the_path(code):
    """Comment marks of all languages are known; a shebang is passed over."""
    assert in_comment(code, FILES) == "src/app.py"


def test_other_first_lines_are_no_path():
    """Code, a sentence and a bad path are not believed."""
    assert in_comment("x = 1\n", FILES) is None
    assert in_comment("# This is app.py\n", FILES) is None
    assert in_comment("# /etc/app.py\n", FILES) is None
