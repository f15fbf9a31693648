"""Open a box: the one way in, whatever the box is made of on this machine."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from codestone.errors import SandboxError
from codestone.sandbox.running import RunningBox
from codestone.sandbox.spec import BoxRun, BoxSpec, Description

_LAST = "Or run what the model wrote without any protection: --unsafe-no-sandbox (results say so)."


class Backend(Protocol):
    """What makes boxes: a program of this machine that was seen to work."""

    def describe(self) -> Description:
        """Return its name, version, and what its boxes have in force."""

    def open(
        self, spec: BoxSpec, *, stdin: bytes | None = None, own_stdout: bool = False
    ) -> contextlib.AbstractContextManager[RunningBox]:
        """Start a box; leaving the context kills it."""


def backend() -> Backend:
    """Return what makes boxes here, the first that works; proven once per process.

    Raises SandboxError with what each said, and the remedies.
    """
    faults: list[str] = []
    hints: list[str] = []
    for find in _finders():
        try:
            return find()
        except SandboxError as error:
            faults.append(error.message)
            hints.append(error.hint)
    words = "\n".join(["no box can be built here", *faults])
    raise SandboxError(words, hint="\n".join(dict.fromkeys(filter(None, (*hints, _LAST)))))


def _finders() -> Sequence[Callable[[], Backend]]:
    """Return what is tried on this system, in this order."""
    match sys.platform:
        case "linux":
            from codestone.sandbox import bubblewrap, container  # noqa: PLC0415 - only Linux has them

            return (bubblewrap.find, container.find)
        case "darwin":
            from codestone.sandbox import seatbelt  # noqa: PLC0415 - only macOS has it

            return (seatbelt.find,)
        case _:
            return ()


def without_box() -> Backend:
    """Return what runs commands without any box; for a user who asked for it by name."""
    from codestone.sandbox.unsafe import Unsafe  # noqa: PLC0415 - seldom needed

    return Unsafe()


def describe() -> Description:
    """Return the name and version of the box here ("bubblewrap 0.8.0") and what is in force."""
    return backend().describe()


@contextlib.contextmanager
def open_box(
    spec: BoxSpec, *, backend: Backend | None = None, stdin: bytes | None = None, own_stdout: bool = False
) -> Iterator[RunningBox]:
    """Start ``spec.argv`` in a fresh box; leaving the context kills it. Stay in one thread.

    ``stdin`` is given to the command, None leaves its input to the caller (``box.stdin``). Its output is
    collected (``box.output()``), unless ``own_stdout`` leaves it to the caller (``box.stdout``).
    Raises SandboxError where no box can be built.
    """
    with (backend or _default()).open(spec, stdin=stdin, own_stdout=own_stdout) as box:
        yield box


_default = backend


def run_in_box(spec: BoxSpec, stdin: bytes = b"", *, backend: Backend | None = None) -> BoxRun:
    """Run ``spec.argv`` in a fresh box to its end; return its output and how it ended."""
    with open_box(spec, backend=backend, stdin=stdin) as box:
        return box.run()
