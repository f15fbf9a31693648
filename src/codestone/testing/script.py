"""What the scripted endpoint says and when: a schedule of events, and how the exchange ends."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson

DONE = b"data: [DONE]\n\n"
CHARACTERS_PER_TOKEN = 4
"""The scripted endpoint's tokeniser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it was received; ``at_ns`` (``perf_counter_ns``) is when its last byte was read."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    at_ns: int

    @property
    def model(self) -> str:
        """The model that was asked for."""
        return str(self.body.get("model", "")) if isinstance(self.body, dict) else ""

    @property
    def user_text(self) -> str:
        """Everything that the user said, joined by blank lines."""
        return "\n\n".join(
            str(message.get("content", "")) for message in self.messages if message.get("role") == "user"
        )

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The conversation, as it was sent."""
        messages = self.body.get("messages", []) if isinstance(self.body, dict) else []
        return [message for message in messages if isinstance(message, dict)]

    @property
    def last_role(self) -> str:
        """Who spoke last."""
        return str(self.messages[-1].get("role", "")) if self.messages else ""

    @property
    def tools(self) -> list[str]:
        """Names of the tools that are offered."""
        offered = self.body.get("tools", []) if isinstance(self.body, dict) else []
        return [str(tool.get("function", {}).get("name", "")) for tool in offered]


class Finish(StrEnum):
    """How an exchange ends after its last step."""

    END = "the HTTP message ends as it should"
    CLOSE = "the HTTP message ends, and then the connection, although nothing announced it"
    CUT = "the connection is closed in mid-message"
    RESET = "the connection is reset (RST)"
    STALL = "nothing more is sent, and the connection stays open"


@dataclass(frozen=True, slots=True)
class Step:
    """Bytes to send, ``after_s`` seconds after the step before it (the first: after the request)."""

    after_s: float
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One answer. ``head`` False sends not even a status line, ``framed`` False the steps as they are."""

    steps: tuple[Step, ...] = ()
    status: int = 200
    content_type: str = "text/event-stream"
    headers: Mapping[str, str] = field(default_factory=dict)
    finish: Finish = Finish.END
    head: bool = True
    framed: bool = True


Event = Mapping[str, object] | bytes
"""What one step says, before it is bytes."""

Play = Callable[[Request], Script]
"""Chooses the script for a request; called once for each, so that it may count."""


def event(content: Event) -> bytes:
    """Return one server-sent event; bytes are sent as they are."""
    return content if isinstance(content, bytes) else b"data: " + orjson.dumps(content) + b"\n\n"


def schedule(pairs: Iterable[tuple[float, Event]]) -> tuple[Step, ...]:
    """Return the steps for (seconds after the one before, event)."""
    return tuple(Step(after_s, event(content)) for after_s, content in pairs)


def chunk(
    delta: Mapping[str, object] | None = None, *, finish: str | None = None, **more: object
) -> dict[str, object]:
    """Return one chunk as llama.cpp has it; ``more`` are further top-level fields."""
    choices = [{"index": 0, "delta": dict(delta or {}), "finish_reason": finish}]
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "scripted",
        "choices": choices,
        **more,
    }


def usage(prompt: int, completion: int, **more: object) -> dict[str, object]:
    """Return a usage object."""
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        **more,
    }


def reply(  # noqa: PLR0913 - each keyword is one part of the script
    content: str,
    *,
    reasoning: str = "",
    first_s: float = 0.0,
    gap_s: float = 0.0,
    finish: str = "stop",
    piece: int = CHARACTERS_PER_TOKEN,
    with_usage: bool = True,
) -> Script:
    """Return a script that answers as llama.cpp does: role, reasoning, content, finish, usage, [DONE].

    ``first_s`` passes before the first text, ``gap_s`` between pieces of ``piece`` characters. Usage
    counts four characters to a token.
    """
    pieces = [{"reasoning_content": text} for text in _pieces(reasoning, piece)]
    pieces += [{"content": text} for text in _pieces(content, piece)]
    delays = [first_s, *[gap_s] * len(pieces)]
    events: list[tuple[float, Event]] = [(0.0, chunk({"role": "assistant", "content": None}))]
    events += [(delay, chunk(delta)) for delay, delta in zip(delays, pieces, strict=False)]
    events.append((0.0, chunk(finish=finish)))
    if with_usage:
        tokens = -(-(len(content) + len(reasoning)) // CHARACTERS_PER_TOKEN)
        events.append((0.0, chunk() | {"choices": [], "usage": usage(10, tokens)}))
    return Script(steps=schedule([*events, (0.0, DONE)]))


def calling(
    calls: Iterable[tuple[str, Mapping[str, object] | str]], *, content: str = "", reasoning: str = ""
) -> Script:
    """Return a script that calls tools, all in one reply: (name, arguments); a text is sent as it is.

    The arguments come in pieces, the finish reason is "tool_calls", usage counts as ``reply`` does.
    """
    texts = [{"reasoning_content": text} for text in _pieces(reasoning, CHARACTERS_PER_TOKEN)]
    texts += [{"content": text} for text in _pieces(content, CHARACTERS_PER_TOKEN)]
    deltas: list[Mapping[str, object]] = [{"role": "assistant", "content": None}, *texts]
    length = len(content) + len(reasoning)
    for index, (name, arguments) in enumerate(calls):
        given = arguments if isinstance(arguments, str) else orjson.dumps(arguments).decode()
        opening = {"index": index, "id": f"call_{index}", "type": "function"}
        parts = [opening | {"function": {"name": name, "arguments": ""}}]
        parts += [{"index": index, "function": {"arguments": piece}} for piece in _pieces(given, 64)]
        deltas += [{"tool_calls": [part]} for part in parts]
        length += len(name) + len(given)
    used = chunk() | {"choices": [], "usage": usage(10, -(-length // CHARACTERS_PER_TOKEN))}
    events: list[Event] = [*map(chunk, deltas), chunk(finish="tool_calls"), used, DONE]
    return Script(steps=schedule((0.0, said) for said in events))


def document(script: Script) -> bytes:
    """Return a streamed script as the one JSON document that a request without ``stream`` gets."""
    texts: dict[str, list[str]] = {"content": [], "reasoning_content": []}
    finish, used = None, None
    for step in script.steps:
        for line in step.data.splitlines():
            if not line.startswith(b"data: {"):
                continue
            said = orjson.loads(line.removeprefix(b"data: "))
            used = said.get("usage") or used
            for choice in said.get("choices", []):
                finish = choice.get("finish_reason") or finish
                for name, parts in texts.items():
                    parts.append(choice["delta"].get(name) or "")
    message = {"role": "assistant", **{name: "".join(parts) for name, parts in texts.items()}}
    choices = [{"index": 0, "message": message, "finish_reason": finish}]
    return orjson.dumps(chunk() | {"object": "chat.completion", "choices": choices, "usage": used})


def _pieces(text: str, length: int) -> list[str]:
    return [text[start : start + length] for start in range(0, len(text), length)]
