"""Boxes on Linux where bubblewrap does not work: one container of podman or docker, one a box.

The image lends only what lies outside /usr; /usr itself is this machine's, read-only, so that a toolchain is
the same in every box. A container inherits no descriptors. Its first process (``gate.py``) comes to a socket
of ours instead, where the kernel tells its pid and where the command's descriptors are handed over. A docker
in a virtual machine cannot do that, and is refused.
"""

import contextlib
import json
import os
import re
import select
import shutil
import socket
import struct
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from time import perf_counter_ns

from codestone import process
from codestone.errors import CodestoneError, SandboxError
from codestone.sandbox import container_profile
from codestone.sandbox.limits import BoxLimits
from codestone.sandbox.running import RunningBox
from codestone.sandbox.spec import BoxSpec, Description
from codestone.sandbox.usage import Usage
from codestone.sandbox.workspace import copy_in

KINDS = ("podman", "docker")
_START_S = 60.0
_LOOK_MS = 50
_LAST_WORDS_NS = 1_000_000_000
_MEMORY = 256 << 20
_TOLD = "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null; exit 0"
"""Tells the limit in force: podman without root and without delegation sets none, and says so on stderr."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A podman or docker that was seen to work here. ``counted``: its memory limit is really in a cgroup."""

    kind: str
    program: str
    version: str
    counted: bool

    def describe(self) -> Description:
        """Return what a box made with it consists of."""
        in_force = {
            "user": "nobody, no capability" if os.geteuid() == 0 else "ours, no capability",
            "network": "loopback only",
            "memory": f"cgroup of {self.kind}, and polled" if self.counted else "polled",
            "processes": f"pids cgroup of {self.kind}" if self.counted else "not enforced",
            "disk": "tmpfs size; inodes polled",
            "system calls": "seccomp filter",
        }
        return Description(name=self.kind, version=self.version, program=self.program, in_force=in_force)

    @contextlib.contextmanager
    def open(
        self, spec: BoxSpec, *, stdin: bytes | None = None, own_stdout: bool = False
    ) -> Iterator[RunningBox]:
        """Start a box; leaving the context kills it. Raises SandboxError where it cannot be built."""
        with contextlib.ExitStack() as stack:
            try:
                box = self._build(spec, stack, stdin=stdin, own_stdout=own_stdout)
            except OSError as error:
                raise SandboxError(f"the container could not be built: {error}") from error
            yield box

    def _build(
        self, spec: BoxSpec, stack: contextlib.ExitStack, *, stdin: bytes | None, own_stdout: bool
    ) -> RunningBox:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="codestone-box-")))
        door = stack.enter_context(_door(folder))
        name = f"codestone-{uuid.uuid4().hex}"
        argv = [self.program, *container_profile.arguments(spec, kind=self.kind, name=name, folder=folder)]
        child = stack.enter_context(
            process.start(
                argv,
                cwd=folder,  # podman's monitor leaves a file where it stands when memory ran out
                stdin=process.PIPE,
                stdout=process.PIPE,
                stderr=process.PIPE,
                supervised=False,
            )
        )
        # --rm is not done where the program itself was killed
        stack.callback(process.run, [self.program, "rm", "--force", name], limit_s=_START_S)
        line = stack.enter_context(_come(child, door))
        pid = _pid_of(line)
        first_fd = os.pidfd_open(pid)
        stack.callback(os.close, first_fd)
        usage = _furnished(spec, pid)
        stack.callback(usage.close)
        socket.send_fds(line, [json.dumps(list(spec.pass_fds)).encode()], list(spec.pass_fds))
        box = RunningBox(
            child=_Attached(child, line),
            first_process_fd=first_fd,
            usage=usage,
            limits=spec.limits,
            stdin=stdin,
            own_stdout=own_stdout,
        )
        stack.callback(box.kill)
        return box


class _Attached(process.Child):
    """The program that is attached to a container; the exit code is told by the gate.

    podman was seen to take 20 s to say that a container has ended, so that it is waited for only as long as
    the last output needs.
    """

    def __init__(self, client: process.Child, line: socket.socket) -> None:  # starts nothing itself
        self._client, self._told_by = client, line
        self.stdin, self.stdout, self.stderr = client.stdin, client.stdout, client.stderr
        self.pid = client.pid
        self._code: int | None = None
        self._told_ns = 0
        line.setblocking(False)

    def poll(self) -> int | None:
        """Return the command's exit code, None while it runs or its last output is awaited."""
        if self._code is None:
            with contextlib.suppress(OSError):
                if told := self._told_by.recv(32):
                    self._code, self._told_ns = int(told), perf_counter_ns()
        ended = self._client.poll()
        if ended is None and self._code is not None and perf_counter_ns() > self._told_ns + _LAST_WORDS_NS:
            return self._code
        return ended if ended is None or self._code is None else self._code

    def wait(self, limit_s: float | None = None) -> int | None:
        """Wait for the program."""
        return self._client.wait(limit_s)

    def kill(self) -> None:
        """Kill the program; the container is killed by its first process."""
        self._client.kill()


