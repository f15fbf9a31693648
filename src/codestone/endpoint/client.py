"""The client: the one place that stamps time.

``perf_counter_ns`` is read right after each ``recv``, before anything is decoded. The connection is
opened before the timer, which starts when the kernel has taken the last byte of the request. Nothing is
tried twice: a retry is a new exchange, for the engine to record.

Once text has come, small reads are stamped as they come and decoded together, ``_TOGETHER_NS`` after the
first of them at the latest: that takes half the CPU, and fewer reads wait until the one before is decoded.

``chat`` never raises for what a server does: every fault is an ``Ending`` with a line of evidence.

Bounds: ``max_bytes`` of text (and of any one undecoded event or document), and eight times that on the
wire, because a server wraps each token into some 250 bytes of JSON. Beyond either, reading stops: CUT_OFF
where text had come (it is kept), STREAM_BROKEN where none had.

Not covered: the stamp is user space's, so a machine without a free core stamps late; several events in
one read share a stamp; ``on_text`` runs between two reads, delays the next stamp by its own time, and
hears of a text ``_TOGETHER_NS`` late at most.
"""

import socket
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter_ns
from types import TracebackType
from typing import NamedTuple, Self

import orjson

from codestone.endpoint import wire
from codestone.endpoint.chat import Ask, ChatRequest, Message, OnText, Reply, Timeouts, ToolCall
from codestone.endpoint.reading import Reading
from codestone.endpoint.speed import speed_of
from codestone.endpoint.url import Address, address
from codestone.endpoint.verdict import End, verdict
from codestone.errors import EndpointError, UsageError
from codestone.timing import Marks
from codestone.trial import Ending, Exchange

__all__ = ["Ask", "ChatRequest", "Client", "Message", "OnText", "Reply", "Timeouts", "ToolCall"]

MAX_BYTES = 32 << 20
_CONNECT_ERRORS = (OSError, UnicodeError)  # the latter for a host name that DNS cannot spell
_WIRE_FACTOR = 8
_DRAIN_S = 0.25
"""After [DONE]: how long the server gets to end its HTTP message before the connection is closed on it."""
_TAIL_S = 10.0
"""After finish_reason: only usage and [DONE] are still to come."""
_TOGETHER_NS = 50_000_000
_TOGETHER_READS = 256
_SMALL_BYTES = 4096
"""A read of more than that has many chunks already, and is decoded by itself."""


class _Limit(NamedTuple):
    """How long the next read may take, and what it means if it takes longer; ``why`` formats the timeouts."""

    seconds: float
    end: End
    why: str


_TAIL = _Limit(_TAIL_S, End.SILENT, f"no byte for {_TAIL_S:g} s")


class _Read(NamedTuple):
    """What one ``recv`` returned or raised, and when: ns after the request was sent."""

    at_ns: int
    data: bytes
    failure: OSError | None = None

    @property
    def is_late(self) -> bool:
        """Whether its time was up; ETIMEDOUT, which has a number, is the connection's end."""
        return isinstance(self.failure, TimeoutError) and self.failure.errno is None

    @property
    def may_wait(self) -> bool:
        """Whether more is to come, as far as a glance tells: it is small, and holds no end."""
        data = self.data
        return 0 < len(data) < _SMALL_BYTES and b"[DONE]" not in data and not data.endswith(wire.LAST_CHUNK)


@dataclass(slots=True)
class _Course:
    """What happened on the wire; instants in ns after ``sent_ns``, which is absolute."""

    reading: Reading | None
    timeouts: Timeouts
    sent_ns: int = 0
    connect_ns: int | None = None
    headers_ns: int | None = None
    end_ns: int | None = None
    read_ns: int = 0
    wire_bytes: int = 0
    status: int | None = None
    retry_after: str = ""
    body: bytearray = field(default_factory=bytearray)  # whatever does not go to ``reading``
    end: End | None = None
    why: str = ""

    def stop(self, end: End, why: str = "") -> None:
        self.end, self.why = end, why
        self.end_ns = self.read_ns


