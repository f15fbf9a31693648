"""Processes that grade the candidates of a proof, some at a time.

Each grades in its main thread, where a grading that hangs can be woken; one that cannot be woken is killed
and replaced. So neither a hang nor a crash of a task's ``checks.py`` ends the proof.
"""

import contextlib
import os
import sys
import tempfile
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from time import perf_counter_ns
from types import TracebackType
from typing import Any, Self

from codestone import process
from codestone.engine.proving.proof import Graded
from codestone.engine.proving.watchdog import within
from codestone.errors import CodestoneError
from codestone.grading.grade import GraderFailed, grade
from codestone.suites.overlay import materialise
from codestone.task import Task
from codestone.trial import CheckResult

HANGS_S = 2.0
"""What a grading may take beyond its own limit: the box has to end too."""
GIVEN_UP_S = 60.0
"""What a prover may take beyond that: to start on a busy machine, or to say where it hangs."""

Attempt = tuple[str, tuple[Path, ...]]
"""A candidate of a proof: its name, and the layers that its workspace is made of."""
Fault = tuple[type[CodestoneError], tuple[Any, ...], dict[str, Any]]
"""An error on its way: not every one could be made again from its arguments."""


class Prover:
    """One process that grades one candidate at a time; it is started with the first."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self.connection: Connection[Any, Any] | None = None
        self._deadline_ns = 0
        self._task: Task | None = None
        self._name = ""

    def begin(self, task: Task, attempt: Attempt) -> None:
        """Let it grade, without waiting."""
        if self.connection is None:
            self._start()
        assert self.connection is not None
        self._task, self._name = task, attempt[0]
        limit_s = task.spec.limits.grading_s + HANGS_S + GIVEN_UP_S
        self._deadline_ns = perf_counter_ns() + int(limit_s * 1e9)
        with contextlib.suppress(OSError):  # it has ended: the verdict will say so
            self.connection.send((task, attempt))

    @property
    def left_s(self) -> float:
        """Seconds until it is given up."""
        return max(0.0, (self._deadline_ns - perf_counter_ns()) / 1e9)

    def verdict(self) -> Graded:
        """Return what it found, once there is something to read or no time left; raise what it raised."""
        assert self.connection is not None
        if not self.connection.poll():
            return self._lost("did not end, and could not be woken")
        try:
            told = self.connection.recv()
        except (EOFError, OSError):
            return self._lost("ended without a word: its process died")
        if isinstance(told, Graded):
            return told
        raise _again(*told)

    def close(self) -> None:
        """Kill it, and the box that it has open."""
        self._stack.close()
        self.connection = None

    def _start(self) -> None:
        ours, theirs = Pipe()
        self._stack.callback(ours.close)
        with theirs:
            words = [sys.executable, "-P", "-m", __name__, str(theirs.fileno())]
            folder = self._stack.enter_context(
                tempfile.TemporaryDirectory(prefix="codestone-", ignore_cleanup_errors=True)
            )
            env = {**os.environ, "TMPDIR": folder}  # what it leaves when it is killed goes with it
            child = process.start(words, env=env, stdout=2, stderr=2, pass_fds=(theirs.fileno(),))
            self._stack.enter_context(child)
        self.connection = ours

    def _lost(self, words: str) -> Graded:
        self.close()
        assert self._task is not None
        broke = f"the grading of {self._task.id} {words}"
        return Graded(name=self._name, evidence={}, failed=frozenset(), seconds=0.0, broke=broke)


class Provers:
    """``jobs`` provers; leaving the context kills them."""

    def __init__(self, jobs: int) -> None:
        self._provers = [Prover() for _ in range(jobs)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for prover in self._provers:
            prover.close()

    def graded(self, task: Task, attempts: Sequence[Attempt]) -> Iterator[Graded]:
        """Yield the verdict on each, in the order given. Raises what grading does."""
        left = deque(enumerate(attempts))
        free = list(reversed(self._provers))
        busy: dict[int, Prover] = {}
        known: dict[int, Graded] = {}
        for wanted in range(len(attempts)):
            while wanted not in known:
                while free and left:
                    number, attempt = left.popleft()
                    busy[number] = free.pop()
                    busy[number].begin(task, attempt)
                for number in _ended(busy):
                    prover = busy.pop(number)
                    known[number] = prover.verdict()
                    free.append(prover)
            yield known.pop(wanted)


def _ended(busy: dict[int, Prover]) -> list[int]:
    """Wait for one that has something to say, or no time left."""
    connections = [prover.connection for prover in busy.values() if prover.connection is not None]
    ready = wait(connections, min(prover.left_s for prover in busy.values()))
    return [number for number, prover in busy.items() if prover.connection in ready or not prover.left_s]


def graded(task: Task, attempt: Attempt) -> Graded:
    """Grade one candidate in this process; what broke in the task's own check is kept."""
    started_ns = perf_counter_ns()
    broke: str | None = None
    checks: tuple[CheckResult, ...] = ()
    earned: float | None = None
    name, layers = attempt
    with tempfile.TemporaryDirectory(prefix="codestone-") as folder:
        workspace = Path(folder) / "workspace"
        materialise(workspace, *layers)
        try:
            with within(task, task.spec.limits.grading_s + HANGS_S):
                found = grade(task, workspace, seed=1)
            checks, earned = found.checks, found.score.earned
        except GraderFailed as error:
            broke = error.message
    return Graded(
        name=name,
        evidence={check.id: check.evidence for check in checks},
        failed=frozenset(check.id for check in checks if not check.passed),
        seconds=(perf_counter_ns() - started_ns) / 1e9,
        earned=earned,
        broke=broke,
    )


def _told(task: Task, attempt: Attempt) -> Graded | Fault:
    try:
        return graded(task, attempt)
    except CodestoneError as error:
        return type(error), error.args, vars(error)
    except Exception:  # noqa: BLE001 - a mistake of ours: the proof ends with it
        broke = CodestoneError(f"grading {attempt[0]} of {task.id} broke:\n{traceback.format_exc()}")
        return CodestoneError, broke.args, vars(broke)


def _again(kind: type[CodestoneError], args: tuple[Any, ...], fields: dict[str, Any]) -> CodestoneError:
    """Return the error that a prover met."""
    error = kind.__new__(kind, *args)
    vars(error).update(fields)
    return error


def main() -> None:
    """Grade what is asked until the proof hangs up."""
    connection: Connection[Any, Any] = Connection(int(sys.argv[1]))
    with connection as asked, contextlib.suppress(EOFError):
        while True:
            task, attempt = asked.recv()
            asked.send(_told(task, attempt))


if __name__ == "__main__":
    main()