@contextlib.contextmanager
def _door(folder: Path) -> Iterator[socket.socket]:
    """Lay out what the container is shown of us, and listen for its first process."""
    (folder / "empty").mkdir(mode=0o755)
    shown = folder / "shown"
    shown.mkdir(mode=0o755)
    shutil.copyfile(Path(__file__).with_name("gate.py"), shown / "gate.py")
    (shown / "gate.py").chmod(0o644)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(shown / "door"))
        (shown / "door").chmod(0o777)  # its user is another one; the folder above is ours alone
        door.listen(1)
        yield door


def _come(child: process.Child, door: socket.socket) -> socket.socket:
    """Wait for the container's first process; raise SandboxError with what the program said instead."""
    ready = select.poll()
    ready.register(door, select.POLLIN)
    deadline_ns = perf_counter_ns() + int(_START_S * 1e9)
    while perf_counter_ns() < deadline_ns:
        if ready.poll(_LOOK_MS):
            return door.accept()[0]
        if child.poll() is not None:
            assert child.stderr is not None
            words = child.stderr.read().decode(errors="replace").strip()
            raise SandboxError(f"the container did not start: {words or 'no word from it'}")
    child.kill()
    raise SandboxError(
        f"the container's first process was not seen within {_START_S:g} s",
        hint="A docker in a virtual machine (Docker Desktop) cannot reach a socket of this machine.",
    )


def _pid_of(line: socket.socket) -> int:
    """Return the pid of the first process, as the kernel tells it; it must be the first of a namespace."""
    told = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid = int(struct.unpack("3i", told)[0])
    status = Path(f"/proc/{pid}/status").read_text()
    numbers = re.search(r"^NSpid:\s*(.+)$", status, re.MULTILINE)
    if not numbers or numbers[1].split()[1:] != ["1"]:
        raise SandboxError("the container has no process namespace of its own")
    return pid


def _furnished(spec: BoxSpec, pid: int) -> Usage:
    places = tuple(_folder_fd(pid, place) for place in container_profile.WRITABLE)
    owner = (container_profile.NOBODY, container_profile.NOBODY) if os.geteuid() == 0 else None
    if spec.files is not None:
        copy_in(spec.files, places[0], owner)
    return Usage(proc_fd=_folder_fd(pid, "/proc"), writable_fds=places, group=None, limits=spec.limits)


def _folder_fd(pid: int, place: str) -> int:
    return os.open(f"/proc/{pid}/root{place}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


@cache
def probe(kind: str) -> Container:
    """Run the real thing once; return what can be used. Raises SandboxError with what was said instead."""
    program = shutil.which(kind)
    if program is None:
        raise SandboxError(f"{kind} is not installed")
    if not Path("/bin").is_symlink() or not Path("/lib").is_symlink():
        raise SandboxError(f"{kind}: /bin and /lib of this machine are no links into /usr")
    said = process.run([program, "--version"], limit_s=_START_S).stdout.decode(errors="replace")
    found = re.search(r"\d+(\.\d+)+", said)
    if kind not in said.lower() or found is None:
        raise SandboxError(f"{program} is not {kind}: {said.strip()[:200]!r}")
    _require_image(kind, program)
    trial = Container(kind=kind, program=program, version=found[0], counted=True)
    limits = BoxLimits(memory_bytes=_MEMORY)
    with trial.open(BoxSpec(argv=("sh", "-c", _TOLD), limits=limits), stdin=b"") as box:
        run = box.run()
    if run.end.returncode != 0:
        words = run.stderr.decode(errors="replace").strip()
        raise SandboxError(f"the container of {program} does not work: {words}")
    return replace(trial, counted=str(_MEMORY).encode() in run.stdout.split())


def _require_image(kind: str, program: str) -> None:
    asked = process.run([program, "image", "inspect", container_profile.IMAGE], limit_s=_START_S)
    if asked.returncode == 0:
        return
    words = asked.stderr.decode(errors="replace").strip()
    if re.search(r"no such (image|object)|not known", words, re.IGNORECASE):
        raise SandboxError(
            f"{kind} does not have the image {container_profile.IMAGE}",
            hint=f"{kind} pull {container_profile.IMAGE}",
        )
    raise SandboxError(
        f"{program} does not work: {words}", hint=f"Put right what {kind} says, or see: {kind} info"
    )


def find() -> Container:
    """Return the first of podman and docker that works. Raises SandboxError with what each said."""
    faults, hints = [], []
    for kind in KINDS:
        try:
            return probe(kind)
        except (CodestoneError, OSError) as error:
            faults.append(str(error))
            hints.append(getattr(error, "hint", ""))
    raise SandboxError("\n".join(faults), hint="\n".join(filter(None, hints)))
