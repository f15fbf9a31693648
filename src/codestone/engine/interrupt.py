"""Ctrl-C once: what is being written is finished, then we stop. Twice: we stop."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupt:
    """Turns a signal into KeyboardInterrupt, at once or after what is ``held``; in the main thread only."""

    def __init__(self) -> None:
        self._heard = 0
        self._depth = 0
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._hear) for number in SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Put a first signal off to the end of the block; a second one ends it."""
        heard = self._heard  # first: a signal between the two lines is heard, here or at the end
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
        if self._depth == 0 and self._heard > heard:
            raise KeyboardInterrupt

    def _hear(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a signal handler's signature
        self._heard += 1
        if self._depth == 0 or self._heard > 1:
            raise KeyboardInterrupt
