"""Boxes held open: handles across the wall, mounts, and that nothing outlives them."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path, PurePosixPath
from time import monotonic

import pytest

from codestone.errors import SandboxError
from codestone.sandbox import BoxLimits, BoxSpec, Mount, describe, open_box, run_in_box

pytestmark = pytest.mark.usefixtures("box")

WORKER = """
import os, socket, sys
control = socket.socket(fileno=int(sys.argv[2]))
while True:
    _, fds, _, _ = socket.recv_fds(control, 10, 1)
    if not fds: break
    if os.fork() == 0:
        with socket.socket(fileno=fds[0]) as channel:
            channel.sendall(f"{os.getcwd()} {sorted(os.listdir())} {os.getuid() != 0}".encode())
        os._exit(0)
    os.close(fds[0])
    os.wait()
"""


def survivors(marker):
    """Return the pids of processes in whose command line ``marker`` stands."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if marker.encode() in path.read_bytes() and int(path.parent.name) != os.getpid():
                found.append(int(path.parent.name))
    return found


@pytest.fixture
def folder(tmp_path):
    """A small workspace."""
    files = tmp_path / "files"
    (files / "pkg").mkdir(parents=True)
    (files / "a.py").write_text("x = 1\n")
    (files / "pkg" / "run.sh").write_text("#!/bin/sh\necho ran\n")
    (files / "pkg" / "run.sh").chmod(0o700)
    (files / "link").symlink_to("a.py")
    return files


def test_a_worker_is_asked_over_passed_sockets(own_boxes, folder, tmp_path):
    """A worker in a held box is given one socket after another, and each answers."""
    (tmp_path / "worker.py").write_text(WORKER)
    worker = Mount(source=tmp_path / "worker.py", target=PurePosixPath("/box/worker.py"))
    ours, theirs = socket.socketpair()
    spec = BoxSpec(
        argv=(own_boxes.python, "-I", "-S", "/box/worker.py", "--control", str(theirs.fileno())),
        files=folder,
        mounts=(*own_boxes.mounts, worker),
        pass_fds=(theirs.fileno(),),
    )
    with ours, open_box(spec) as box:
        theirs.close()
        for _ in range(3):
            near, far = socket.socketpair()
            with near, far:
                socket.send_fds(ours, [b"x"], [far.fileno()])
                far.close()
                near.settimeout(20)
                assert near.recv(1000).decode() == "/work ['a.py', 'link', 'pkg'] True"
        assert box.ended() is None
        assert box.kill().returncode == -signal.SIGKILL


def test_files_keep_their_kind(folder):
    """Links stay links, executables stay executable, and the source is not touched."""
    spec = BoxSpec(argv=("sh", "-c", "cat link; readlink link; pkg/run.sh; rm -r a.py pkg"), files=folder)
    assert run_in_box(spec).stdout == b"x = 1\na.py\nran\n"
    assert (folder / "a.py").read_text() == "x = 1\n"


def test_files_that_do_not_fit(tmp_path):
    """Files beyond the disk limit are refused before the command runs."""
    (tmp_path / "big").write_bytes(bytes(2 << 20))
    with pytest.raises(SandboxError, match="does not fit"):
        run_in_box(BoxSpec(argv=("true",), files=tmp_path, limits=BoxLimits(disk_bytes=1 << 20)))


def test_stdin_and_stdout_of_ones_own():
    """A caller may hold a conversation over the command's own input and output."""
    with open_box(BoxSpec(argv=("cat",)), own_stdout=True) as box:
        for word in (b"one\n", b"two\n"):
            box.stdin.write(word)
            assert box.stdout.readline() == word
        box.stdin.close()
        assert box.wait().returncode == 0


