"""Server-sent events from bytes, by the letter of the HTML standard (section 9.2.6). Pure: no I/O, no clock.

Lines end with LF, CR or CRLF; a leading byte-order mark is dropped; a comment is no event; several
``data`` lines are joined by LF. An event's data stay bytes, so that each is decoded by itself.

Two deliberate steps beyond the letter: ``close`` hands out an event that lacks only its closing blank
line, and a field ``error:`` (older llama.cpp) becomes an event of that name instead of nothing.
"""

from typing import NamedTuple

_BOM = b"\xef\xbb\xbf"


class Event(NamedTuple):
    """One event: its joined data, and its name ("" where it has none)."""

    data: bytes
    name: str = ""


class Parser:
    """Bytes in, events out; any split of the bytes gives the same events."""

    __slots__ = ("_data", "_held", "_name", "_parts", "_pending", "_skip_lf", "_started")

    def __init__(self) -> None:
        self._parts: list[bytes] = []  # an unfinished line, unjoined: a long line costs linear time
        self._pending = 0
        self._data: list[bytes] = []
        self._held = 0  # bytes of the event's data so far, each value with its line end
        self._name = ""
        self._skip_lf = False
        self._started = False

    @property
    def pending(self) -> int:
        """Bytes of the unfinished line and event that are held."""
        return self._pending + self._held

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that ``data`` completes."""
        if self._skip_lf and data:
            self._skip_lf = False
            data = data.removeprefix(b"\n")
        if b"\n" not in data and b"\r" not in data:
            self._hold(data)
            return []
        if self._parts:
            data = b"".join((*self._parts, data))
            self._parts, self._pending = [], 0
        lines = data.splitlines()
        if not data.endswith((b"\n", b"\r")):
            self._hold(lines.pop())
        elif data.endswith(b"\r"):
            self._skip_lf = True  # its LF may come with the next read
        return self._read(lines)

    def close(self) -> list[Event]:
        """Return what a stream that ended cleanly left without its closing blank line."""
        lines = [b"".join(self._parts)] if self._parts else []
        self._parts, self._pending = [], 0
        return self._read([*lines, b""])

    def _hold(self, data: bytes) -> None:
        if data:
            self._parts.append(data)
            self._pending += len(data)

    def _hold_data(self, value: bytes) -> None:
        self._data.append(value)
        self._held += len(value) + 1

    def _read(self, lines: list[bytes]) -> list[Event]:
        events: list[Event] = []
        if not self._started:
            self._started = True
            lines[0] = lines[0].removeprefix(_BOM)
        for line in lines:
            if line.startswith(b"data: "):  # nearly every line
                self._hold_data(line[6:])
                continue
            if line:
                self._field(line)
                continue
            if self._data:
                data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
                events.append(Event(data, self._name))
                self._data, self._held = [], 0
            self._name = ""
        return events

    def _field(self, line: bytes) -> None:
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._hold_data(value)
        elif field == b"event":
            self._name = value.decode("utf-8", "replace")
        elif field == b"error":
            self._hold_data(value)
            self._name = "error"
