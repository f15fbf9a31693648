import ast
import difflib
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time_ns

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from codestone.answers import render
from codestone.answers.paths import allows, fault
from codestone.answers.read import read
from codestone.answers.write import write

FILES = ("x.py", "pkg/", "src/*.js")
FENCES = ["```", "```python\n", "```diff\n", "~~~~\n", "\n```\n", "    ", "- ", "\n", "\r\n"]
CODE = ["x = 1\n", "def f():\n", "\0", "\x1b[2J", "\ud800", "..."]
LABELS = ["### pkg/a.py\n", "```js src/a.js\n", "# pkg/b.py\n", "pkg/link/x.py\n", "**pkg/link/x.py**\n"]
BAD_LABELS = [
    "**../x.py**\n",
    "**/tmp/x.py**\n",
    "`pkg/../../x.py`\n",
    "C:\\x.py\n",
    "```python:pkg/x\0.py\n",
]
EDITS = ["<<<<<<< SEARCH\n", "=======\n", ">>>>>>> REPLACE\n", "@@ -1,2 +1,2 @@\n", "@@ -0,0 +1 @@\n", "@@"]
DIFFS = [
    "--- a/x.py\n",
    "+++ b/../x.py\n",
    "+++ b/x.py\n",
    "--- /dev/null\n",
    "+++ pkg/n.py\n",
    " a\n",
    "-a\n",
    "+b\n",
]
RESIDUE = ["<think>", "</think>\n", "<|channel|>final<|message|>", "<|im_end|>", "<answer>"]
HOSTILE = st.sampled_from([*FENCES, *CODE, *LABELS, *BAD_LABELS, *EDITS, *DIFFS, *RESIDUE])
REPLY = st.lists(HOSTILE | st.text(max_size=20), max_size=40).map("".join)


def _read(text, files=("x.py",), language="python", workspace=None):
    return read(text, files=files, language=language, workspace=workspace or {})


@given(REPLY, st.sampled_from(["python", "javascript", "go", "bash", "html", "elvish"]))
@settings(max_examples=400)
def test_no_reply_raises_or_names_a_path_outside(text, language):
    """Any text gives an answer whose paths are good, allowed and explained, in printable words."""
    answer = _read(text, FILES, language, {"x.py": "a\nb\n"})
    assert all(fault(path) is None for path in answer.files)
    assert all(any(allows(entry, path) for entry in FILES) for path in answer.files)
    assert len(answer.how) == len(answer.files)
    assert all(word.isprintable() for word in (*answer.how, *answer.rejected))


