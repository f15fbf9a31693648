"""Serving paths: one small scripted model behind servers, templates and parsers of many kinds.

The model behind a path is always the same (except in ``weak``): it reads the conversation, calls the tool
that it is given, tells what it was told. What differs is what the path makes of it, so that a check of the
path can be held against a known fault. Each path is a play, by name:

    ScriptedEndpoint(path("no-usage"))
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from codestone.testing.script import DONE, Event, Finish, Play, Request, Script, Step, chunk, schedule, usage

CHARACTERS_PER_TOKEN = 4
_PIECE = 4
_NUMBERS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
_THOUGHT = "Let me think about this for a moment before I answer it."
_HIDDEN_TOKENS = 30
_CALL = '<tool_call>{"name": "look_up", "arguments": }</tool_call>'
_SECRET = re.compile(r"secret word is (\w+)")
_ASIDE = re.compile(r'end every reply with the word "(\w+)"')
_STORED = re.compile(r"is (\w+)\.")
_QUOTED = re.compile(r'"(\w+)"')

Call = tuple[str, str]
"""Id and arguments of one tool call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """How a model is served; the defaults are a good path.

    ``tools``, ``late_system``, ``result``: what becomes of them. ``read_tokens``: the context, and
    ``over`` what happens beyond it. ``reasoning``: where thinking goes, "" where the model has none.
    """

    tools: str = "parsed"
    calls: str = "apart"
    late_system: str = "taken"
    result: str = "taken"
    read_tokens: int = 1 << 20
    over: str = "refused"
    reasoning: str = ""
    weak: bool = False
    counts: str = "true"
    timings: bool = True
    finish_length: str = "length"
    finish_stop: str | None = "stop"
    finish_calls: str = "tool_calls"
    output: str = "kept"
    stream: str = "true"
    done: bool = True
    first_s: float = 0.0
    refuses: frozenset[str] = frozenset()
    malformed: bool = False


PATHS: Mapping[str, Path] = {
    "good": Path(),
    "weak": Path(weak=True),
    "thinks": Path(reasoning="apart"),
    "thinks-long": Path(reasoning="long"),
    "reasoning-only": Path(reasoning="only"),
    "think-tags": Path(reasoning="tags"),
    "think-unopened": Path(reasoning="unopened"),
    "hidden-reasoning": Path(reasoning="hidden"),
    "control-tokens": Path(reasoning="control"),
    "calls-as-text": Path(tools="text"),
    "calls-as-json": Path(tools="json"),
    "calls-lost": Path(tools="lost"),
    "tools-refused": Path(tools="refused"),
    "tools-unsupported": Path(tools="unsupported"),
    "tools-unseen": Path(tools="unseen"),
    "tools-required": Path(tools="required"),
    "calls-after-text-lost": Path(calls="lost-after-text"),
    "calls-merged": Path(calls="merged"),
    "calls-one-id": Path(calls="one-id"),
    "calls-parallel": Path(calls="parallel"),
    "result-refused": Path(result="refused"),
    "result-dropped": Path(result="dropped"),
    "system-refused": Path(late_system="refused"),
    "system-dropped": Path(late_system="dropped"),
    "truncates": Path(read_tokens=1500, over="cut"),
    "truncates-and-counts": Path(read_tokens=1500, over="cut-and-counted"),
    "overflow": Path(read_tokens=3000),
    "overflow-unknown": Path(read_tokens=3000, over="request-size"),
    "fails-long": Path(read_tokens=3000, over="fails"),
    "breaks-long": Path(read_tokens=3000, over="breaks"),
    "no-usage": Path(counts="none"),
    "zero-usage": Path(counts="zero"),
    "no-timings": Path(timings=False),
    "stop-for-length": Path(finish_length="stop"),
    "no-finish": Path(finish_stop=None, finish_length="", finish_calls=""),
    "stop-for-calls": Path(finish_calls="stop"),
    "strange-finish": Path(finish_stop="eos_token"),
    "budget-ignored": Path(output="ignored"),
    "budget-endless": Path(output="endless"),
    "budget-capped": Path(output="capped"),
    "document": Path(stream="document"),
    "one-chunk": Path(stream="one"),
    "buffered": Path(stream="one-read", first_s=0.5),
    "early-role": Path(first_s=0.1),
    "no-done": Path(done=False),
    "malformed": Path(malformed=True),
    "cut-streams": Path(stream="cut"),
    "seed-refused": Path(refuses=frozenset({"seed"})),
    "kwargs-refused": Path(refuses=frozenset({"chat_template_kwargs"})),
}  # fmt: skip
"""Every path by name; the first three are good ones."""