def test_a_mount_is_read_only_and_readable(tmp_path):
    """What is mounted deep below missing folders can be read by the command, and not written."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x").write_text("seen")
    mount = Mount(source=tmp_path / "data", target=PurePosixPath("/some/deep/place"))
    spec = BoxSpec(argv=("sh", "-c", "cat /some/deep/place/x; echo 1 > /some/deep/place/y"), mounts=(mount,))
    run = run_in_box(spec)
    assert run.stdout == b"seen"
    assert run.end.returncode != 0
    assert not (tmp_path / "data" / "y").exists()


def test_a_mount_that_the_command_could_not_read(tmp_path):
    """As root, what only root may read is refused with the remedy: the command has a uid of its own."""
    if os.geteuid() != 0:
        pytest.skip("a plain user's box has the user's own rights")
    tmp_path.chmod(0o700)
    with pytest.raises(SandboxError, match="cannot be read in a box") as caught:
        run_in_box(BoxSpec(argv=("true",), mounts=(Mount.same(tmp_path),)))
    assert "chmod" in caught.value.hint


def test_hidden_folders_are_empty(tmp_path):
    """Packages below a mount, and what the caller hides, cannot be seen; the rest can."""
    tmp_path.chmod(0o755)
    for name in ("lib/python3.11/site-packages/codestone", "opt/tests", "opt/open"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file").write_text("canary")
    mount = Mount(source=tmp_path, target=PurePosixPath("/m"))
    command = "grep -rl canary /m; ls -A /m/opt/tests /m/lib/python3.11/site-packages; mkdir /m/opt/tests/x"
    run = run_in_box(BoxSpec(argv=("sh", "-c", command), mounts=(mount,), hide=(tmp_path / "opt" / "tests",)))
    assert run.stdout.split(b"\n")[0] == b"/m/opt/open/file"
    assert run.stdout.count(b"file") == 1
    assert run.end.returncode != 0


def test_no_installed_package_is_seen(own_boxes):
    """Where Python packages are installed on this machine nothing is shown."""
    find = "find / -path /proc -prune -o ( -name site-packages -o -name dist-packages ) -print"
    spec = BoxSpec(argv=("sh", "-c", find.replace("(", r"\(").replace(")", r"\)")), mounts=own_boxes.mounts)
    places = run_in_box(spec).stdout.decode().split()
    near = [place for place in places if place.count("/") <= 7]
    assert near
    spec = BoxSpec(argv=("find", *near, "-mindepth", "1"), mounts=own_boxes.mounts)
    assert run_in_box(spec).stdout == b""


def test_what_must_stay_hidden_cannot_be_mounted(tmp_path):
    """A mount inside a hidden folder is refused."""
    (tmp_path / "inner").mkdir()
    with pytest.raises(SandboxError, match="must stay hidden"):
        run_in_box(BoxSpec(argv=("true",), mounts=(Mount.same(tmp_path / "inner"),), hide=(tmp_path,)))


def test_nothing_is_alive_after_kill():
    """When kill returns, no process of the box is left, daemons in sessions of their own included."""
    marker = f"marker-{os.getpid()}-kill"
    command = f"for n in 1 2 3; do setsid sh -c 'sleep 60; : {marker}' & done; sleep 60; : {marker}"
    with open_box(BoxSpec(argv=("sh", "-c", command))) as box:
        until(lambda: len(survivors(marker)) >= 4)
        box.kill()
        assert survivors(marker) == []


def test_nothing_is_alive_after_the_context():
    """Leaving the context, by an exception too, leaves no process."""
    marker = f"marker-{os.getpid()}-leave"
    with pytest.raises(ZeroDivisionError), open_box(BoxSpec(argv=("sh", "-c", f"sleep 60; : {marker}"))):
        until(lambda: survivors(marker))
        raise ZeroDivisionError
    assert survivors(marker) == []


def test_nothing_outlives_us_when_we_are_killed():
    """A box dies with the process that opened it, even by kill -9."""
    marker = f"marker-{os.getpid()}-nine"
    code = f"""
import sys
from codestone.sandbox import BoxSpec, open_box
with open_box(BoxSpec(argv=("sh", "-c", "setsid sleep 60 & sleep 60; : " + "{marker[:-1]}" + "e"))) as box:
    print("open", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as opener:
        assert opener.stdout.readline() == b"open\n"
        until(lambda: survivors(marker))
        opener.kill()
    until(lambda: not survivors(marker))


def test_boxes_side_by_side():
    """Boxes opened in threads of their own do not disturb each other, and have users of their own."""
    found, lock = [], threading.Lock()

    def one():
        run = run_in_box(BoxSpec(argv=("sh", "-c", "id -u; sleep 0.5")))
        with lock:
            found.append((run.end.returncode, run.stdout))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [code for code, _ in found] == [0] * 4
    if os.geteuid() == 0:
        assert len({uid for _, uid in found}) == 4


def test_description():
    """The records' word for the box has a name and a version, and says how memory is watched."""
    described = describe()
    assert str(described).startswith("bubblewrap ")
    assert described.in_force["memory"] in {"polled", "cgroup v1", "cgroup v2"}


def test_descriptors_are_not_leaked():
    """A hundred boxes' worth of pipes is given back."""
    run_in_box(BoxSpec(argv=("true",)))
    before = sorted(os.listdir("/proc/self/fd"))
    for _ in range(5):
        run_in_box(BoxSpec(argv=("true",)))
    assert sorted(os.listdir("/proc/self/fd")) == before


def until(condition):
    """Wait for a condition that must come; fail after 30 s."""
    deadline = monotonic() + 30
    while not condition():
        assert monotonic() < deadline
        select.select([], [], [], 0.01)
