"""Processes: bounded, and none left alive."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codestone import process
from codestone.errors import ToolchainMissing


def alive(marker):
    """Return the pids of processes in whose command line ``marker`` stands, guards not counted."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_bytes()
            if marker.encode() in line and b"guard.py" not in line and int(path.parent.name) != os.getpid():
                found.append(int(path.parent.name))
    return found


def until(condition):
    """Wait for a condition that must come; fail after 30 s."""
    deadline = monotonic() + 30
    while not condition():
        assert monotonic() < deadline
        select.select([], [], [], 0.01)


@pytest.fixture
def marker(request):
    """A word that stands in no other command line."""
    return f"marker-{os.getpid()}-{abs(hash(request.node.name))}"


def tree(marker):
    """Return a command that starts a child, a daemon in a session of its own, and waits."""
    sleep = f"sleep 60; : {marker}"
    return ["sh", "-c", f"sh -c '{sleep}' & setsid sh -c '(sh -c \"{sleep}\" &) ; {sleep}' & {sleep}"]


linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc; orphans are adopted on Linux only")


def test_output_and_exit_code():
    """Both streams and the exit code come back, and input is given."""
    done = process.run(["sh", "-c", "cat; echo oops >&2; exit 3"], limit_s=30, stdin=b"hello")
    assert (done.stdout, done.stderr, done.returncode) == (b"hello", b"oops\n", 3)
    assert not done.timed_out
    assert done.wall_ns > 0


def test_a_signal_is_told():
    """What a signal ended has minus its number as exit code."""
    assert process.run(["sh", "-c", "kill -11 $$"], limit_s=30).returncode == -signal.SIGSEGV


def test_the_limit_on_time():
    """A command beyond its limit is killed, and what it wrote before is kept."""
    done = process.run(["sh", "-c", "echo early; sleep 60"], limit_s=0.5)
    assert (done.timed_out, done.stdout, done.returncode) == (True, b"early\n", -signal.SIGKILL)


def test_the_limit_on_output():
    """Output beyond the cap is dropped and told, and the command runs on to its end."""
    done = process.run(["sh", "-c", "head -c 3000000 /dev/zero; exit 5"], limit_s=30, output_bytes=1000)
    assert (len(done.stdout), done.truncated, done.returncode) == (1000, True, 5)
    assert not process.run(["head", "-c", "1000", "/dev/zero"], limit_s=30, output_bytes=1000).truncated


@settings(max_examples=10, deadline=None)
@given(st.binary(max_size=300_000))
def test_any_input_comes_back_from_cat(given_bytes):
    """Input larger than a pipe goes through without a deadlock, byte for byte."""
    assert process.run(["cat"], limit_s=30, stdin=given_bytes).stdout == given_bytes


def test_input_that_nobody_reads():
    """A command that ignores its input ends all the same."""
    assert process.run(["true"], limit_s=30, stdin=bytes(1_000_000)).returncode == 0


def test_a_program_that_is_not_there(tmp_path):
    """A missing program is told by name, on PATH and by path."""
    for name in ("no-such-program", str(tmp_path / "gone"), str(tmp_path)):
        with pytest.raises(ToolchainMissing) as caught:
            process.run([name], limit_s=1)
        assert caught.value.what == name


def test_folder_and_environment(tmp_path):
    """The command runs in the folder and the environment that were asked for."""
    (tmp_path / "tool").write_text("#!/bin/sh\npwd; echo $WORD\n")
    (tmp_path / "tool").chmod(0o755)
    done = process.run(["./tool"], limit_s=30, cwd=tmp_path, env={"WORD": "yes", "PATH": "/usr/bin:/bin"})
    assert done.stdout.decode().split() == [str(tmp_path), "yes"]
    done = process.run(["tool"], limit_s=30, env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert done.returncode == 0


@linux
def test_an_orphan_does_not_hold_up_the_end(marker):
    """The command's exit ends the run, although a daemon holds its output; the daemon is killed."""
    done = process.run(["sh", "-c", f"setsid sh -c 'sleep 60; : {marker}' & echo done"], limit_s=50)
    assert (done.stdout, done.timed_out) == (b"done\n", False)
    assert alive(marker) == []


@linux
def test_nothing_is_alive_after_kill(marker):
    """Kill returns when child, grandchild and daemon are gone."""
    with process.start(tree(marker)) as child:
        until(lambda: len(alive(marker)) >= 4)
        assert child.pid in alive(marker)
        child.kill()
        assert alive(marker) == []


@linux
def test_nothing_is_alive_after_the_context(marker):
    """Leaving by an exception kills all of it."""
    with pytest.raises(ZeroDivisionError), process.start(tree(marker)):
        until(lambda: len(alive(marker)) >= 4)
        raise ZeroDivisionError
    assert alive(marker) == []


@linux
def test_nothing_outlives_us_when_we_are_killed(marker):
    """Kill -9 of the starter takes the child and its daemons along."""
    code = f"""
import signal
from codestone import process
with process.start({tree(marker)!r}):
    print("up", flush=True)
    signal.pause()
"""
    with subprocess.Popen([sys.executable, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as starter:
        starter.stdin.write(code.encode())
        starter.stdin.close()
        assert starter.stdout.readline() == b"up\n"
        until(lambda: len(alive(marker)) >= 4)
        starter.kill()
    until(lambda: not alive(marker))


@linux
def test_a_child_outlives_the_thread_that_started_it(marker):
    """A child lives on when the thread that started it ends: the process counts."""
    started = []
    thread = threading.Thread(
        target=lambda: started.append(process.start(["sh", "-c", f"sleep 60; : {marker}"]))
    )
    thread.start()
    thread.join()
    with started[0] as child:
        assert child.wait(0.3) is None
        assert alive(marker)
    assert alive(marker) == []


def test_terminate_lets_the_child_say_goodbye():
    """SIGTERM reaches the command, which may end in its own way."""
    command = "trap 'echo bye; exit 9' TERM; echo up; while :; do sleep 0.05; done"
    with process.start(["sh", "-c", command], stdout=process.PIPE) as child:
        assert child.stdout.readline() == b"up\n"
        child.terminate()
        assert child.wait(30) == 9
        assert child.stdout.read() == b"bye\n"


def test_wait_without_an_end():
    """Waiting for a limited time tells that the child still runs."""
    with process.start(["sleep", "60"]) as child:
        assert child.wait(0.05) is None
        assert child.poll() is None
    assert child.poll() is not None


def test_descriptors_can_be_passed():
    """A descriptor reaches the command under its own number."""
    read_fd, write_fd = os.pipe()
    with os.fdopen(read_fd, "rb") as reader:
        with process.start(
            ["sh", "-c", f"echo hello >/proc/self/fd/{write_fd}"], pass_fds=(write_fd,)
        ) as child:
            os.close(write_fd)
            child.wait(30)
        assert reader.read() == b"hello\n"


def test_no_descriptor_is_leaked():
    """A run gives back all that it opened."""
    if not Path("/proc/self/fd").exists():
        pytest.skip("no /proc")
    before = sorted(os.listdir("/proc/self/fd"))
    for _ in range(3):
        process.run(["true"], limit_s=30)
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_unsupervised(marker):
    """A child without a guard is our own child, and is killed with its group when the context is left."""
    with process.start(["sh", "-c", f"sleep 60 & sleep 60; : {marker}"], supervised=False) as child:
        assert os.getpgid(child.pid) == child.pid
    assert child.poll() == -signal.SIGKILL
