"""The channel to one worker: questions out, answers and callbacks in, each stamped on arrival.

Frames of a 4-byte big-endian length and JSON over a socket pair (docs/reference/channel.md). One thread
reads; callbacks are answered on it, so their functions must not block: to withhold an answer is to send
it later. Any byte outside the protocol, end of file or a late answer is the candidate's failure.
"""

import contextlib
import json
import select
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any

from codestone.grading.values import MalformedValue

FRAME_LIMIT = 16 << 20
CALLBACKS_LIMIT = 128 << 20
"""Bytes of all callbacks of one worker: each call is kept out here until the check has ended."""

_encoded = json.JSONEncoder(
    separators=(",", ":")
).encode  # made once: json.dumps would make it for each frame


class CandidateFailed(Exception):
    """The candidate gave no usable answer; the message is the evidence."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One callback as it arrived; ``at_ns`` is perf_counter_ns at the read."""

    identity: str
    on: int
    operation: str
    args: list[Any]
    kwargs: dict[str, Any]
    at_ns: int


class Channel:
    """One worker's channel, for ``limit_s`` seconds. ``on_callback`` is called on the reading thread."""

    def __init__(
        self, connection: socket.socket, on_callback: Callable[[Incoming], None], *, limit_s: float
    ) -> None:
        self._socket = connection
        self._on_callback = on_callback
        self._deadline_ns = perf_counter_ns() + int(limit_s * 1e9)
        self._callback_bytes = 0
        self._sending = threading.Lock()
        self._arrived = threading.Condition()
        self._answers: dict[int, dict[str, Any]] = {}
        self._asked: set[int] = set()
        self._number = 0
        self._watchers = 0
        self._broken: str | None = None
        self._crash: BaseException | None = None
        self._reader = threading.Thread(target=self._read, daemon=True, name="channel")
        self._reader.start()

    def ask(self, question: dict[str, Any]) -> int:
        """Send a question and return its number; raise CandidateFailed when the worker is gone."""
        with self._arrived:
            self._number += 1
            number = self._number
            self._asked.add(number)
        self.send({"question": number, **question})
        return number

    def answer(self, number: int, *, limit_s: float, asked: str) -> dict[str, Any]:
        """Wait for the answer to a question; raise CandidateFailed when none comes within the limit."""
        with self._arrived:
            self._arrived.wait_for(lambda: number in self._answers or self._broken or self._crash, limit_s)
            if self._crash:
                raise self._crash
            if number in self._answers:
                return self._answers.pop(number)
            raise CandidateFailed(
                f"{asked}: {self._broken}" if self._broken else f"{asked}: no answer within {limit_s:.3g} s"
            )

    def answered(self, number: int) -> bool:
        """Tell whether the answer to a question is there and not taken yet."""
        return number in self._answers

    def wait(self, happened: Callable[[], bool], limit_s: float) -> bool:
        """Wait until ``happened`` is true (asked again at each arrival) or the worker is gone."""
        with self._arrived:
            self._watchers += 1
            try:
                self._arrived.wait_for(lambda: happened() or self._broken or self._crash, limit_s)
            finally:
                self._watchers -= 1
            if self._crash:
                raise self._crash
            return happened()

    def send(self, message: dict[str, Any]) -> None:
        """Send one frame; raise CandidateFailed when the worker is gone, or does not read until the limit."""
        data = _encoded(message).encode()
        try:
            with self._sending:
                self._write(memoryview(len(data).to_bytes(4, "big") + data))
        except OSError:
            raise CandidateFailed(self._broken or "the worker ended") from None

    def _write(self, frame: memoryview) -> None:
        """Write all of it; a worker that does not read must not hold us up for longer than its check."""
        while frame:
            try:
                frame = frame[self._socket.send(frame, socket.MSG_DONTWAIT) :]
            except BlockingIOError:
                room = select.poll()
                room.register(self._socket, select.POLLOUT)
                if not room.poll(max(0.0, self._deadline_ns - perf_counter_ns()) / 1e6):
                    raise CandidateFailed("the worker did not take the question") from None

    def close(self) -> None:
        """Hang up: the worker sees end of file, the reading thread ends."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join()
        self._socket.close()

    def _read(self) -> None:
        reason = "the process ended without an answer"
        try:
            with self._socket.makefile("rb") as stream:
                while header := stream.read(4):
                    size = int.from_bytes(header, "big")
                    if len(header) < 4 or size > FRAME_LIMIT:
                        reason = "bytes outside the protocol"
                        break
                    data = stream.read(size)
                    at_ns = perf_counter_ns()
                    if len(data) < size:
                        break
                    self._take(json.loads(data), at_ns, size)
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            if not isinstance(error, OSError):
                reason = "bytes outside the protocol"
        except BaseException as crash:  # noqa: BLE001  the grader's own mistake: raised where it waits
            self._crash = crash
        with self._arrived:
            self._broken = reason
            self._arrived.notify_all()

    def _take(self, message: dict[str, Any], at_ns: int, size: int) -> None:
        if "callback" in message:
            self._callback_bytes += size
            if self._callback_bytes > CALLBACKS_LIMIT:
                raise ValueError("more callbacks than can be kept")
            incoming = Incoming(
                identity=str(message["callback"]),
                on=_whole(message["on"]),
                operation=str(message["operation"]),
                args=list(message["args"]),
                kwargs=dict(message["kwargs"]),
                at_ns=at_ns,
            )
            try:
                self._on_callback(incoming)
            except MalformedValue:
                raise
            except CandidateFailed:
                pass  # the worker went away while its callback was answered; the asker is told
            except BaseException as crash:  # noqa: BLE001
                self._crash = crash
            # to wake the asker at each of 30,000 comparisons would be half their cost
            if self._crash or self._watchers:
                with self._arrived:
                    self._arrived.notify_all()
            return
        number = _whole(message["answer"])
        with self._arrived:
            if number not in self._asked:
                raise ValueError("an answer to no question")
            self._asked.discard(number)
            self._answers[number] = message
            self._arrived.notify_all()


class NoChannel(Channel):
    """Stands where there is no worker: each question raises what kept it from being there."""

    def __init__(self, failed: CandidateFailed) -> None:
        self._failed = failed

    def ask(self, question: dict[str, Any]) -> int:  # noqa: ARG002 - nobody is asked
        """Raise why."""
        raise self._failed

    def send(self, message: dict[str, Any]) -> None:  # noqa: ARG002 - nobody hears
        """Raise why."""
        raise self._failed

    def wait(self, happened: Callable[[], bool], limit_s: float) -> bool:  # noqa: ARG002 - nothing comes
        """Raise why."""
        raise self._failed

    def close(self) -> None:
        """Do nothing: nobody is there."""


def _whole(value: object) -> int:
    """Return a whole number as it is; all else is outside the protocol."""
    if type(value) is not int:
        raise ValueError("no whole number")
    return value
