"""The body of a 200, read as it comes: text by channel, usage, timings, and what else the server said. Pure.

An instant is handed in with each piece of the body; this module has no clock. No arrival is made by a
role-only chunk, an empty or null delta, prompt progress, a keep-alive, or llama-swap's loading text.
"""

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import orjson

from codestone.endpoint.calls import Calls
from codestone.endpoint.chat import OnText, Stop, ToolCall
from codestone.endpoint.envelope import FIELDS, Envelope
from codestone.endpoint.servers.llama_swap import LoadingBanner
from codestone.endpoint.sse import Event, Parser
from codestone.endpoint.thinking import Piece, Splitter
from codestone.timing import Arrival, Channel
from codestone.trial import Usage

_KEPT_VALUES = 4096
"""Different values kept of one unknown field; beyond that the last one is overwritten."""

_HEAD = 200
"""Characters kept of how a body begins: evidence where it is no reply."""
_TRIES = 16
"""Chunks in a row, each different around its text, after which the next one is not looked at for that."""
_BRACKETS = 200
"""With fewer of them no JSON is too deep."""


class Reading:
    """One reply in the making. ``feed`` the body, then ``close``; the attributes say what was found."""

    def __init__(self, on_text: OnText | None = None) -> None:
        self._on_text = on_text
        self._parser = Parser()
        self._splitter = Splitter()
        self._banner = LoadingBanner()
        self._text: dict[Channel, list[str]] = {channel: [] for channel in Channel}
        self._calls = Calls()
        self._document: list[bytes] | None = None
        self._sniffed = False
        self.arrivals: list[Arrival] = []
        self.usage: Usage | None = None
        self.timings: dict[str, float] | None = None
        self.finish_reason: str | None = None
        self.error: object = None
        self.done = False
        self.malformed = 0
        self.lost = 0  # of the malformed, those that were meant to be a chunk and may have had text
        self.events = 0
        self.head = ""
        self.event_ns: int | None = None
        self.characters = 0
        self.stop: Stop | None = None
        self.extra: dict[str, list[Any]] = {}
        self._envelope: Envelope | None = None
        self._tries = _TRIES

    @property
    def kept(self) -> int:
        """What is held in memory: characters of text and bytes not yet decoded."""
        whole = sum(map(len, self._document)) if self._document else 0
        return self.characters + self._parser.pending + whole

    @property
    def streamed(self) -> bool:
        """Whether the body was a stream, so that its chunks have instants of their own."""
        return self._document is None

    @property
    def content(self) -> str:
        """Text of the answer."""
        return "".join(self._text[Channel.CONTENT])

    @property
    def reasoning(self) -> str:
        """Text of the thinking."""
        return "".join(self._text[Channel.REASONING])

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """Tool calls, put together, in order of their first delta."""
        return self._calls.finished()

    def feed(self, body: bytes, at_ns: int) -> None:
        """Take a piece of the body that was read at ``at_ns``."""
        if len(self.head) < _HEAD:
            self.head += body[:_HEAD].decode("utf-8", "replace")
        if not self._sniffed and body.strip():
            self._sniffed = True
            # no line of an event stream begins with a brace, whatever the Content-Type claims
            self._document = [] if body.lstrip().startswith(b"{") else None
        if self._document is not None:
            self._document.append(body)
            return
        for event in self._parser.feed(body):
            self._event(event, at_ns)

    def close(self, at_ns: int, *, clean: bool) -> None:
        """End the body; ``clean`` says that the server ended it and no connection broke."""
        if clean and self._document is not None:
            self._whole(b"".join(self._document), at_ns)
        elif clean:
            for event in self._parser.close():
                self._event(event, at_ns)
        for piece in self._splitter.close():
            self._arrive(piece)
        self.arrivals.sort(key=attrgetter("at_ns"))  # text held back kept its own instant
        if not self.streamed:
            self.arrivals = []  # a whole document has one instant, which says nothing about its tokens

    def _event(self, event: Event, at_ns: int) -> None:
        data = event.data
        if self._envelope is not None and not event.name and (text := self._envelope.text(data)):
            self.events += 1
            self._tries = _TRIES
            self._text_of(self._envelope.field, text, at_ns)
            return
        if not data.strip():
            return
        if data.strip() == b"[DONE]":
            self.done = True
            return
        self.events += 1
        self.event_ns = at_ns if self.event_ns is None else self.event_ns
        try:
            chunk = _decoded(data)
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):
            chunk = None
        if event.name == "error":
            self.error = chunk if chunk is not None else data.decode("utf-8", "replace")
        elif isinstance(chunk, dict):
            self._chunk(chunk, at_ns)
            if self.arrivals:  # not before the first: a loading text is recognised there
                self._envelope = Envelope.of(data, chunk) if self._tries else None
                self._tries = max(0, self._tries - 1)
        else:
            self.malformed += 1
            self.lost += data.lstrip().startswith(b"{")

    def _whole(self, document: bytes, at_ns: int) -> None:
        """Read a reply that came as one JSON document although a stream was asked for."""
        self.events += 1
        try:
            chunk = _decoded(document)
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):
            self.malformed += 1
            return
        for choice in _dicts(chunk.get("choices")):
            choice["delta"] = choice.pop("message", None)
        self._chunk(chunk, at_ns)
        self.done = self.error is None and bool(_dicts(chunk.get("choices")))

    def _chunk(self, chunk: dict[str, Any], at_ns: int) -> None:
        loading = self._banner.loading_text(chunk) if not self.arrivals else None
        if loading is not None:
            self._keep("loading", loading)
            return
        for name, value in chunk.items():
            if name == "choices":
                for choice in _dicts(value):
                    self._choice(choice, at_ns)
            elif name == "error" and value:
                self.error = chunk
            elif name == "usage" and isinstance(value, dict):
                self.usage = _usage(value)
                self._keep("usage", value)
            elif name == "timings" and isinstance(value, dict):
                self.timings = {key: number for key, number in value.items() if _is_number(number)}
            elif value is not None:
                self._keep(name, value)

    def _choice(self, choice: dict[str, Any], at_ns: int) -> None:
        if choice.get("index") not in (0, None):  # no set: a server may send what has no hash
            self._keep("choices.other", choice)
            return
        for name, value in choice.items():
            if name == "delta" and isinstance(value, dict):
                self._delta(value, at_ns)
            elif name == "finish_reason" and isinstance(value, str) and value:
                self.finish_reason = value
            elif name != "index" and value is not None:
                self._keep(f"choices.{name}", value)

    def _delta(self, delta: dict[str, Any], at_ns: int) -> None:
        # some servers send the same text in both
        thought = "reasoning_content" if delta.get("reasoning_content") else "reasoning"
        for field in (thought, "content"):
            text = delta.get(field)
            if isinstance(text, str) and text:
                self._text_of(field, text, at_ns)
        for call in _dicts(delta.get("tool_calls")):
            if text := self._calls.add(call):
                self._arrive(Piece(at_ns, Channel.TOOL, text))
        for name, value in delta.items():
            if value is not None and not (name in FIELDS and isinstance(value, str)) and name != "tool_calls":
                self._keep(f"choices.delta.{name}", value)

    def _text_of(self, field: str, text: str, at_ns: int) -> None:
        if field != "content":
            self._arrive(Piece(at_ns, Channel.REASONING, text))
            return
        for piece in self._splitter.feed(text, at_ns):
            self._arrive(piece)

    def _arrive(self, piece: Piece) -> None:
        at_ns, channel, text = piece
        self.arrivals.append(Arrival(at_ns, channel, len(text)))
        self._text[channel].append(text)
        self.characters += len(text)
        if self._on_text is not None and self.stop is None:
            self.stop = self._on_text(text, channel)

    def _keep(self, path: str, value: object) -> None:
        values = self.extra.setdefault(path, [])
        if not values or (values[-1] != value and len(values) < _KEPT_VALUES):
            values.append(value)
        elif values[-1] != value:
            values[-1] = value


def _usage(usage: Mapping[str, Any]) -> Usage:
    prompt, completion = usage.get("prompt_tokens_details"), usage.get("completion_tokens_details")
    return Usage(
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        cached_tokens=_count(prompt.get("cached_tokens")) if isinstance(prompt, dict) else None,
        reasoning_tokens=_count(completion.get("reasoning_tokens")) if isinstance(completion, dict) else None,
    )


def _decoded(data: bytes) -> Any:
    """Decode JSON; raise JSONEncodeError where it is nested deeper than we could compare or store."""
    value = orjson.loads(data)
    if data.count(b"[") + data.count(b"{") > _BRACKETS:
        orjson.dumps([[[[[[[[value]]]]]]]])  # as deep as it lies in a transcript; its limit is 254
    return value


def _dicts(value: object) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