def path(name: str) -> Play:
    """Return the play of a path; KeyError for another name."""
    return serve(PATHS[name])


def serve(how: Path) -> Play:
    """Return the play of a path of your own."""

    def play(request: Request) -> Script:
        body = request.body if isinstance(request.body, dict) else {}
        return _refusal(how, body) or _answer(how, body)

    return play


@dataclass(frozen=True, slots=True)
class _Said:
    """What the model says, before the path gets hold of it."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    thought: str = ""


def _answer(how: Path, body: Mapping[str, Any]) -> Script:
    read = _read(how, body)
    said = replace(_said(how, read), thought=_thought(how))
    most = int(body.get("max_tokens") or 1 << 20)
    deltas = _deltas(
        how, said, {"tools": bool(read.get("tools")), "parallel": body.get("parallel_tool_calls")}
    )
    hidden = _hidden(how, said)
    kept = {
        "kept": most - min(hidden, most),
        "ignored": 3 * most,
        "endless": 200 * most,
        "capped": min(most, 12),
    }
    if how.output in {"ignored", "endless"} and len(said.text) > most * CHARACTERS_PER_TOKEN:
        deltas = [{"content": said.text[:_PIECE]}] * (200 * most)
    cut = deltas[: kept[how.output]]
    finish = how.finish_length if len(deltas) > len(cut) else how.finish_stop
    if any("tool_calls" in delta for delta in cut):
        finish = how.finish_calls
    elif how.tools == "lost" and said.calls:
        finish = "tool_calls"
    prompt = _tokens(body if how.over == "cut-and-counted" else read)
    return _script(how, cut, finish=finish or None, prompt=prompt, hidden=min(hidden, most))


def _thought(how: Path) -> str:
    return f"{_THOUGHT} " * (40 if how.reasoning == "long" else 1) if how.reasoning else ""


def _hidden(how: Path, said: _Said) -> int:
    """Return tokens that are made and never sent."""
    lost = sum(len(arguments) + len(_CALL) for _, arguments in said.calls) // CHARACTERS_PER_TOKEN
    lost = lost if how.calls == "lost-after-text" and said.text else 0
    return lost + (_HIDDEN_TOKENS if how.reasoning == "hidden" else 0)


def _script(how: Path, deltas: Sequence[Event], *, finish: str | None, prompt: int, hidden: int) -> Script:
    events: list[tuple[float, Event]] = [(0.0, chunk({"role": "assistant", "content": None}))]
    if how.stream == "one":
        text = "".join(str(delta.get("content", "")) for delta in deltas if isinstance(delta, Mapping))
        calls = [delta for delta in deltas if isinstance(delta, Mapping) and "tool_calls" in delta]
        deltas_sent: Sequence[Event] = [*([{"content": text}] if text else []), *calls]
    else:
        deltas_sent = deltas
    waits = [how.first_s, *[0.0] * len(deltas_sent)]
    events += [
        (wait, chunk(d)) for wait, d in zip(waits, deltas_sent, strict=False) if isinstance(d, Mapping)
    ]
    if how.malformed:
        events.append((0.0, b'data: {"choices": [{"del\n\n'))
    if how.stream == "cut" and len(deltas) > 1:
        return Script(steps=schedule(events), finish=Finish.CUT)
    events.append((0.0, chunk(finish=finish)))
    events.append((0.0, _last(how, prompt, len(deltas) + hidden)))
    steps = schedule([*events, (0.0, DONE)] if how.done else events)
    match how.stream:
        case "one-read":
            return Script(steps=(Step(how.first_s, b"".join(step.data for step in steps)),))
        case "document":
            return _document(deltas, finish=finish, last=_last(how, prompt, len(deltas)))
    return Script(steps=steps)


def _last(how: Path, prompt: int, completion: int) -> Mapping[str, object]:
    counted = usage(prompt, 0 if how.counts == "zero" else completion)
    timings = {"prompt_n": prompt, "prompt_per_second": 900.0, "predicted_n": completion}
    more: dict[str, object] = {} if how.counts == "none" else {"usage": counted}
    return chunk() | {"choices": []} | more | ({"timings": timings} if how.timings else {})


def _document(deltas: Sequence[Event], *, finish: str | None, last: Mapping[str, object]) -> Script:
    parts = [delta for delta in deltas if isinstance(delta, Mapping)]
    content = "".join(str(part.get("content") or "") for part in parts)
    calls = [call for part in parts for call in _list(part.get("tool_calls"))]
    message = {"role": "assistant", "content": content, **({"tool_calls": calls} if calls else {})}
    choices = [{"index": 0, "message": message, "finish_reason": finish}]
    whole = {**last, "object": "chat.completion", "choices": choices}
    return Script(content_type="application/json", steps=(Step(0.0, orjson.dumps(whole)),))


def _read(how: Path, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request as it reaches the model."""
    messages = [dict(message) for message in body.get("messages", [])]
    if how.late_system == "dropped":
        messages = [m for place, m in enumerate(messages) if not place or m.get("role") != "system"]
    if how.result == "dropped":
        messages = [m for m in messages if m.get("role") != "tool" and not m.get("tool_calls")]
    if how.over.startswith("cut"):
        left = how.read_tokens * CHARACTERS_PER_TOKEN
        for message in reversed(messages):
            message["content"] = message["content"][-left:] if left else ""
            left = max(0, left - len(message["content"]))
    tools = [] if how.tools == "unseen" else body.get("tools", [])
    return {"messages": messages, "tools": tools, "tool_choice": body.get("tool_choice")}


