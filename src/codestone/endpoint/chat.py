"""What is asked and what came back: the nouns of one chat exchange. No I/O."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from codestone.timing import Channel, Marks
from codestone.trial import Ending, Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """One call that the model asked for; ``arguments`` is the JSON text as it came, valid or not."""

    id: str
    name: str
    arguments: str

    def as_json(self) -> dict[str, object]:
        """Return it as an assistant message carries it."""
        function = {"name": self.name, "arguments": self.arguments}
        return {"id": self.id, "type": "function", "function": function}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation; the tool fields serve tool use."""

    role: str
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    reasoning: str = ""  # of an earlier reply, where it is sent back

    def as_json(self) -> dict[str, object]:
        """Return it as the API has it."""
        message: dict[str, object] = {"role": self.role, "content": self.content}
        if self.tool_calls:
            message["tool_calls"] = [call.as_json() for call in self.tool_calls]
        if self.tool_call_id is not None:
            message["tool_call_id"] = self.tool_call_id
        if self.reasoning:
            message["reasoning_content"] = self.reasoning
        return message


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One question. An option that is None is not sent: the server's own sampling holds.

    ``extra`` is merged into the JSON body verbatim and wins over everything else.
    """

    model: str
    messages: Sequence[Message]
    max_tokens: int | None = None
    seed: int | None = None
    temperature: float | None = None
    tools: Sequence[Mapping[str, object]] = ()
    extra: Mapping[str, object] = field(default_factory=dict)

    def body(self) -> dict[str, object]:
        """Return the JSON body of a streamed request that asks for usage."""
        options = {"max_tokens": self.max_tokens, "seed": self.seed, "temperature": self.temperature}
        return {
            "model": self.model,
            "messages": [message.as_json() for message in self.messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            **{name: value for name, value in options.items() if value is not None},
            **({"tools": list(self.tools)} if self.tools else {}),
            **self.extra,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back: text by channel, its ending and clock, and every field that has no other place.

    ``raw_extra`` maps a field's path ("id", "choices.delta.role") to its values in order, a repeated
    value once. ``content`` holds no thinking: a leading ``<think>`` block is moved to ``reasoning``.
    ``done``: whether [DONE] ended the stream, or the reply was one whole document.
    """

    content: str
    reasoning: str
    tool_calls: tuple[ToolCall, ...]
    exchange: Exchange
    marks: Marks
    raw_extra: Mapping[str, Sequence[Any]]
    done: bool = False


Tools = Sequence[Mapping[str, object]]
"""Tools that a contestant may call, as the API has them."""


class Ask(Protocol):
    """Ask a contestant: what drivers get. It never raises for what a server does."""

    def __call__(self, messages: Sequence[Message], max_tokens: int, *, tools: Tools = ()) -> Reply:
        """Send the conversation, at most ``max_tokens`` to come back; ``tools`` as the API has them."""


class Stop(NamedTuple):
    """Why reading ends here, before the server's own end."""

    ending: Ending
    why: str


OnText = Callable[[str, Channel], Stop | None]
"""Told of each piece of text once it is stamped; an answer ends the reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long to wait, in seconds. Generous: a slow machine spends minutes on a long prompt.

    ``first_s`` runs from the request to the first text (keep-alives do not extend it), ``silence_s``
    between bytes after it, ``wall_s`` over the whole exchange.
    """

    connect_s: float = 5.0
    first_s: float = 900.0
    silence_s: float = 300.0
    wall_s: float = 3600.0
