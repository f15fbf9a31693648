"""Waiting for a server that we started: until it answers with its model, its time is up, or it has ended."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic_ns

from codestone import process
from codestone.endpoint.faults import one_line
from codestone.errors import EndpointError

_POLL_S = 0.05
_TAIL_LINES = 12


class LoadFailed(EndpointError):
    """A server that we started did not come to serve its model; the message has the end of its log."""


def until_ready(child: process.Child, ready: Callable[[], bool], *, limit_s: float) -> None:
    """Ask ``ready`` again and again.

    Raises TimeoutError after ``limit_s``, ValueError as soon as the child has ended.
    """
    deadline_ns = monotonic_ns() + int(limit_s * 1e9)
    while not ready():
        if (code := child.wait(_POLL_S)) is not None:
            raise ValueError(f"it ended while loading, with exit code {code}")
        if monotonic_ns() > deadline_ns:
            raise TimeoutError(f"it was still loading after {limit_s:g} s")


def load_failed(what: str, error: Exception, *, log: Path, since: int = 0, hint: str = "") -> LoadFailed:
    """Return the error for a server that did not start, with the end of its log after byte ``since``.

    The first line says it all in short: what did not start, why, and the last that it printed.
    """
    printed = log.read_bytes()[since:].decode("utf-8", "replace")
    lines = printed.strip().splitlines()[-_TAIL_LINES:]
    last = f": {one_line(lines[-1])}" if lines else ""
    return LoadFailed(
        "\n".join([f"{what} did not start: {error}{last}", *(f"  {line}" for line in lines)]), hint=hint
    )
