"""What servers do wrong, or in a way that fools a careless client. Each is a play, by name."""

from collections.abc import Callable, Mapping
from itertools import count

import orjson

from codestone.testing.script import (
    DONE,
    Event,
    Finish,
    Play,
    Request,
    Script,
    Step,
    chunk,
    event,
    reply,
    schedule,
    usage,
)

_HUGE_BYTES = 50_000_000
_LOADING = {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}
_OVERFLOW = {
    "error": {
        "code": 400,
        "message": "request (9412 tokens) exceeds the available context size (8192 tokens)",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": 9412,
        "n_ctx": 8192,
    }
}
_CHANNELS = "<|channel|>analysis<|message|>Two.<|end|><|start|>assistant<|channel|>final<|message|>Four."
_LOST = {"error": {"code": 500, "message": "slot was lost"}}
_ROLE = chunk({"role": "assistant", "content": None})
_STOP = chunk(finish="stop")


def refusal(status: int, body: Mapping[str, object] | bytes) -> Script:
    """Return an answer with that status and body."""
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    return Script(status=status, content_type="application/json", steps=(Step(0.0, data),))


def loading(times: int, then: Script) -> Play:
    """Return a play that answers 503 "Loading model" so many times, and ``then`` afterwards."""
    asked = count(1)
    return lambda _: refusal(503, _LOADING) if next(asked) <= times else then


def stream(*events: Event, finish: Finish = Finish.END) -> Script:
    """Return a stream of these events, all at once."""
    return Script(steps=schedule((0.0, content) for content in events), finish=finish)


def _early_role() -> Script:
    events: list[tuple[float, Event]] = [
        (0.005, _ROLE),
        (0.395, chunk({"content": "late"})),
        (0.0, _STOP),
        (0.0, DONE),
    ]
    return Script(steps=schedule(events))


def _reset() -> Script:
    hello = chunk({"content": "hello"})
    return Script(steps=schedule([(0.0, _ROLE), (0.0, hello), (0.05, hello)]), finish=Finish.RESET)


def _tool_call() -> Script:
    def call(function: Mapping[str, object], **more: object) -> dict[str, object]:
        return chunk({"tool_calls": [{"index": 0, **more, "function": dict(function)}]})

    return stream(
        _ROLE,
        call({"name": "write_file", "arguments": ""}, id="call_1", type="function"),
        call({"arguments": '{"path": "a.py", '}),
        call({"arguments": '"content": "x = 1"}'}),
        chunk(finish="tool_calls"),
        DONE,
    )


def _packed() -> Script:
    """Return 96 tokens in 8 chunks."""
    texts = [(0.01, chunk({"content": "abcd" * 12})) for _ in range(8)]
    used = chunk() | {"choices": [], "usage": usage(10, 96)}
    return Script(steps=schedule([(0.0, _ROLE), *texts, (0.0, _STOP), (0.0, used), (0.0, DONE)]))


def _timings() -> Script:
    timings = {"cache_n": 3, "prompt_n": 36, "prompt_ms": 371.5, "predicted_n": 2, "predicted_ms": 24.25}
    rates = {"prompt_per_second": 96.9, "predicted_per_second": 82.5, "draft_n": 4, "draft_n_accepted": 2}
    used = usage(39, 2, prompt_tokens_details={"cached_tokens": 3})
    last = chunk(timings=timings | rates) | {"choices": [], "usage": used}
    return stream(_ROLE, chunk({"content": "four"}), _STOP, last, DONE)


def _loading_text() -> Script:
    def line(text: str) -> dict[str, object]:
        return {"choices": [{"delta": {"reasoning_content": text}}]}

    banner = ["━━━━━\n", "llama-swap loading model: qwen3\n", ".", "\nReticulating splines...\n", "."]
    banner += ["\nDone! (3.02s)\n", "━━━━━\n", " \n"]
    late: list[tuple[float, Event]] = [
        (0.1, _ROLE),
        (0.0, chunk({"content": "loaded"})),
        (0.0, _STOP),
        (0.0, DONE),
    ]
    return Script(steps=schedule([*((0.0, line(text)) for text in banner), *late]))


