"""``codestone box`` as a script sees it: exit codes, streams, and what it leaves of the current folder."""

import json
import os
import select
import subprocess
import sys

import pytest

from codestone.errors import SandboxError
from codestone.sandbox import backend


@pytest.fixture(scope="module", autouse=True)
def _box():
    try:
        backend()
    except SandboxError as error:
        if os.environ.get("REQUIRE_BOX") == "1":
            raise
        pytest.skip(error.message)


@pytest.fixture
def here(tmp_path):
    """A current folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "a.txt").write_text("one\n")
    return folder


def box(here, *words, stdin=b""):
    return subprocess.run(
        [sys.executable, "-m", "codestone.cli", "box", *words],
        cwd=here,
        input=stdin,
        capture_output=True,
        check=False,
    )


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_copy_of_the_current_folder(here):
    """The command sees the folder's files, and what it does to them stays in the box."""
    done = box(here, "--", "sh", "-c", "cat a.txt; echo two >> a.txt; echo 3 > new; cat a.txt")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"one\none\ntwo\n", b"")
    assert tree(here) == {"a.txt": b"one\n"}


def test_write_back(here):
    """With --write-back what the command left is laid over the folder, and nothing is deleted."""
    (here / "kept").write_text("kept")
    command = "echo two >> a.txt; mkdir d; echo 3 > d/new; rm kept; ln -s /etc l; exit 4"
    done = box(here, "--write-back", "--", "sh", "-c", command)
    assert done.returncode == 4
    assert tree(here) == {"a.txt": b"one\ntwo\n", "d/new": b"3\n", "kept": b"kept"}
    assert done.stderr == b"codestone box: 'l' was not written back: cannot be read\n"


def test_nothing_is_written_back_after_a_limit(here):
    """A command that a limit ended changes nothing."""
    done = box(here, "--write-back", "--limit", "wall=300ms", "--", "sh", "-c", "echo 2 > a.txt; sleep 60")
    assert done.returncode == 124
    assert tree(here) == {"a.txt": b"one\n"}


@pytest.mark.parametrize(
    ("command", "code"), [("exit 0", 0), ("exit 7", 7), ("exit 137", 137), ("kill -11 $$", 139)]
)
def test_the_exit_code_is_the_command_s_own(here, command, code):
    """Whatever the command ends with is passed on, and nothing is said."""
    done = box(here, "--", "sh", "-c", command)
    assert (done.returncode, done.stderr) == (code, b"")


@pytest.mark.parametrize(
    ("limit", "command", "code"),
    [("wall=300ms", "sleep 60", 124), ("output=10K", "yes", 137), ("cpu=300ms", "while :; do :; done", 137)],
)
def test_a_limit_that_ended_it(here, tmp_path, limit, command, code):
    """124 for the wall limit and 137 for another, one line on stderr, and the JSON names it."""
    done = box(here, "--limit", limit, "--json", str(tmp_path / "end.json"), "--", "sh", "-c", command)
    key = limit.partition("=")[0]
    assert done.returncode == code
    assert done.stderr.count(b"\n") == 1
    assert f"the {key} limit of".encode() in done.stderr
    assert json.loads((tmp_path / "end.json").read_text())["limit"] == key


def test_json(here, tmp_path):
    """The JSON tells a command's own 137 from a limit's, and what the box was."""
    box(here, "--json", str(tmp_path / "end.json"), "--", "sh", "-c", "exit 137")
    told = json.loads((tmp_path / "end.json").read_text())
    assert (told["schema_version"], told["returncode"], told["limit"]) == (1, 137, None)
    assert told["wall_ns"] > 0
    assert told["box"].split()[0] == "bubblewrap"
    assert set(told["in_force"]) >= {"memory", "network", "system calls"}


def test_input_is_passed_on(here):
    """Standard input reaches the command, its end too."""
    given = b"line\n" * 50_000
    assert box(here, "--", "cat", stdin=given).stdout == given


def test_output_comes_while_it_runs(here):
    """What the command prints is seen before it ends."""
    words = [
        sys.executable,
        "-m",
        "codestone.cli",
        "box",
        "--",
        "sh",
        "-c",
        "echo first; read _; echo second",
    ]
    with subprocess.Popen(words, cwd=here, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert select.select([running.stdout], [], [], 60)[0]
        assert running.stdout.readline() == b"first\n"
        running.stdin.write(b"\n")
        running.stdin.close()
        assert running.stdout.read() == b"second\n"


@pytest.mark.parametrize(
    "words", [["--limit", "wal=1s", "--", "true"], ["--limit", "wall=1h", "--", "true"], []]
)
def test_usage(here, words):
    """An unknown key or unit, and a missing command, are usage errors."""
    assert box(here, *words).returncode == 2


def test_the_hint_lists_the_keys(here):
    """Whoever mistypes a key is told all of them."""
    said = box(here, "--limit", "ram=1G", "--", "true").stderr.decode()
    assert all(
        key in said
        for key in ("wall", "cpu", "memory", "disk", "file", "output", "processes", "fds", "inodes")
    )


def test_our_interpreter_is_there(here):
    """The Python that runs us is on the box's PATH, without its packages."""
    done = box(here, "--", "python3", "-c", "import sys; print(sys.version_info[:2]); import codestone")
    assert done.stdout.decode().strip() == str(tuple(sys.version_info[:2]))
    assert b"No module named 'codestone'" in done.stderr


def test_words_after_the_dashes_are_the_command_s(here):
    """Options behind -- are the command's, also when they look like ours."""
    assert box(here, "--", "echo", "--limit", "x", "--json").stdout == b"--limit x --json\n"
