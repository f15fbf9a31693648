"""Command-line programs: run by argv, files put and read bytes for bytes, nothing left alive."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from time import perf_counter_ns

import pytest

from codestone import process
from codestone.grading import Candidate, CandidateFailed
from codestone.grading.session import Session
from codestone.languages import bash
from codestone.sandbox.unsafe import Unsafe

Open = Callable[[str, Mapping[str, str]], Session]

SCRIPT = """\
#!/usr/bin/env bash
case "$1" in
  echo) cat; printf '%s|' "${@:2}"; echo "$GREETING" > /dev/stderr; exit 3 ;;
  both) echo one > /dev/stderr; echo two > /dev/stderr; echo out > /dev/stdout ;;
  touch) printf x > "$2" ;;
  hang) sleep 1000 & echo $!; echo said; wait ;;
  orphan) (setsid sleep 1000 &) ; until pgrep -x sleep > /dev/null; do :; done; echo left ;;
  count) pgrep -x sleep | wc -l ;;
  deaf) echo early; exit 0 ;;
  flood) yes ;;
  many) head -c "$2" /dev/zero ;;
esac
"""
NAMES = (b"a b", b"new\nline", b"-dash", b"caf\xc3\xa9", b"\xff\xfe not utf-8", b'quote"s', b"deep/er/x")


@pytest.fixture(scope="module")
def session(open_session: Open) -> Iterator[Session]:
    """A box with one script."""
    with open_session("bash", {"tool.sh": SCRIPT}) as opened:
        yield opened


@pytest.fixture
def candidate(session: Session) -> Iterator[Candidate]:
    """A fresh worker."""
    with session.candidate(seed=1, limit_s=60) as fresh:
        yield fresh


def test_run(candidate: Candidate):
    """A script has its arguments, input and environment; its output and exit code come back as bytes."""
    argv = ("bash", "tool.sh", "echo", "a b", b"\xff", "")
    ran = candidate.run(*argv, stdin=b"in\x00\xfe", env={"GREETING": "hi"})
    assert (ran.code, ran.stdout, ran.stderr) == (3, b"in\x00\xfea b|\xff||", b"hi\n")


def test_standard_streams(candidate: Candidate):
    """Output is a pipe: /dev/stderr may be opened again and again."""
    ran = candidate.run("bash", "tool.sh", "both")
    assert (ran.code, ran.stdout, ran.stderr) == (0, b"out\n", b"one\ntwo\n")


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_files(candidate: Candidate, name: bytes):
    """A file with any name goes in, is seen by the command, and comes back byte for byte."""
    data = bytes(range(256))
    candidate.put(b"put/" + name, data)
    assert candidate.run("cat", b"put/" + name).stdout == data
    assert candidate.read(b"put/" + name) == data
    text = (b"put/" + name).decode("utf-8", "surrogateescape")
    entry = candidate.listing()[text]
    assert (entry.kind, entry.size) == ("file", 256)
    assert candidate.read(text) == data


def test_made_by_the_command(candidate: Candidate):
    """A file that a command made is read back, and its mode told."""
    candidate.run("bash", "tool.sh", "touch", b"made \xff")
    assert candidate.read(b"made \xff") == b"x"
    candidate.put("run me", b"#!/bin/sh\necho ran", mode=0o755)
    assert candidate.listing()["run me"].mode == 0o755
    assert candidate.run("./run me").stdout == b"ran\n"


def test_links(candidate: Candidate):
    """A link is told as one, with where it leads; what is no plain file is not read."""
    candidate.run("sh", "-c", "mkdir -p d; ln -sfn nowhere d/l; rm -f fifo; mkfifo fifo")
    entries = candidate.listing()
    assert (entries["d/l"].kind, entries["d/l"].target) == ("link", "nowhere")
    assert (entries["d"].kind, entries["fifo"].kind) == ("folder", "other")
    for path in ("d/l", "fifo", "d", "no such file"):
        with pytest.raises(CandidateFailed, match="reading"):
            candidate.read(path)


def test_no_such_program(candidate: Candidate):
    """A program that is not there is the candidate's failure."""
    with pytest.raises(CandidateFailed, match="FileNotFoundError"):
        candidate.run("./no-such-program")


def test_time_runs_out(candidate: Candidate):
    """At the limit the whole process group dies; what it said until then is told."""
    ran = candidate.run("bash", "tool.sh", "hang", limit_s=1.5)
    assert ran.code is None
    pid, said = ran.stdout.decode().split()
    assert said == "said"
    assert candidate.run("test", "-e", f"/proc/{pid}/exe").code == 1


def test_exit_ends_the_run(candidate: Candidate):
    """What a command leaves in the background is not waited for."""
    began_ns = perf_counter_ns()
    assert candidate.run("bash", "tool.sh", "orphan").stdout == b"left\n"
    assert perf_counter_ns() - began_ns < 30e9
    assert int(candidate.run("bash", "tool.sh", "count").stdout) == 1


def test_nothing_is_left(session: Session):
    """What a check left running, even in a session of its own, is dead before the next check."""
    with session.candidate(seed=1, limit_s=60) as first:
        first.run("bash", "tool.sh", "orphan")
        assert int(first.run("bash", "tool.sh", "count").stdout) == 1
    with session.candidate(seed=1, limit_s=60) as second:
        assert int(second.run("bash", "tool.sh", "count").stdout) == 0


def test_nothing_is_left_without_walls(open_session: Open):
    """Without a box too, a check's orphans die with it, and nobody else's processes do."""
    opened = open_session("bash", {"tool.sh": SCRIPT})
    opened._backend = Unsafe()
    with process.start(["sleep", "1000"]) as bystander, opened:
        with opened.candidate(seed=1, limit_s=60) as first:
            (pid,) = first.run("sh", "-c", "setsid sleep 1001 & echo $!").stdout.split()
            assert Path(f"/proc/{int(pid)}").exists()
        assert not Path(f"/proc/{int(pid)}/exe").exists()
        assert bystander.poll() is None


def test_input_that_nobody_reads(candidate: Candidate):
    """A command may end without reading its input."""
    assert candidate.run("bash", "tool.sh", "deaf", stdin=b"x" * (1 << 20)).stdout == b"early\n"


def test_much_output(candidate: Candidate):
    """Megabytes come back whole; more than can be told is a failure, and the command is ended."""
    assert len(candidate.run("bash", "tool.sh", "many", "5000000").stdout) == 5_000_000
    with pytest.raises(CandidateFailed, match="more than"):
        candidate.run("bash", "tool.sh", "flood")
    assert candidate.run("pgrep", "-x", "yes").code == 1


def test_start(candidate: Candidate):
    """A command that was started runs beside others, until it ends."""
    command = candidate.start("sh", "-c", "while ! test -e go; do read -t 1 x || sleep 0.01; done; echo gone")
    candidate.put("go", b"")
    ran = command.ended()
    assert (ran.code, ran.stdout) == (0, b"gone\n")


def test_signal(candidate: Candidate):
    """A command that a signal ended has minus its number."""
    assert candidate.run("sh", "-c", "kill -9 $$").code == -9


def test_python_on_the_path(candidate: Candidate):
    """python3 in a box is the interpreter that we run on."""
    ran = candidate.run("python3", "-c", "print(2 + 2)")
    assert (ran.code, ran.stdout) == (0, b"4\n")


def test_version():
    """The bash that a box has tells its version."""
    assert bash.runtime().version.startswith("Bash ")