def _said(how: Path, read: Mapping[str, Any]) -> _Said:
    messages = read["messages"]
    last = messages[-1]["content"] if messages else ""
    whole = "\n".join(message["content"] for message in messages)
    if how.weak:
        return _Said("The the the and the.")
    if messages and messages[-1].get("role") == "tool" and (stored := _STORED.search(last)):
        return _Said(f"The value is {stored[1]}.")
    if read["tools"] and "Call the tool" in last.replace("call the tool", "Call the tool"):
        keys = _QUOTED.findall(last)
        calls = tuple((f"call_{n}", f'{{"key": "{key}"}}') for n, key in enumerate(keys, start=1))
        return _Said("I am going to look it up." if "First write" in last else "", calls)
    if "What is the secret word" in last:
        secret = _SECRET.search(whole)
        return _Said(f"{secret[1]}." if secret else "I was told no such word.")
    if "one to one hundred" in last:
        return _Said(f"{_NUMBERS} " * 8)
    aside = _ASIDE.search(whole)
    return _Said(f"No. {aside[1]}" if aside else "No.")


def _deltas(how: Path, said: _Said, asked: Mapping[str, object]) -> list[dict[str, object]]:
    """Return one delta a token."""
    thought, text = said.thought, said.text
    content: list[dict[str, object]] = []
    match how.reasoning:
        case "apart" | "long":
            content = _pieces("reasoning_content", thought)
        case "only":
            return _pieces("reasoning_content", f"{thought} {text}") + _called(how, said, asked)
        case "tags":
            text = f"<think>\n{thought}\n</think>\n\n{text}"
        case "unopened":
            text = f"{thought}\n</think>\n\n{text}"
        case "control":
            text = f"{text}<|im_end|>\n<|im_start|>user\n"
    if how.calls == "lost-after-text" and text and said.calls:
        return _pieces("content", f"{text} ")
    written = {"text": "<tool_call>\n{}\n</tool_call>", "json": "{}"}.get(how.tools)
    if written and said.calls:
        calls = "\n".join(
            written.replace("{}", f'{{"name": "look_up", "arguments": {arguments}}}')
            for _, arguments in said.calls
        )
        return content + _pieces("content", f"{text}{calls}")
    return content + _pieces("content", text) + _called(how, said, asked)


