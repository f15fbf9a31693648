"""On which line of a TOML text each key stands.

``tomllib`` keeps no positions and tomlkit gives none out, so this walks the text a second time. It reads
only text that ``tomllib`` has accepted, and so judges nothing.
"""

import re
import tomllib
from bisect import bisect_right

Key = tuple[str | int, ...]
"""Where a value stands: ``("check", 0, "points")``."""

_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(
    r"""
      \"{3} (?:\\.|[^\\])*? \"{3} \"{0,2}  # the text itself may end with two quotes more
    | '{3} .*? '{3} '{0,2}
    | " (?:\\.|[^"\\\n])* "
    | ' [^'\n]* '
    """,
    re.DOTALL | re.VERBOSE,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\r\n]+")


def positions(text: str) -> dict[Key, int]:
    """Return the line, counted from 1, of every table, key and array entry of a valid TOML text."""
    return _Scan(text).run()


class _Scan:
    """One walk over one text; ``at`` is where it has come to."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.breaks = [match.start() for match in re.finditer("\n", text)]
        self.found: dict[Key, int] = {}
        self.lengths: dict[Key, int] = {}

    def run(self) -> dict[Key, int]:
        table: Key = ()
        while self._skip_gap():
            if self._take("[["):
                table = self._next_of_array(self._key())
                assert self._take("]]")
            elif self._take("["):
                table = self._table(self._key())
                assert self._take("]")
            else:
                self._pair(table)
        return self.found

    def _note(self, key: Key) -> None:
        self.found.setdefault(key, bisect_right(self.breaks, self.at - 1) + 1)

    def _take(self, token: str) -> bool:
        taken = self.text.startswith(token, self.at)
        self.at += len(token) if taken else 0
        return taken

    def _match(self, pattern: re.Pattern[str]) -> str | None:
        match = pattern.match(self.text, self.at)
        if match is None:
            return None
        self.at = match.end()
        return match.group()

    def _skip_gap(self) -> bool:
        """Go to the next token; return whether there is one."""
        self._match(_GAP)
        return self.at < len(self.text)

    def _key(self) -> list[str]:
        """Read a dotted key."""
        parts: list[str] = []
        while not parts or self._take("."):
            self._skip_gap()
            quoted = self._match(_STRING)
            part = self._match(_BARE_KEY) if quoted is None else tomllib.loads(f"key = {quoted}")["key"]
            assert isinstance(part, str)
            parts.append(part)
            self._skip_gap()
        return parts

    def _table(self, parts: list[str]) -> Key:
        """Return where ``[parts]`` stands: in the newest table of every array of tables on the way."""
        key: Key = ()
        for part in parts:
            key = (*key, part)
            self._note(key)
            if key in self.lengths:
                key = (*key, self.lengths[key] - 1)
        return key

    def _next_of_array(self, parts: list[str]) -> Key:
        array: Key = (*self._table(parts[:-1]), parts[-1])
        self._note(array)
        index = self.lengths.get(array, 0)
        self.lengths[array] = index + 1
        self._note((*array, index))
        return (*array, index)

    def _pair(self, table: Key) -> None:
        for part in self._key():
            table = (*table, part)
            self._note(table)
        assert self._take("=")
        self._skip_gap()
        self._value(table)

    def _value(self, key: Key) -> None:
        if self._match(_STRING) is not None:
            return
        if self._take("["):
            self._array(key)
        elif self._take("{"):
            while self._skip_gap() and not self._take("}"):
                self._pair(key)
                self._skip_gap()
                self._take(",")
        else:
            assert self._match(_SCALAR) is not None

    def _array(self, key: Key) -> None:
        index = 0
        while self._skip_gap() and not self._take("]"):
            self._note((*key, index))
            self._value((*key, index))
            self._skip_gap()
            self._take(",")
            index += 1
