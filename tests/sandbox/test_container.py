"""Containers: the arguments to the letter, the gate as a real process, and what is said where they fail."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from codestone.errors import SandboxError
from codestone.sandbox import BoxLimits, BoxSpec, Mount, container, container_profile

GATE = Path(container.__file__).with_name("gate.py")
LIMITS = BoxLimits(
    wall_s=5, cpu_s=2.5, memory_bytes=1 << 28, disk_bytes=1 << 24, file_bytes=1 << 20, processes=9, fds=77
)


def arguments(kind="podman", **spec):
    asked = BoxSpec(argv=("cmd", "a b"), limits=LIMITS, **spec)
    return container_profile.arguments(asked, kind=kind, name="codestone-x", folder=Path("/tmp/f"))


@pytest.mark.parametrize(
    "words",
    [
        ["--memory=268435456", "--memory-swap=268435456"],
        ["--pids-limit=10"],
        ["--ulimit=core=0:0", "--ulimit=nofile=77:77", "--ulimit=fsize=1048576:1048576", "--ulimit=cpu=4:4"],
        ["--shm-size=16777216"],
        ["--network=none", "--ipc=private", "--hostname=box", "--read-only", "--cap-drop=ALL"],
        ["--security-opt=no-new-privileges", "--security-opt=label=disable",
         f"--security-opt=seccomp={container_profile.SECCOMP}"],
        ["--rm", "--interactive", "--pull=never", "--name=codestone-x", "--log-driver=none"],
        ["--env=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "--env=HOME=/tmp",
         "--env=TMPDIR=/tmp", "--env=LANG=C.UTF-8", "--env=A=b c"],
        ["--mount", "type=bind,src=/usr,dst=/usr,readonly"],
        ["--mount", "type=bind,src=/tmp/f/shown,dst=/run/codestone,readonly"],
        ["--workdir=/work", f"--entrypoint={container_profile.interpreter()}", container_profile.IMAGE,
         "-I", "-S", "/run/codestone/gate.py", "/run/codestone/door", "cmd", "a b"],
    ],
    ids=lambda words: words[0],
)  # fmt: skip
@pytest.mark.parametrize("kind", container.KINDS)
def test_the_arguments_of_a_box(kind, words):
    """Each limit and each wall stands there, in one piece."""
    said = arguments(kind, env={"A": "b c"})
    at = said.index(words[0]) if words[0] != "--mount" else said.index(words[1]) - 1
    assert said[at : at + len(words)] == words


def test_what_only_podman_has():
    """Its own writable places, copies and proxy variables are switched off; docker knows no such option."""
    only = set(arguments("podman")) - set(arguments("docker"))
    plain = {"--userns=keep-id"} if os.geteuid() else set()
    places = [f"--tmpfs=/{place}:rw,exec,nosuid,nodev,size=16777216,mode=1777" for place in ("work", "tmp")]
    assert only == {
        "--read-only-tmpfs=false", "--http-proxy=false", *(f"{place},notmpcopyup" for place in places)
    } | plain  # fmt: skip
    assert set(arguments("docker")) - set(arguments("podman")) == set(places)


def test_the_user_is_never_root():
    """Whoever we are."""
    (user,) = [word for word in arguments() if word.startswith("--user=")]
    assert user == f"--user={os.getuid() or 65534}:{os.getgid() if os.getuid() else 65534}"


def test_mounts_and_covers(tmp_path):
    """Parents come first, and what must not be seen gets an empty folder laid over it."""
    (tmp_path / "tests").mkdir()
    said = arguments(
        mounts=(Mount(source=tmp_path, target=PurePosixPath("/opt/t")),), hide=(tmp_path / "tests",)
    )
    shown = said.index(f"type=bind,src={tmp_path},dst=/opt/t,readonly")
    assert shown < said.index("type=bind,src=/tmp/f/empty,dst=/opt/t/tests,readonly")


def test_a_name_that_would_be_read_as_an_option(tmp_path):
    """A comma ends a value on that command line, so that such a mount is refused."""
    odd = tmp_path / "a,readonly=false"
    odd.mkdir()
    with pytest.raises(SandboxError, match="comma"):
        arguments(mounts=(Mount.same(odd),))


def test_the_seccomp_profile_has_the_filter_s_calls():
    """Written by the same script: absent calls answer ENOSYS, and no socket family but four is there."""
    profile = json.loads(container_profile.SECCOMP.read_text())
    assert profile["defaultAction"] == "SCMP_ACT_ALLOW"
    plain = {
        name: rule["errnoRet"] for rule in profile["syscalls"] if "args" not in rule for name in rule["names"]
    }
    assert (plain["memfd_create"], plain["clone3"], plain["ptrace"], plain["unshare"]) == (38, 38, 1, 1)
    families = {
        rule["args"][0]["value"]
        for rule in profile["syscalls"]
        if rule["names"][0] == "socket" and rule["args"][0]["op"] == "SCMP_CMP_EQ"
    }
    assert set(range(16)) - families == {1, 2, 10}


@pytest.fixture
def gate(tmp_path):
    """Start the gate; return it, and the line to it."""
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "door"))
        door.listen()
        words = [sys.executable, "-I", "-S", str(GATE), str(tmp_path / "door")]
        started = []

        def start(*argv):
            child = subprocess.Popen([*words, *argv], stdout=subprocess.PIPE)
            line = door.accept()[0]
            started.extend([child, line])
            return child, line

        yield start
        for one in started:
            one.kill() if isinstance(one, subprocess.Popen) else one.close()
        for one in started[::2]:
            one.wait()
            one.stdout.close()


def test_the_gate_hands_descriptors_over(gate):
    """Under the numbers that the command knows, also where they are crossed."""
    child, line = gate("sh", "-c", "echo five >&5; echo eight >&8")
    ends = [os.pipe() for _ in range(2)]
    socket.send_fds(line, [b"[8, 5]"], [write for _, write in ends])
    for _, write in ends:
        os.close(write)
    said = []
    for read, _ in ends:
        with open(read, "rb") as file:  # noqa: PTH123 - a descriptor
            said.append(file.read())
    assert said == [b"eight\n", b"five\n"]
    assert child.wait(60) == 0


@pytest.mark.parametrize(
    ("argv", "code"), [(["false"], 1), (["sh", "-c", "kill -9 $$"], 137), (["/no/such"], 127)]
)
def test_the_gate_ends_as_the_command(gate, argv, code):
    """128 + n for a signal."""
    child, line = gate(*argv)
    socket.send_fds(line, [b"[]"], [])
    assert int(line.recv(32)) == code
    assert child.wait(60) == code


def test_the_gate_waits_until_it_is_let_go(gate):
    """Nothing runs before, and nothing at all where the asker dies first."""
    child, line = gate("echo", "ran")
    line.close()
    assert child.wait(60) == 125
    assert child.stdout.read() == b""


def test_the_gate_ends_with_the_asker(gate):
    """Also while the command runs; the container's kernel then kills the rest."""
    child, line = gate("sh", "-c", "echo; exec sleep 5")
    socket.send_fds(line, [b"[]"], [])
    assert child.stdout.readline() == b"\n"
    line.close()
    assert child.wait(60) == 125