def _huge() -> Script:
    data = event(chunk({"content": "x" * 100_000}))
    steps = [Step(0.0, data)] * (_HUGE_BYTES // 100_000)
    return Script(steps=(*steps, Step(0.0, event(_STOP)), Step(0.0, DONE)))


def _keep_alives() -> Script:
    progress = chunk(
        {"role": "assistant"}, prompt_progress={"total": 9, "cache": 0, "processed": 3, "time_ms": 5}
    )
    early: list[tuple[float, Event]] = [
        (0.002, b": keep-alive\n\n"),
        (0.002, b"\r\n"),
        (0.002, progress),
        (0.002, chunk({"content": ""})),
    ]
    late: list[tuple[float, Event]] = [(0.1, chunk({"content": "up"})), (0.0, _STOP), (0.0, DONE)]
    return Script(steps=schedule(early + late))


def _document() -> Script:
    message = {"role": "assistant", "content": "whole", "reasoning_content": "hm"}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    body = {"object": "chat.completion", "choices": choices, "usage": usage(5, 2)}
    return Script(content_type="application/json", steps=(Step(0.0, orjson.dumps(body)),))


def _named() -> dict[str, Callable[[], Script | Play]]:
    hello = chunk({"content": "hello"})
    return {
        "error-500": lambda: refusal(500, {"error": {"code": 500, "message": "out of memory"}}),
        "unauthorised": lambda: refusal(401, {"error": {"code": 401, "message": "Invalid API Key"}}),
        "bad-request": lambda: refusal(400, {"error": {"code": 400, "message": "unknown field 'x'"}}),
        "loading": lambda: loading(2, reply("hello")),
        "context-overflow": lambda: refusal(400, _OVERFLOW),
        "reset": _reset,
        "cut": lambda: stream(_ROLE, hello, finish=Finish.CUT),
        "unfinished": lambda: stream(_ROLE, hello),
        "stall": lambda: stream(_ROLE, hello, finish=Finish.STALL),
        "silent": lambda: Script(head=False, finish=Finish.STALL),
        "stream-error": lambda: stream(_ROLE, hello, _LOST),
        "malformed": lambda: stream(_ROLE, hello, b'data: {"choices": [{"del\n\n', hello, _STOP, DONE),
        "no-done": lambda: stream(_ROLE, hello, _STOP),
        "early-role": _early_role,
        "reasoning-only": lambda: reply("", reasoning="The answer is four."),
        "thought-out": lambda: reply("", reasoning="Wait, but " * 20, finish="length"),
        "length-empty": lambda: stream(_ROLE, chunk({"content": ""}), chunk(finish="length"), DONE),
        "tool-call": _tool_call,
        "packed": _packed,
        "no-usage": lambda: reply("hello there", with_usage=False),
        "usage-in-last-chunk": lambda: stream(_ROLE, hello, chunk(finish="stop", usage=usage(7, 2)), DONE),
        "usage-without-choices": lambda: reply("hello there"),
        "timings": _timings,
        "think-tags": lambda: reply("<think>\nTwo and two.\n</think>\n\nFour.", gap_s=0.002),
        "channel-tags": lambda: reply(_CHANNELS, gap_s=0.002),
        "loading-text": _loading_text,
        "keep-alives": _keep_alives,
        "document": _document,
        "huge": _huge,
        "escapes": lambda: reply("a\x00b\x1b[2J\x1b]0;owned\x07\u202ec"),
    }  # fmt: skip


def names() -> list[str]:
    """Return the names of all faults."""
    return list(_named())


def fault(name: str) -> Play:
    """Return the play of that name, fresh; KeyError for another name."""
    made = _named()[name]()
    if not isinstance(made, Script):
        return made

    def play(_: Request) -> Script:
        return made

    return play
