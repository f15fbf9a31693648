"""No box at all: the command runs with all our rights. Only where a user asked for it by name, never chosen.

What remains are limits: time, output, and what a process tree of this machine can be polled for. A box's
promises on files, network and system calls are not kept, and every result says ``sandbox: none``.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from codestone.sandbox import in_place
from codestone.sandbox.running import RunningBox
from codestone.sandbox.spec import BoxSpec, Description

NAME = "none"


@dataclass(frozen=True, slots=True)
class Unsafe:
    """Runs commands as they are."""

    def describe(self) -> Description:
        """Tell that there is no box."""
        in_force = {
            "files": "not protected: all of ours can be read and written, hidden tests too",
            "user": "ours",
            "network": "not restricted",
            "memory": "polled",
            "processes": "not limited",
            "disk": "polled",
            "system calls": "unfiltered",
        }
        return Description(name=NAME, version="", program="", in_force=in_force)

    @contextlib.contextmanager
    def open(
        self, spec: BoxSpec, *, stdin: bytes | None = None, own_stdout: bool = False
    ) -> Iterator[RunningBox]:
        """Start a command; leaving the context kills all it started. ``spec.hide`` is not heeded."""
        with in_place.opened(spec, lambda _, argv: list(argv), stdin=stdin, own_stdout=own_stdout) as box:
            yield box
