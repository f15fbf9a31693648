"""Boxes on macOS: sandbox-exec, which ships with it. Weaker than a box on Linux, and labelled so.

Covered: files (reads of the system and the mounts, writes to a folder that is deleted afterwards) and the
network (loopback only, but this machine's own: its servers can be reached). Not covered: processes are seen
by others, memory and CPU are polled once a second, and what leaves its process group may outlive the box.
"""

import contextlib
import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from codestone.errors import SandboxError
from codestone.sandbox import in_place
from codestone.sandbox.hiding import covered
from codestone.sandbox.running import RunningBox
from codestone.sandbox.spec import BoxSpec, Description

PROGRAM = "/usr/bin/sandbox-exec"
_HINT = "It is part of macOS; see that /usr/bin/sandbox-exec runs and that we are in no sandbox ourselves."

_SYSTEM = ("/usr", "/bin", "/sbin", "/System", "/Library/Apple", "/private/var/db/dyld",
           "/private/var/db/timezone")  # fmt: skip
_FILES = ("/", "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/private/etc/hosts",
          "/private/etc/localtime", "/private/etc/passwd", "/private/etc/resolv.conf")  # fmt: skip
_RULES = """\
(version 1)
(deny default)
(allow process-fork)
(allow signal (target same-sandbox))
(allow process-info* (target same-sandbox))
(allow sysctl-read)
(allow ipc-posix-sem)
(allow mach-lookup (global-name "com.apple.system.opendirectoryd.libinfo"))
(allow file-read-metadata)
(allow file-ioctl (literal "/dev/dtracehelper"))
(allow system-socket)
(allow network-bind network-inbound (local ip "localhost:*"))
(allow network-outbound (remote ip "localhost:*"))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seatbelt:
    """A sandbox-exec that was seen to work here; ``version`` is that of macOS."""

    version: str

    def describe(self) -> Description:
        """Return what a box made with it consists of."""
        in_force = {
            "files": "reads of the system and mounts, writes to a folder of its own",
            "user": "ours",
            "network": "loopback only, shared with this machine",
            "memory": "polled once a second",
            "processes": "not limited",
            "disk": "polled",
            "system calls": "unfiltered",
        }
        return Description(name="sandbox-exec", version=self.version, program=PROGRAM, in_force=in_force)

    @contextlib.contextmanager
    def open(
        self, spec: BoxSpec, *, stdin: bytes | None = None, own_stdout: bool = False
    ) -> Iterator[RunningBox]:
        """Start a box; leaving the context kills it. Raises SandboxError where it cannot be built."""

        def wrap(folder: Path, argv: Sequence[str]) -> list[str]:
            return [PROGRAM, "-p", profile(spec, folder), *argv]

        with in_place.opened(spec, wrap, stdin=stdin, own_stdout=own_stdout) as box:
            yield box


def profile(spec: BoxSpec, folder: Path) -> str:
    """Return the rules of a box that may write to ``folder`` only; in this language the last match wins."""
    shown = [str(mount.source.resolve()) for mount in spec.mounts]
    hidden = covered(spec.mounts, spec.hide)
    places = {str(mount.target): str(mount.source.resolve()) for mount in spec.mounts}
    lines = [
        f"(allow file-read* process-exec file-map-executable {_paths('subpath', (*_SYSTEM, *shown))})",
        f"(allow file-read* {_paths('literal', _FILES)})",
        f"(allow file-write-data {_paths('literal', ('/dev/null', '/dev/zero'))})",
        f"(allow file-read* file-write* process-exec file-map-executable {_paths('subpath', [str(folder)])})",
        f"(allow network-bind (local unix-socket {_paths('subpath', [str(folder)])}))",
        f"(allow network-outbound (remote unix-socket {_paths('subpath', [str(folder)])}))",
    ]
    if hidden:
        sources = in_place.rewritten(map(str, hidden), spec.mounts) if places else []
        lines.append(f"(deny file-read* process-exec {_paths('subpath', sources)})")
    return _RULES + "\n".join(lines) + "\n"


def _paths(kind: str, paths: Iterable[str]) -> str:
    return " ".join(f"({kind} {_quoted(path)})" for path in paths)


def _quoted(path: str) -> str:
    """Quote a path as the profile's language does; what could end the quotes is escaped."""
    if not path.isprintable():
        raise SandboxError(f"{path!r} cannot be named in a profile")
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


@cache
def find() -> Seatbelt:
    """Run the real profile once; return what can be used. Raises SandboxError with what was said instead."""
    if not os.access(PROGRAM, os.X_OK):
        raise SandboxError(f"{PROGRAM} is missing", hint=_HINT)
    seatbelt = Seatbelt(version=platform.mac_ver()[0] or platform.release())
    with seatbelt.open(BoxSpec(argv=("true",)), stdin=b"") as box:
        run = box.run()
    if run.end.returncode != 0:
        words = run.stderr.decode(errors="replace").strip()
        raise SandboxError(f"{PROGRAM} does not work: {words}", hint=_HINT)
    return seatbelt