class Client:
    """One connection to one endpoint, for one thread.

    It is kept after an answer with a Content-Length and opened anew after a stream, always before the timer.
    """

    def __init__(
        self,
        base_url: str | Address,
        *,
        key: str | None = None,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
        max_bytes: int = MAX_BYTES,
    ) -> None:
        if key is not None and not (key.isascii() and key.isprintable()):
            raise UsageError("the API key has a character that no header may carry")
        self.address = address(base_url) if isinstance(base_url, str) else base_url
        self.timeouts = timeouts
        self._key = key
        self._max_bytes = max_bytes
        self._connection: socket.socket | None = None
        self._connect_ns: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the next exchange opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def warm(self) -> None:
        """Have an open connection; raise EndpointError where none can be had."""
        try:
            self._open()
        except _CONNECT_ERRORS as error:
            url = self.address.base_url
            raise EndpointError(
                f"{url} was not reached: {error}", url=url, hint="Is the server running?"
            ) from error

    def chat(
        self, request: ChatRequest, on_text: OnText | None = None, *, timeouts: Timeouts | None = None
    ) -> Reply:
        """Ask once and return whatever came of it; ``timeouts`` in place of the client's own."""
        reading = Reading(on_text)
        body = orjson.dumps(request.body())
        course = self._run("/v1/chat/completions", body, reading, timeouts=timeouts or self.timeouts)
        assert course.end is not None
        ending, detail = verdict(
            reading,
            course.end,
            course.why,
            status=course.status,
            body=bytes(course.body),
            retry_after=course.retry_after,
        )
        return _reply(course, reading, ending=ending, detail=detail)

    def get_json(self, path: str) -> tuple[int, object]:
        """GET a path ("/v1/models", "/props") and return status and decoded body, text where it is no JSON.

        Raises EndpointError where no whole answer came.
        """
        course = self._run(path, None, None, timeouts=self.timeouts)
        body = bytes(course.body)
        if course.status is None or course.end not in {End.COMPLETE, End.EOF}:
            url = self.address.origin + self.address.path(path)
            raise EndpointError(
                f"{url}: {course.why or course.end}", url=url, status=course.status, body=body
            )
        try:
            return course.status, orjson.loads(body)
        except orjson.JSONDecodeError:
            return course.status, body.decode("utf-8", "replace")

    def _open(self) -> socket.socket:
        if self._connection is not None and not wire.is_idle(self._connection):
            self.close()
        if self._connection is None:
            start_ns = perf_counter_ns()
            self._connection = wire.connect(self.address, self.timeouts.connect_s)
            self._connect_ns = perf_counter_ns() - start_ns
        return self._connection

    def _run(self, path: str, body: bytes | None, reading: Reading | None, *, timeouts: Timeouts) -> _Course:
        course = _Course(reading, timeouts)
        try:
            connection = self._open()
        except _CONNECT_ERRORS as error:
            course.stop(End.REFUSED, f"{self.address.base_url} was not reached: {error}")
            course.end_ns = None
            return course
        course.connect_ns, self._connect_ns = self._connect_ns, None
        kept = False
        try:
            payload = wire.request_bytes(self.address, path, key=self._key, body=body)
            response = wire.Response()
            self._send(connection, payload, course)
            self._receive(connection, response, course)
            kept = self._drained(connection, response, course) and response.keep_alive
        finally:
            if not kept:  # also when the user interrupts
                self.close()
        if reading is not None:
            assert course.end is not None
            reading.close(course.read_ns, clean=course.end.is_clean)
        return course

    def _send(self, connection: socket.socket, payload: bytes, course: _Course) -> None:
        try:
            connection.settimeout(min(course.timeouts.silence_s, course.timeouts.wall_s))
            connection.sendall(payload)
        except OSError as error:
            course.why = (
                f"the request was not taken: {error}"  # the server may have said why: it is read next
            )
        course.sent_ns = perf_counter_ns()

    def _receive(self, connection: socket.socket, response: wire.Response, course: _Course) -> None:
        while course.end is None:
            limit = self._limit(course)
            for read in _reads(connection, limit.seconds, course):
                self._note(read, limit, response, course)

    def _note(self, read: _Read, limit: _Limit, response: wire.Response, course: _Course) -> None:
        """Take one read, already stamped; what came after the end is passed over."""
        if course.end is not None:
            _pass_over(read.data, response)
            return
        if not (read.is_late and limit is _TAIL):
            course.read_ns = read.at_ns
        if read.is_late:
            course.stop(limit.end, course.why or limit.why.format(course.timeouts))
        elif read.failure is not None:
            course.stop(End.BROKEN, course.why or str(read.failure))
        else:
            self._take(read.data, response, course)

    def _take(self, data: bytes, response: wire.Response, course: _Course) -> None:
        """Decode one read, already stamped, and see whether it was the last."""
        reading = course.reading
        try:
            body = response.feed(data) if data else b""
        except ValueError as error:
            course.stop(End.NO_HTTP, f"{error}: {data[:80]!r}")
            return
        course.wire_bytes += len(data)
        if response.status is not None and course.status is None:
            course.status, course.headers_ns = response.status, course.read_ns
            course.retry_after = response.headers.get("retry-after", "")
        if reading is not None and course.status is not None and 200 <= course.status < 300:
            reading.feed(body, course.read_ns)
        else:
            course.body += body
        if not data:
            response.end()
        self._see_end(course, response, closed=not data)

    def _see_end(self, course: _Course, response: wire.Response, *, closed: bool) -> None:
        reading = course.reading
        kept = len(course.body) + (reading.kept if reading is not None else 0)
        if reading is not None and reading.done:
            course.stop(End.DONE)
        elif reading is not None and reading.error is not None:
            course.stop(End.ERROR)
        elif reading is not None and reading.stop is not None:
            course.stop(End.STOPPED, reading.stop.why)
        elif kept > self._max_bytes or course.wire_bytes > _WIRE_FACTOR * self._max_bytes:
            read = f"{course.wire_bytes} bytes read, {kept} of them kept"
            course.stop(End.BOUND, f"the reply is over {self._max_bytes} bytes: {read}")
        elif response.complete:
            course.stop(End.COMPLETE)
        elif closed:
            course.stop(End.EOF, course.why)

    def _limit(self, course: _Course) -> _Limit:
        limits, reading = course.timeouts, course.reading
        gone_s = (perf_counter_ns() - course.sent_ns) / 1e9
        wall = _Limit(limits.wall_s - gone_s, End.LATE, "not finished within {0.wall_s:g} s")
        refused = course.status is not None and not 200 <= course.status < 300
        if refused or course.why or (reading is not None and reading.finish_reason is not None):
            return min(wall, _TAIL)
        if reading is not None and not reading.arrivals:
            return min(wall, _Limit(limits.first_s - gone_s, End.SILENT, "no text within {0.first_s:g} s"))
        return min(wall, _Limit(limits.silence_s, End.SILENT, "no byte for {0.silence_s:g} s"))

    def _drained(self, connection: socket.socket, response: wire.Response, course: _Course) -> bool:
        """Let the server end its message after [DONE]; return whether the message was read to its end."""
        try:
            until_ns = perf_counter_ns() + int(_DRAIN_S * 1e9)
            while course.end is End.DONE and not response.complete:
                if (left_ns := until_ns - perf_counter_ns()) <= 0:
                    return False
                connection.settimeout(left_ns / 1e9)
                data = connection.recv(wire.READ_BYTES)
                if not data:
                    return False
                response.feed(data)
        except (OSError, ValueError):
            return False
        return response.complete


