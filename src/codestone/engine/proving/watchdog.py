"""End a grading whose checks never come to an end by themselves, and say where they hang."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

from codestone.grading.grade import GraderFailed
from codestone.task import Task


@contextlib.contextmanager
def within(task: Task, limit_s: float) -> Iterator[None]:
    """Raise GraderFailed after ``limit_s`` seconds, with function and line of ``checks.py``.

    For the main thread only, which is the one that a signal wakes: out of a loop, a lock or a regular
    expression, but not out of every library call.
    """

    def wake(_: int, frame: FrameType | None) -> None:
        where = ""
        while frame is not None:
            if frame.f_code.co_filename == str(task.tests / "checks.py"):
                where = f"{frame.f_code.co_name}() at {frame.f_code.co_filename}:{frame.f_lineno}"
            frame = frame.f_back
        words = f": {where} hangs" if where else ""
        raise GraderFailed(f"the grading did not end within its {task.spec.limits.grading_s:g} s{words}")

    before = signal.signal(signal.SIGALRM, wake)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
