"""What surrounds the text in a stream's chunks: a chunk like the last one is not decoded whole.

A server repeats some 200 bytes of JSON around every token. Where they are the same to the byte, only the
text between them is decoded. That is exact: the head ends where a JSON value begins, the tail begins where
it ends, and what lies between is one JSON string, so that the chunk can mean nothing else. Pure.
"""

from typing import Any, Self

import orjson

FIELDS = ("content", "reasoning_content", "reasoning")


class Envelope:
    """The bytes before and after the text of one chunk, and the ``field`` of the delta that has it."""

    __slots__ = ("_end", "_head", "_start", "_tail", "field")

    def __init__(self, field: str, head: bytes, tail: bytes) -> None:
        self.field, self._head, self._tail = field, head, tail
        self._start, self._end = len(head), -len(tail)  # a tail has at least the closing braces

    @classmethod
    def of(cls, data: bytes, chunk: dict[str, Any]) -> Self | None:
        """Return the envelope of a chunk, decoded from ``data``; None where it is no plain piece of text."""
        match chunk:
            case {"choices": [{"delta": dict(delta), **rest}]} if len(delta) == 1 and not chunk.get("error"):
                ((field, text),) = delta.items()
            case _:
                return None
        if rest.get("index") not in (0, None):
            return None
        if field not in FIELDS or not isinstance(text, str):
            return None
        for colon in (b":", b": "):
            head, found, tail = data.partition(b'"%b"%b%b' % (field.encode(), colon, orjson.dumps(text)))
            if found:
                envelope = cls(field, head + b'"%b"%b' % (field.encode(), colon), tail)
                return envelope if envelope._is_of(chunk) else None
        return None

    def text(self, data: bytes) -> str | None:
        """Return the text of a chunk that is like the first but for its text; None where it is not."""
        if not (data.startswith(self._head) and data.endswith(self._tail)):
            return None
        try:
            text = orjson.loads(data[self._start : self._end])
        except orjson.JSONDecodeError:
            return None
        return text if isinstance(text, str) else None

    def _is_of(self, chunk: dict[str, Any]) -> bool:
        """Whether another text put between head and tail gives the same chunk with another text."""
        delta = chunk["choices"][0]["delta"]
        text = delta[self.field] + "?"  # another one: the place must be the one that counts
        other = orjson.loads(self._head + orjson.dumps(text) + self._tail)
        (choice,) = other["choices"]
        if choice["delta"] != {self.field: text}:
            return False
        choice["delta"] = delta
        return bool(other == chunk)