def _reads(connection: socket.socket, limit_s: float, course: _Course) -> list[_Read]:
    """Return what comes next, stamped: one read, and once text has come those that are decoded with it."""
    reads = [_read(connection, limit_s, course.sent_ns)]
    if course.reading is None or not course.reading.arrivals:
        return reads
    half_ns = _TOGETHER_NS // 2  # the last read begins within the first, and takes the second at most
    last_ns = min(reads[0].at_ns + half_ns, int(course.timeouts.wall_s * 1e9) - half_ns)
    while reads[-1].may_wait and reads[-1].at_ns < last_ns and len(reads) < _TOGETHER_READS:
        read = _read(connection, min(limit_s, half_ns / 1e9), course.sent_ns)
        if read.is_late:
            break  # of no limit that means anything
        reads.append(read)
    return reads


def _pass_over(data: bytes, response: wire.Response) -> None:
    """Take what was read after the end: the end of the message, or what makes the connection useless."""
    if response.complete or not data:
        response.keep_alive = False
        return
    with suppress(ValueError):
        response.feed(data)


def _read(connection: socket.socket, limit_s: float, sent_ns: int) -> _Read:
    try:
        if limit_s <= 0:
            raise TimeoutError
        if limit_s != connection.gettimeout():  # to set it is a system call
            connection.settimeout(limit_s)
        data = connection.recv(wire.READ_BYTES)
        return _Read(perf_counter_ns() - sent_ns, data)
    except OSError as error:
        return _Read(perf_counter_ns() - sent_ns, b"", error)


def _reply(course: _Course, reading: Reading, *, ending: Ending, detail: str) -> Reply:
    marks = Marks(
        connect_ns=course.connect_ns,
        headers_ns=course.headers_ns,
        arrivals=tuple(reading.arrivals),
        end_ns=course.end_ns,
        event_ns=reading.event_ns,
    )
    exchange = Exchange(
        ending=ending,
        detail=detail,
        status=course.status,
        finish_reason=reading.finish_reason,
        usage=reading.usage,
        timings=reading.timings,
        speed=speed_of(marks, reading.usage),
        content_characters=len(reading.content),
        reasoning_characters=len(reading.reasoning),
        malformed_chunks=reading.malformed,
    )
    return Reply(
        content=reading.content,
        reasoning=reading.reasoning,
        tool_calls=reading.tool_calls,
        exchange=exchange,
        marks=marks,
        raw_extra=reading.extra,
        done=reading.done,
    )
