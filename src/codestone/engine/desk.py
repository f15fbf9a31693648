"""Where answers are graded and written down, one at a time; where allowed, beside the next generation."""

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from codestone.engine.answered import Answered
from codestone.engine.interrupt import Interrupt
from codestone.engine.trial import settle
from codestone.store.records import Store
from codestone.trial import Attempt, TrialRecord

Told = Callable[[TrialRecord | Attempt], None]
WAITING = 2
"""Answers that may wait for grading; with more, the next generation waits."""


class Desk:
    """Settles answers in their order; those that may overlap, in a thread of its own.

    ``told`` hears of each outcome, perhaps in that thread. Whatever goes wrong there (a full disk) is raised
    by the next call, or by the end of the context, which waits until all is written, after Ctrl-C too.
    """

    def __init__(self, store: Store, *, interrupt: Interrupt, told: Told) -> None:
        self._store, self._interrupt, self._told = store, interrupt, told
        self._queue: queue.Queue[Answered | None] = queue.Queue(WAITING)
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._interrupt.held():
            self._queue.put(None)
            self._thread.join()
        if error is None:
            self._raise()

    def take(self, answered: Answered, *, overlap: bool) -> None:
        """Settle it, after all that came before: now, or with ``overlap`` soon."""
        if overlap:
            self._raise()
            self._queue.put(answered)
            return
        with self._interrupt.held():
            self.clear()
            self._settle(answered)

    def clear(self) -> None:
        """Wait until all that was taken is settled."""
        self._queue.join()
        self._raise()

    def _work(self) -> None:
        while (answered := self._queue.get()) is not None:
            try:
                if self._fault is None:
                    self._settle(answered)
            except BaseException as fault:  # noqa: BLE001 - raised again where the run can be ended
                self._fault = fault
            finally:
                answered.discard()
                self._queue.task_done()

    def _settle(self, answered: Answered) -> None:
        self._told(settle(answered, self._store))

    def _raise(self) -> None:
        if self._fault is not None:
            raise self._fault