def test_a_program_of_another_name(tmp_path, monkeypatch):
    """A docker that says something else is not believed."""
    fake(tmp_path, "docker", "echo hello")
    monkeypatch.setenv("PATH", str(tmp_path))
    container.probe.cache_clear()
    with pytest.raises(SandboxError, match="is not docker"):
        container.probe("docker")


def fake(folder, name, script):
    """Write a program of that name."""
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_the_image_is_never_pulled(tmp_path, monkeypatch):
    """Without it the hint is the line that pulls it."""
    fake(
        tmp_path,
        "podman",
        'case "$1" in --version) echo podman version 4.3.1;; *) echo "$3: not known" >&2; exit 125;; esac',
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    container.probe.cache_clear()
    with pytest.raises(SandboxError, match="does not have the image") as caught:
        container.probe("podman")
    assert caught.value.hint == f"podman pull {container_profile.IMAGE}"


def test_a_container_that_does_not_start(tmp_path, monkeypatch):
    """What the program said is passed on, and the container is removed."""
    fake(
        tmp_path,
        "podman",
        f'echo "$@" >> {tmp_path}/calls; case "$1" in --version) echo podman version 4.3.1;; '
        "run) echo no cgroup for you >&2; exit 126;; esac",
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    container.probe.cache_clear()
    with pytest.raises(SandboxError, match="no cgroup for you"):
        container.probe("podman")
    assert (tmp_path / "calls").read_text().splitlines()[-1].startswith("rm --force codestone-")


def test_a_docker_without_its_service(monkeypatch):
    """A real docker that reaches no daemon is refused with its own words."""
    if shutil.which("docker") is None:
        pytest.skip("no docker program here")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    container.probe.cache_clear()
    with pytest.raises(SandboxError, match="does not work") as caught:
        container.probe("docker")
    assert "docker info" in caught.value.hint
