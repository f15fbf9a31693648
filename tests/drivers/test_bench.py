import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.drivers._bench import RESULT_CHARACTERS, do
from codestone.task import ToolReply, ToolSpec

FILES = ("x.py", "src/deep/only.py", "new/")


@pytest.fixture
def use(workspace):
    """Carry out one call on the workspace."""
    (workspace / "src").mkdir()
    (workspace / "src" / "a.py").write_text("import x\nx.f()\nprint(x.f())\n")
    (workspace / "data.bin").write_bytes(b"\xff\0")
    (workspace / "away").symlink_to("/etc")
    (workspace / "link.py").symlink_to("/etc/passwd")

    def use(does, **arguments):
        tool = ToolSpec(name="t", description="T.", does=does)
        return do(tool, arguments, files=FILES, workspace=workspace)

    return use


def test_list_names_the_text_files(use):
    """Links and binary files are not there; a folder can be named."""
    assert use("list").text == use("list", path=".").text == "src/a.py\nx.py"
    assert use("list", path="./src/").text == "src/a.py"
    assert use("list", path="away").text == "error: there are no text files in 'away'"


def test_read_gives_a_file_or_some_lines_of_it(use):
    """Line numbers count from 1; a range that is the wrong way round is its first line."""
    assert use("read", path="./src/a.py").text == "import x\nx.f()\nprint(x.f())\n"
    assert use("read", path="src/a.py", first_line=2, last_line=2).text == "x.f()\n"
    assert use("read", path="src/a.py", first_line=2, last_line=-5).text == "x.f()\n"
    assert use("read", path="src/a.py", first_line=3, last_line=99).text == "print(x.f())\n"
    assert use("read", path="src/a.py", first_line=4).text == "error: 'src/a.py' has lines 1 to 3"
    assert use("read", path="src/a.py", first_line=0).text.startswith("error:")


@pytest.mark.parametrize(
    "path", ["link.py", "away/hosts", "/etc/hosts", "../x", "data.bin", "none", "", "src"]
)
def test_what_is_no_text_file_of_the_workspace_cannot_be_read(use, path):
    """No link is followed."""
    assert use("read", path=path).text.startswith("error: there is no text file")


def test_a_long_file_is_cut_with_the_line_to_go_on_from(use, workspace):
    """Nothing is lost: the rest can be asked for."""
    whole = "".join(f"{n:06}\r\n" for n in range(1, 5_001))
    (workspace / "x.py").write_bytes(whole.encode())
    first = use("read", path="x.py").text
    read, note = first.rsplit("\n", 1)
    number = int(note.rpartition(" ")[2].rstrip("]"))
    assert note == f"[cut: the file has 5000 lines, read on from line {number}]"
    assert len(first) < RESULT_CHARACTERS + 100
    assert whole.startswith(f"{read}\n{number:06}\r\n")
    assert use("read", path="x.py", first_line=number).text.startswith(f"{number:06}\r\n")


def test_a_line_that_is_too_long_is_cut_and_said_to_be(use, workspace):
    """Reading on would show the same again."""
    (workspace / "x.py").write_text("1\n" + "y" * 99_999)
    assert use("read", path="x.py").text == "1\n[cut: the file has 2 lines, read on from line 2]"
    assert use("read", path="x.py", first_line=2).text.endswith(
        "y\n[cut: line 2 is too long to be read whole]"
    )
    (workspace / "x.py").write_text("")
    assert use("read", path="x.py").text == "(the file is empty)"


def test_search_finds_plain_text_by_line(use):
    """Each line once; what looks like a pattern is none."""
    assert use("search", text="x.f()").text == "src/a.py:2: x.f()\nsrc/a.py:3: print(x.f())"
    assert use("search", text="return", path="x.py").text == "x.py:2:     return 1"
    assert use("search", text="f()\nprint").text == "src/a.py:2: x.f()"
    assert use("search", text="x.f.*").text.startswith("nothing found")
    assert use("search", text="x", path="none").text.startswith("nothing found")
    assert use("search", text="").text.startswith("error:")


def test_a_search_for_everything_is_bounded(use, workspace):
    """A hundred lines, none of them long."""
    (workspace / "x.py").write_text(("y" * 5_000 + "\n") * 5_000)
    text = use("search", text="y").text
    assert len(text) < RESULT_CHARACTERS + 100
    (workspace / "x.py").write_text("y\n" * 5_000)
    assert use("search", text="y").text.endswith("[more than 100 lines: search for something rarer]")


