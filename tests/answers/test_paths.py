import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.answers.paths import allows, concrete, escaped, fault, resolve


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "empty path"),
        ("/etc/passwd", "not relative"),
        ("~/.bashrc", "not relative"),
        ("../x.py", "out of the workspace"),
        ("a/../../x.py", "out of the workspace"),
        ("a//x.py", "empty part"),
        ("a/./x.py", "empty part"),
        ("a/", "empty part"),
        ("C:/x.py", "drive"),
        ("c:x.py", "drive"),
        ("a\\x.py", "backslash"),
        ("a\0.py", "control character"),
        ("a\x1b[2J.py", "control character"),
        ("a\u202egpj.py", "control character"),
        ("a\ud800.py", "control character"),
        ("a.py.", "ends with a dot"),
        ("a /x.py", "space"),
        ("a" * 256, "too long"),
        ("a/" * 600 + "x", "too long"),
    ],
)
def test_bad_paths_are_named_with_their_reason(path, reason):
    """A path that could leave the workspace, or be another one elsewhere, has a fault."""
    assert reason in (fault(path) or "")


@pytest.mark.parametrize(
    "path", ["x.py", "a/b/c.py", ".gitignore", "a/__init__.py", "[id].tsx", "größe.py", "..x"]
)
def test_plain_paths_are_good(path):
    """Ordinary relative paths have no fault."""
    assert fault(path) is None


def test_entries_are_paths_folders_or_patterns():
    """A folder covers all below it; a star stays within one folder."""
    assert allows("pkg/", "pkg/a/b.py")
    assert not allows("pkg/", "pkgs/b.py")
    assert not allows("pkg/", "pkg/")
    assert allows("src/*.py", "src/a.py")
    assert not allows("src/*.py", "src/a/b.py")
    assert allows("app/[id].tsx", "app/[id].tsx")
    assert not allows("*.py", "*.py")
    assert concrete(["a.py", "b/", "*.c"]) == ["a.py"]


def test_a_name_is_completed_where_only_one_file_ends_so():
    """A bare file name finds its folder, unless two folders have it."""
    assert resolve("./x.py", ["x.py"]) == ("x.py", "")
    assert resolve("x.py", ["src/x.py"]) == ("src/x.py", "")
    assert resolve("x.py", ["a/x.py", "b/x.py"])[0] is None
    assert resolve("other/x.py", ["x.py"]) == (None, "not a file of this task")


@given(st.text(max_size=60))
def test_what_has_no_fault_stays_inside(path):
    """Joined to any folder, a path without a fault lies below it."""
    if fault(path) is None:
        depth = 0
        for part in path.split("/"):
            depth += -1 if part == ".." else 1
            assert depth > 0
        assert not path.startswith("/")
        assert "\0" not in path


@given(st.text())
def test_escaped_text_cannot_move_a_cursor(text):
    """Whatever a reply holds, its escaped form is printable and short."""
    assert escaped(text).isprintable()
    assert len(escaped(text, 10)) <= 101
