import os
import stat

import pytest

from codestone.answers import Answer
from codestone.answers.write import write


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


def _of(files):
    return Answer(files=files, how=(), rejected=())


@pytest.fixture
def workspace(tmp_path):
    """Make a workspace with a secret beside it."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("secret")
    return folder


def test_files_and_their_folders_are_written(workspace):
    """Parents are made; the text arrives byte for byte, no temporary file stays."""
    text = "a\r\nb\0\x1b[2J ü\ud800"
    assert write(_of({"x.py": "1\n", "a/b/c.txt": text}), workspace) == ("x.py", "a/b/c.txt")
    assert (workspace / "x.py").read_text() == "1\n"
    assert (workspace / "a/b/c.txt").read_bytes() == text.encode("utf-8", "surrogatepass")
    assert _names(workspace) == ["a", "x.py"]


def test_an_old_file_keeps_its_mode(workspace):
    """A script stays executable."""
    (workspace / "run.sh").write_text("old")
    (workspace / "run.sh").chmod(0o755)
    assert write(_of({"run.sh": "new"}), workspace) == ("run.sh",)
    assert stat.S_IMODE((workspace / "run.sh").stat().st_mode) == 0o755
    assert (workspace / "run.sh").read_text() == "new"


@pytest.mark.parametrize("path", ["link", "folder/secret", "folder/new", "folder/new/deep"])
def test_links_are_not_followed(workspace, path):
    """Neither as the file nor on the way to it."""
    (workspace / "link").symlink_to("../outside/secret")
    (workspace / "folder").symlink_to("../outside")
    assert write(_of({path: "mine", "ok": "1"}), workspace) == ("ok",)
    assert _names(workspace / "../outside") == ["secret"]
    assert (workspace / "../outside/secret").read_text() == "secret"
    assert _names(workspace) == ["folder", "link", "ok"]


def test_a_second_name_of_a_file_is_not_written_through(workspace):
    """A hard link to a file elsewhere is replaced, not changed."""
    os.link(workspace / "../outside/secret", workspace / "x")
    assert write(_of({"x": "mine"}), workspace) == ("x",)
    assert (workspace / "../outside/secret").read_text() == "secret"


def test_what_stands_in_the_way_is_left(workspace):
    """A folder, a pipe, or a file where a folder should be: the path is not written."""
    (workspace / "folder").mkdir()
    (workspace / "file").write_text("")
    os.mkfifo(workspace / "pipe")
    assert write(_of({"folder": "1", "file/x": "2", "pipe": "3", "ok": "4"}), workspace) == ("ok",)


@pytest.mark.parametrize("path", ["../x", "/tmp/x", "a/../../x", "a\0b", "", "a" * 300])
def test_a_bad_path_is_not_written_even_if_asked(workspace, path):
    """The rule of paths holds here too, whoever made the answer."""
    assert write(_of({path: "1"}), workspace) == ()
    assert list(workspace.iterdir()) == []


def test_a_missing_workspace_is_our_fault(tmp_path):
    """It is an error, not an unwritten file."""
    with pytest.raises(FileNotFoundError):
        write(_of({"x": ""}), tmp_path / "none")