def _called(how: Path, said: _Said, asked: Mapping[str, object]) -> list[dict[str, object]]:
    if how.tools == "lost":
        return []
    calls = said.calls
    if how.calls == "parallel" and not asked["parallel"]:
        calls = calls[:1]
    deltas: list[dict[str, object]] = []
    for place, (call_id, arguments) in enumerate(calls):
        index = 0 if how.calls == "merged" else place
        one_id = "call_1" if how.calls in {"merged", "one-id"} else call_id
        name = "" if how.calls == "merged" and place else "look_up"
        function = {"name": name, "arguments": ""}
        deltas.append(
            {"tool_calls": [{"index": index, "id": one_id, "type": "function", "function": function}]}
        )
        deltas += [
            {"tool_calls": [{"index": index, "function": {"arguments": arguments[start : start + _PIECE]}}]}
            for start in range(0, len(arguments), _PIECE)
        ]
    return deltas


def _refusal(how: Path, body: Mapping[str, Any]) -> Script | None:
    """Return the error that the path answers a request with, None where it takes it."""
    messages = body.get("messages", [])
    roles = [message.get("role") for message in messages]
    tokens = _tokens(_read(replace(how, over="refused"), body))
    if refused := how.refuses & set(body):
        return _error(400, f"unknown field: {', '.join(sorted(refused))}")
    if body.get("tools") and how.tools == "refused":
        return _error(500, "tools param requires --jinja flag")
    if body.get("tools") and how.tools == "unsupported":
        return _error(400, "scripted does not support tools")
    if "system" in roles[1:] and how.late_system == "refused":
        return _error(500, "Value is not callable: raise_exception: System message must be at the beginning.")
    if "tool" in roles and how.result == "refused":
        return _error(500, "Unknown message role: tool")
    if tokens <= how.read_tokens or how.over.startswith("cut"):
        return None
    match how.over:
        case "breaks":
            return Script(
                steps=schedule([(0.0, chunk({"role": "assistant", "content": None}))]), finish=Finish.CUT
            )
        case "fails":
            return _error(500, "out of memory: failed to allocate the compute buffer")
        case "request-size":
            return _error(400, f"prompt is over max_context_window {how.read_tokens}")
    exceeded = f"request ({tokens} tokens) exceeds the available context size ({how.read_tokens} tokens)"
    more = {"type": "exceed_context_size_error", "n_prompt_tokens": tokens, "n_ctx": how.read_tokens}
    return _error(400, exceeded, **more)


def _error(status: int, message: str, **more: object) -> Script:
    body = orjson.dumps({"error": {"code": status, "message": message, **more}})
    return Script(status=status, content_type="application/json", steps=(Step(0.0, body),))


def _tokens(read: Mapping[str, Any]) -> int:
    """Count a prompt's tokens: all text, the calls and the tools, and a few for each message's frame."""
    messages = read.get("messages", [])
    size = sum(len(m.get("content") or "") + len(orjson.dumps(m.get("tool_calls", []))) for m in messages)
    tools = read.get("tools")
    size += len(orjson.dumps(tools)) if tools else 0
    return size // CHARACTERS_PER_TOKEN + 4 * len(messages)


def _pieces(channel: str, text: str) -> list[dict[str, object]]:
    return [{channel: text[start : start + _PIECE]} for start in range(0, len(text), _PIECE)]


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
