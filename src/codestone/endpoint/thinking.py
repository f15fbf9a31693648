"""Thinking that a server left in the content: ``<think>`` and channel tags. Pure, one pass, any split.

Covered: a block that *opens* the content; its tags stay in the reasoning, so that no character and no
arrival is lost. Not covered: a closing tag without an opening one (the chat
template opened it in the prompt); the content is then left as it came, for a reader to see.
"""

from typing import NamedTuple

from codestone.timing import Channel

TAGS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
    ("<|channel>thought", "<channel|>"),
)


_LEAD = 256
"""Characters, blanks mostly, after which no tag is waited for: a loop of blank lines must be heard."""


class Piece(NamedTuple):
    """Text of one channel and the instant of the read that brought it, in ns."""

    at_ns: int
    channel: Channel
    text: str


class Splitter:
    """Content in, pieces of content or reasoning out; each keeps the instant of its own bytes."""

    __slots__ = ("_closing", "_decided", "_held")

    def __init__(self) -> None:
        self._decided = False
        self._closing = ""
        self._held: list[tuple[int, str]] = []  # text that may still turn out to be part of a tag

    def feed(self, text: str, at_ns: int) -> list[Piece]:
        """Return the pieces that are certain now."""
        if self._decided and not self._closing:
            return [Piece(at_ns, Channel.CONTENT, text)]
        self._held.append((at_ns, text))
        return self._close_tag() if self._closing else self._open_tag()

    def close(self) -> list[Piece]:
        """Return what was held back when the stream ended."""
        return self._release(Channel.REASONING if self._closing else Channel.CONTENT)

    def _open_tag(self) -> list[Piece]:
        joined = "".join(text for _, text in self._held)
        start = joined.lstrip()
        for opening, closing in TAGS:
            if start.startswith(opening):
                self._decided, self._closing = True, closing
                return self._close_tag()
        if len(joined) < _LEAD and any(opening.startswith(start) for opening, _ in TAGS):
            return []
        self._decided = True
        return self._release(Channel.CONTENT)

    def _close_tag(self) -> list[Piece]:
        joined = "".join(text for _, text in self._held)
        where = joined.find(self._closing)
        if where < 0:
            return self._take(len(joined) - _overlap(joined, self._closing))
        pieces = self._take(where + len(self._closing))
        self._closing = ""
        return pieces + self._release(Channel.CONTENT)

    def _take(self, characters: int) -> list[Piece]:
        """Take that many characters from the front of what is held, as reasoning."""
        pieces: list[Piece] = []
        while characters > 0:
            at_ns, text = self._held.pop(0)
            pieces.append(Piece(at_ns, Channel.REASONING, text[:characters]))
            if len(text) > characters:
                self._held.insert(0, (at_ns, text[characters:]))
            characters -= len(text)
        return pieces

    def _release(self, channel: Channel) -> list[Piece]:
        pieces = [Piece(at_ns, channel, text) for at_ns, text in self._held if text]
        self._held = []
        return pieces


def _overlap(text: str, tag: str) -> int:
    """Return how many characters at the end of ``text`` are the beginning of ``tag``."""
    return next((n for n in range(min(len(text), len(tag) - 1), 0, -1) if text.endswith(tag[:n])), 0)
