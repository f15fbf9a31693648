"""Load for a proof: processes that compute all the while, shown to have done so."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from codestone import process
from codestone.errors import CodestoneError

BUSY = "print(flush=True)\nwhile True: pass"


def cores() -> int:
    """Return how many cores we may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def busy(count: int) -> Iterator[Callable[[], float | None]]:
    """Keep ``count`` processes computing; they are killed at the end, on Ctrl-C, and when we die.

    Yields a function that returns the CPU seconds that they have used together (None where the system
    does not tell). It raises CodestoneError when one of them is gone: then nothing was proven under load.
    """
    with contextlib.ExitStack() as stack:
        children = [
            stack.enter_context(process.start([sys.executable, "-I", "-S", "-c", BUSY], stdout=process.PIPE))
            for _ in range(count)
        ]
        for child in children:
            assert child.stdout is not None
            child.stdout.read(1)  # it computes from here on, and not only soon

        def used() -> float | None:
            gone = sum(child.poll() is not None for child in children)
            if gone:
                raise CodestoneError(
                    f"{gone} of {count} busy processes ended: the load was not what was asked"
                )
            seconds = [_cpu_s(child.pid) for child in children]
            known = [each for each in seconds if each is not None]
            return sum(known) if len(known) == count else None

        yield used


def _cpu_s(pid: int) -> float | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