def _listing(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@given(REPLY)
@settings(max_examples=150)
def test_no_reply_writes_outside_the_workspace(text):
    """Whatever a reply says, and whatever links the workspace holds, nothing outside of it changes."""
    with TemporaryDirectory() as temporary:
        outside, workspace = Path(temporary, "outside"), Path(temporary, "outside", "w")
        (workspace / "pkg").mkdir(parents=True)
        (outside / "x.py").write_text("mine")
        (workspace / "link").symlink_to("..")
        (workspace / "pkg" / "link").symlink_to("../..")
        (workspace / "x.py").write_text("a\nb\n")
        before = {path: data for path, data in _listing(outside).items() if not path.startswith("w")}
        answer = _read(text, FILES, "python", {"x.py": "a\nb\n"})
        written = write(answer, workspace)
        after = {path: data for path, data in _listing(outside).items() if not path.startswith("w")}
        assert after == before
        for path in written:
            assert (workspace / path).read_bytes() == answer.files[path].encode("utf-8", "surrogatepass")
        assert (workspace / "link").readlink() == Path("..")


PATH = st.lists(st.from_regex(r"[a-z_][a-z0-9_]{0,6}", fullmatch=True), min_size=1, max_size=3).map("/".join)
SUFFIX = st.sampled_from([".py", ".js", ".go", ".rs", ".html", ".toml", ".css", ""])
LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n@<>-"), max_size=20)
TEXT = st.lists(LINE, max_size=8).map(lambda lines: "".join(f"{line}\n" for line in lines))
FILE_SET = st.dictionaries(st.builds("".join, st.tuples(PATH, SUFFIX)), TEXT, min_size=1, max_size=4)


@given(FILE_SET)
def test_fenced_files_read_back(files):
    """Files rendered as an answer should look are read as exactly these files."""
    answer = _read("Here they are.\n\n" + render.fenced(files) + "\n\nDone.\n", tuple(files))
    assert dict(answer.files) == files
    assert answer.rejected == ()


SOURCE_LINE = st.sampled_from(["", "a", "b", "  a", "-- a", "++ b", "@@ c", "\\ d", "+", "-", " "])
SOURCE = st.lists(SOURCE_LINE, max_size=12)


def _text(lines):
    return "".join(f"{line}\n" for line in lines)


@given(SOURCE, SOURCE, st.booleans())
def test_diffs_read_back(old, new, fenced):
    """A unified diff between two texts, applied to the first, gives the second."""
    assume(old != new)
    lines = difflib.unified_diff(old, new, "a/d/x.txt", "b/d/x.txt", lineterm="")
    text = _text(lines)
    reply = f"```diff\n{text}```\n" if fenced else f"The patch:\n\n{text}"
    answer = _read(reply, ("d/",), "python", {"d/x.txt": _text(old)} if old else {})
    assert dict(answer.files) == {"d/x.txt": _text(new)}


@given(SOURCE, SOURCE, SOURCE, SOURCE)
def test_search_and_replace_reads_back(head, old, new, tail):
    """A block whose search stands in the file once gives the file with the replacement."""
    assume(any(line.strip() for line in old))
    marked = ["<<", *old, ">>"]
    reply = f"d/x.txt\n<<<<<<< SEARCH\n{_text(marked)}=======\n{_text(new)}>>>>>>> REPLACE\n"
    answer = _read(reply, ("d/x.txt", "y"), "go", {"d/x.txt": _text([*head, *marked, *tail])})
    assert dict(answer.files) == {"d/x.txt": _text([*head, *new, *tail])}


@given(
    st.lists(
        st.sampled_from(["x = 1", "def f():\n    return '```'", "class A:\n    '''doc'''", "# c"]), min_size=1
    )
)
def test_raw_python_reads_back(parts):
    """A reply that is one Python program is that program."""
    text = "\n\n".join(["import os", *parts]) + "\n"
    ast.parse(text)
    assert dict(_read(text).files) == {"x.py": text}


def test_terminal_escapes_and_nul_stay_in_code_and_not_in_reasons():
    """Code is kept as it came; what is said about a reply is harmless to print."""
    answer = _read("**\x1b[2J\0.py**\n```python\nx = 1\n```\n\n**x.py**\n```python\ny = '\x1b\0'\n```\n")
    assert answer.files["x.py"] == "y = '\x1b\0'\n"
    assert any("\\x1b[2J\\x00.py: control character in the path" in word for word in answer.rejected)


def test_what_is_rejected_is_listed_to_a_limit():
    """A reply with a thousand bad blocks makes a short list."""
    answer = _read("**../x.py**\n```python\nx = 1\n```\n" * 1000)
    assert len(answer.rejected) == 101
    assert answer.rejected[-1] == "… and 900 more"


def test_a_task_of_patterns_has_no_first_file():
    """Code without a path is refused where no single file is asked for."""
    answer = _read("```python\nx = 1\n```\n", ("pkg/", "*.py"))
    assert answer.files == {}
    assert answer.rejected == ("line 1: the block names no file",)


def test_an_edit_gives_way_to_a_complete_new_text_only():
    """A diff with the whole new file beside it is the file; a diff with a snippet beside it is the diff."""
    source = "def f():\n    return 1\n\n\ndef g():\n    return 2\n"
    diff = "```diff\n--- a/x.py\n+++ b/x.py\n@@\n def f():\n-    return 1\n+    return 3\n```\n"
    whole = "```python\n" + source.replace("1", "4") + "```\n"
    snippet = "```python\ndef f():\n    return 5\n```\n"
    workspace = {"x.py": source}
    assert _read(diff + whole, workspace=workspace).files["x.py"] == source.replace("1", "4")
    assert _read(diff + snippet, workspace=workspace).files["x.py"] == source.replace("1", "3")


@pytest.mark.parametrize(
    "piece",
    [
        "\n",
        " ",
        "`",
        "```\n",
        "```md\n",
        "<think></think>",
        "<think>\n",
        "**x.py**\n",
        "- - ",
        "title='",
        "@@\n-a\n+b\n",
    ],
)
def test_the_time_grows_with_the_reply_and_no_faster(piece):
    """Eight times the text takes nowhere near sixty-four times as long, whatever it is made of."""

    def spent_ns(characters):
        text = (piece * (characters // len(piece) + 1))[:characters]
        start = process_time_ns()
        _read(text, workspace={"x.py": "a\n"})
        return process_time_ns() - start

    small = min(spent_ns(100_000) for _ in range(3))
    assert spent_ns(800_000) < 40 * max(small, 2_000_000)


def test_several_files_without_a_fence_are_told_by_their_paths():
    """Each path of the task stands alone on a line, however it is marked up, and code follows."""
    first = "main.py\n\nfrom parts.core import f\n\nprint(f())\n\n"
    reply = first + "### `parts/core.py`:\n\ndef f():\n    return 1\n"
    answer = read(reply, files=["main.py", "parts/core.py"], language="python", workspace={})
    assert answer.files == {
        "main.py": "from parts.core import f\n\nprint(f())\n",
        "parts/core.py": "def f():\n    return 1\n",
    }


def test_a_path_that_comes_twice_divides_nothing():
    """Then it is not clear what belongs to which file."""
    reply = "main.py\nx = 1\nparts/core.py\ny = 2\nmain.py\nz = 3\n"
    answer = read(reply, files=["main.py", "parts/core.py"], language="python", workspace={})
    assert len(answer.files) < 2
