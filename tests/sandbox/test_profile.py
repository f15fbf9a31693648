"""What the command sees: only what it was given."""

import pytest


def listing(boxes, *words, **more):
    return boxes.run("sh", "-c", " ".join(words), **more).stdout.split()


def test_files_are_the_working_directory(boxes):
    """The files are copied to /work, which is the current folder and belongs to the command."""
    ran = boxes.run("sh", "-c", "pwd; cat a; stat -c %U a . ; echo x >> a && cat a", files={"a": "1\n"})
    assert ran.stdout.split() == ["/work", "1", "box", "box", "1", "x"]


def test_only_known_places_are_there(boxes):
    """No home, no temporary files of ours, no root folder beyond the profile's."""
    allowed = {"bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "etc", "proc", "dev", "tmp", "work"}
    mounted = {"root"} if boxes.python.startswith("/root/") else {boxes.python.split("/")[1]}
    assert set(listing(boxes, "ls -A /")) <= allowed | mounted
    assert listing(boxes, "ls -A /tmp /dev/shm") == ["/dev/shm:", "/tmp:"]


def test_root_and_usr_are_read_only(boxes):
    """Nothing outside the writable places can be written."""
    for place in ("/x", "/usr/x", "/etc/x", "/dev/x", "/proc/x"):
        assert boxes.run("sh", "-c", f"echo 1 > {place}").returncode != 0


@pytest.mark.parametrize("place", ["/work", "/tmp", "/dev/shm", "."])
def test_writable_places(boxes, place):
    """The workspace, /tmp and /dev/shm can be written."""
    assert boxes.run("sh", "-c", f"echo 1 > {place}/x && cat {place}/x").stdout == "1\n"


def test_environment_is_ours_alone(boxes, monkeypatch):
    """Nothing of our environment is seen, not even in the first process's."""
    monkeypatch.setenv("SECRET", "hunter2")
    ran = boxes.run("sh", "-c", "env; cat /proc/*/environ", env={"EXTRA": "yes"})
    assert "hunter2" not in ran.stdout
    assert {"HOME=/tmp", "TMPDIR=/tmp", "LANG=C.UTF-8", "EXTRA=yes"} <= set(ran.stdout.split("\n"))


def test_host_paths_are_not_in_the_command_line(boxes):
    """What is mounted from where does not stand in the first process's command line."""
    assert "ro-bind" not in boxes.run("sh", "-c", "cat /proc/1/cmdline").stdout


def test_only_a_loopback(boxes):
    """The network has the loopback interface and no other."""
    assert [
        line.split(":")[0].strip() for line in boxes.run("cat", "/proc/net/dev").stdout.split("\n")[2:-1]
    ] == ["lo"]


LOOPBACK = """
import socket
for address in ("127.0.0.1", "127.0.0.2", "localhost"):
    server = socket.create_server((address, 0))
    client = socket.create_connection(server.getsockname()[:2], timeout=5)
    server.accept()[0].sendall(b"hello")
    assert client.recv(5) == b"hello"
print("served")
"""


def test_loopback_works(boxes):
    """Servers can be run and asked inside, by number and as localhost."""
    ran = boxes.code(LOOPBACK)
    assert ran.stdout == "served\n", ran.stderr


def test_nothing_else_is_reachable(boxes):
    """No address beyond the loopback can be reached, and no abstract socket of this machine."""
    code = """
import errno, socket
try: socket.create_connection(("192.0.2.1", 80), timeout=5)
except OSError as error: print(errno.errorcode[error.errno])
"""
    assert boxes.code(code).stdout == "ENETUNREACH\n"


def test_only_its_own_processes(boxes):
    """The command sees bubblewrap's first process, itself and what it starts."""
    assert len(listing(boxes, "ls -d /proc/[0-9]*")) <= 3


def test_user(boxes):
    """The command is not root, has no capability, and can gain none."""
    status = boxes.run("cat", "/proc/self/status").stdout
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert set(fields["Uid"].split()) != {"0"}
    assert all(int(fields[name], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"))
    assert (fields["NoNewPrivs"], fields["Seccomp"]) == ("1", "2")
    assert boxes.run("id", "-un").stdout == "box\n"


def test_hostname(boxes):
    """The machine's name is not told."""
    assert boxes.run("uname", "-n").stdout == "box\n"


def test_semaphores_of_python_work(boxes):
    """POSIX semaphores, which live in /dev/shm, can be made: multiprocessing needs them."""
    code = "import multiprocessing as m; q = m.SimpleQueue(); q.put(5); print(q.get())"
    ran = boxes.run(boxes.python, "-c", code)
    assert ran.stdout == "5\n", ran.stderr