def test_write_makes_a_whole_file_where_the_task_allows_it(use, workspace):
    """A name without its folder is completed as in an answer."""
    assert use("write", path="./x.py", content="a\nb\n") == ("wrote x.py (2 lines)", "x.py")
    assert (workspace / "x.py").read_text() == "a\nb\n"
    assert use("write", path="only.py", content="").wrote == "src/deep/only.py"
    assert use("write", path="new/a/b.py", content="").wrote == "new/a/b.py"


@pytest.mark.parametrize(
    "path",
    ["src/a.py", "../x.py", "/etc/hosts", "away/x", "new/../../x", "\x1b[2J", "new/\ud800", "", "new/"],
)
def test_what_the_task_does_not_allow_is_not_written(use, workspace, path):
    """The contestant is told which files it may write."""
    before = sorted(workspace.rglob("*"))
    done = use("write", path=path, content="x")
    assert (done.wrote, done.text.startswith("error: ")) == ("", True)
    assert "x.py" in done.text
    assert done.text.isprintable()
    assert sorted(workspace.rglob("*")) == before


def test_a_link_in_the_way_is_not_written_through(use, workspace, tmp_path):
    """Neither by writing nor by replacing."""
    (tmp_path / "outside").write_text("1")
    (workspace / "x.py").unlink()
    (workspace / "x.py").symlink_to(tmp_path / "outside")
    assert "something stands in the way" in use("write", path="x.py", content="x").text
    assert use("replace", path="x.py", old="1", new="2").text.startswith("error: there is no text file")
    assert (tmp_path / "outside").read_text() == "1"


def test_replace_changes_what_stands_there_once(use, workspace):
    """Anything else is told, and changes nothing."""
    assert use("replace", path="x.py", old="1", new="2").wrote == "x.py"
    assert (workspace / "x.py").read_text() == "def f():\n    return 2\n"
    assert "is not in it" in use("replace", path="x.py", old="return 1", new="").text
    assert "stands 2 times in it" in use("replace", path="x.py", old="f", new="").text
    assert "is empty" in use("replace", path="x.py", old="", new="x").text
    assert "may not be written" in use("replace", path="src/a.py", old="import x", new="").text
    assert (workspace / "x.py").read_text() == "def f():\n    return 2\n"


def test_a_scripted_tool_says_what_the_first_match_says(workspace):
    """A pattern matches a whole argument, one that is no text as its JSON."""
    tool = ToolSpec(
        name="grep", description="G.", does="scripted", parameters={"type": "object", "properties": {}},
        reply=(
            ToolReply(when={"pattern": "get_db.*", "glob": r".*\.py"}, says="db.py:3: def get_db():"),
            ToolReply(when={"depth": "[0-9]+"}, says="deep"),
            ToolReply(when={"all": "true"}, says="y" * 99_999),
        ),
    )  # fmt: skip

    def say(**arguments):
        return do(tool, arguments, files=FILES, workspace=workspace).text

    assert say(pattern="get_db()", glob="*.py") == "db.py:3: def get_db():"
    assert say(pattern="get_db()") == "error: there is no result for these arguments"
    assert say(pattern="my get_db", glob="a.py").startswith("error:")
    assert say(depth=12) == "deep"
    assert say(all=True).endswith("[cut after 16,000 characters of 99,999]")


@given(path=st.text(max_size=40), content=st.text(max_size=40))
def test_no_path_leaves_the_workspace(tmp_path_factory, path, content):
    """Whatever a model writes as a path, all that there is lies below the workspace."""
    outer = tmp_path_factory.mktemp("outer")
    folder = outer / "workspace"
    folder.mkdir()
    for does in ("write", "replace", "read", "list", "search"):
        arguments = {"path": path, "content": content, "old": content, "new": path, "text": content}
        names = {"write": ("path", "content"), "replace": ("path", "old", "new"), "search": ("text", "path")}
        given = {name: arguments[name] for name in names.get(does, ("path",))}
        tool = ToolSpec(name="t", description="T.", does=does)
        done = do(tool, given, files=("a/", "*.py", "b.txt"), workspace=folder)
        assert done.wrote == "" or (folder / done.wrote).is_file()
    assert os.listdir(outer) == ["workspace"]
