"""What servers do wrong, or in a way that fools a careless client. Each is a play, by name."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import count

import orjson

from codestone.testing.refusals import REFUSALS
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

Make = Callable[[], Script | Play]

_HUGE_BYTES = 50_000_000
_CHANNELS = "<|channel|>analysis<|message|>Two.<|end|><|start|>assistant<|channel|>final<|message|>"
_AGAIN = "Wait, let me check once more whether that is right.\n"
_DRIPS = 20_000
_LM_STUDIO = (
    "Trying to keep the first 9412 tokens when context the overflows. However, the model is loaded with "
    "context length of only 8192 tokens, which is not enough."
)
_PAGE = b"<!DOCTYPE html>\n<html><body><h1>It works!</h1></body></html>\n"
_TLS_ALERT = b"\x15\x03\x03\x00\x02\x02\x46"
_LOST = {"error": {"code": 500, "message": "slot was lost"}}
_ROLE = chunk({"role": "assistant", "content": None})
_STOP = chunk(finish="stop")


def refusal(
    status: int, body: Mapping[str, object] | bytes, *, headers: Mapping[str, str] | None = None
) -> Script:
    """Return an answer with that status and body."""
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    kind = "application/json" if data.startswith(b"{") else "text/plain"
    return Script(status=status, content_type=kind, headers=headers or {}, steps=(Step(0.0, data),))


def loading(times: int, then: Script) -> Play:
    """Return a play that answers 503 "Loading model" so many times, and ``then`` afterwards."""
    asked = count(1)
    return lambda _: _refused("loading-for-ever") if next(asked) <= times else then


def _refused(name: str) -> Script:
    status, body, headers = REFUSALS[name]
    return refusal(status, body.encode() if isinstance(body, str) else body, headers=headers)


def stream(*events: Event, finish: Finish = Finish.END) -> Script:
    """Return a stream of these events, all at once."""
    return Script(steps=schedule((0.0, content) for content in events), finish=finish)


def _raw(data: bytes, *, finish: Finish = Finish.CUT) -> Script:
    """Return an answer of these bytes, HTTP or not, and the end of the connection."""
    return Script(head=False, framed=False, steps=(Step(0.0, data),), finish=finish)


def _headed(header: bytes, *parts: bytes) -> Script:
    return _raw(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + header + b"\r\n\r\n" + b"".join(parts)
    )


def _drip(text: str) -> Script:
    drop = Step(0.005, event(chunk({"content": text})))
    return Script(steps=(drop,) * _DRIPS, finish=Finish.STALL)


def _early_role(text: str) -> Script:
    events: list[tuple[float, Event]] = [
        (0.005, _ROLE),
        (0.395, chunk({"content": text})),
        (0.0, _STOP),
        (0.0, DONE),
    ]
    return Script(steps=schedule(events))


def _reset(text: str) -> Script:
    hello = chunk({"content": text})
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


def _banner(text: str) -> Script:
    def line(text: str) -> dict[str, object]:
        return {"choices": [{"delta": {"reasoning_content": text}}]}

    banner = ["━━━━━\n", "llama-swap loading model: qwen3\n", ".", "\nReticulating splines...\n", "."]
    done = ["\nDone! (3.02s)\n", "━━━━━\n", " \n"]
    if not text:
        banner.append(
            "Unable to swap model err: unable to start process: health check timed out after 120s\n"
        )
        return stream(*map(line, [*banner, *done]))
    banner += done
    late: list[tuple[float, Event]] = [
        (0.1, _ROLE),
        (0.0, chunk({"content": text})),
        (0.0, _STOP),
        (0.0, DONE),
    ]
    return Script(steps=schedule([*((0.0, line(text)) for text in banner), *late]))


def _huge() -> Script:
    data = event(chunk({"content": "x" * 100_000}))
    steps = [Step(0.0, data)] * (_HUGE_BYTES // 100_000)
    return Script(steps=(*steps, Step(0.0, event(_STOP)), Step(0.0, DONE)))


def _keep_alives(text: str) -> Script:
    progress = chunk(
        {"role": "assistant"}, prompt_progress={"total": 9, "cache": 0, "processed": 3, "time_ms": 5}
    )
    early: list[tuple[float, Event]] = [
        (0.002, b": keep-alive\n\n"),
        (0.002, b"\r\n"),
        (0.002, progress),
        (0.002, chunk({"content": ""})),
    ]
    late: list[tuple[float, Event]] = [(0.1, chunk({"content": text})), (0.0, _STOP), (0.0, DONE)]
    return Script(steps=schedule(early + late))


def _document(text: str) -> Script:
    message = {"role": "assistant", "content": text, "reasoning_content": "hm"}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    body = {"object": "chat.completion", "choices": choices, "usage": usage(5, 2)}
    return Script(content_type="application/json", steps=(Step(0.0, orjson.dumps(body)),))


def _wire(text: str) -> dict[str, Make]:
    """Return what happens to connections and HTTP; a reply has the text."""
    said, chunked = chunk({"content": text}), b"Transfer-Encoding: chunked"
    return {
        "closed-at-once": lambda: Script(head=False, finish=Finish.CUT),
        "garbage": lambda: _raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
        "tls": lambda: _raw(_TLS_ALERT),
        "reset-before-headers": lambda: Script(head=False, finish=Finish.RESET),
        "reset-after-headers": lambda: Script(finish=Finish.RESET),
        "reset": lambda: _reset(text),
        "reset-after-finish": lambda: stream(_ROLE, said, _STOP, finish=Finish.RESET),
        "cut": lambda: stream(_ROLE, said, finish=Finish.CUT),
        "truncated-chunk": lambda: _headed(chunked, b"fff\r\n", event(_ROLE), event(said)),
        "length-too-long": lambda: _headed(b"Content-Length: 99999", event(_ROLE), event(said)),
        "length-too-long-but-done": lambda: _headed(
            b"Content-Length: 99999", event(_ROLE), event(said), event(_STOP), DONE
        ),
        "silent": lambda: Script(head=False, finish=Finish.STALL),
        "stall-after-headers": lambda: Script(finish=Finish.STALL),
        "stall-after-role": lambda: stream(_ROLE, finish=Finish.STALL),
        "stall": lambda: stream(_ROLE, said, finish=Finish.STALL),
        "drip": lambda: _drip(text),
        "html": lambda: Script(content_type="text/html", steps=(Step(0.0, _PAGE),)),
        "empty-body": Script,
    }


def _streams(text: str) -> dict[str, Make]:
    """Return what happens in a stream that HTTP carries as it should."""
    said, broken = chunk({"content": text}), b'data: {"choices": [{"del\n\n'
    lm_studio = orjson.dumps({"error": {"message": _LM_STUDIO}})
    return {
        "unfinished": lambda: stream(_ROLE, said),
        "error-document": lambda: refusal(200, _LOST),
        "error-first": lambda: stream(_LOST),
        "stream-error": lambda: stream(_ROLE, said, _LOST),
        "error-memory": lambda: stream(_ROLE, said, {"error": {"message": "CUDA error: out of memory"}}),
        "overflow-lm-studio": lambda: stream(b"event: error\ndata: " + lm_studio + b"\n\n"),
        "load-failed-banner": lambda: _banner(""),
        "malformed": lambda: stream(_ROLE, said, broken, _STOP, DONE),
        "all-malformed": lambda: stream(broken, broken, broken, DONE),
        "noise": lambda: stream(_ROLE, b"data: ping\n\n", said, b"data: [1, 2]\n\n", _STOP, DONE),
        "no-done": lambda: stream(_ROLE, said, _STOP),
        "done-only": lambda: stream(DONE),
        "usage-only": lambda: stream(chunk() | {"choices": [], "usage": usage(10, 0)}, DONE),
        "early-role": lambda: _early_role(text),
        "length-empty": lambda: stream(_ROLE, chunk({"content": ""}), chunk(finish="length"), DONE),
        "usage-in-last-chunk": lambda: stream(_ROLE, said, chunk(finish="stop", usage=usage(7, 2)), DONE),
        "finish-unknown": lambda: stream(_ROLE, said, chunk(finish="because"), DONE),
        "finish-error": lambda: stream(_ROLE, said, chunk(finish="error"), DONE),
        "filtered": lambda: stream(_ROLE, chunk(finish="content_filter"), DONE),
        "filtered-late": lambda: stream(_ROLE, said, chunk(finish="content_filter"), DONE),
        "loading-text": lambda: _banner(text),
        "keep-alives": lambda: _keep_alives(text),
        "document": lambda: _document(text),
        "huge": _huge,
    }


def _replies(text: str) -> dict[str, Make]:
    """Return what a model may say, and how a server may wrap it."""
    return {
        "loading": lambda: loading(2, reply(text)),
        "reasoning-only": lambda: reply("", reasoning="The answer is four."),
        "thought-out": lambda: reply("", reasoning="Wait, but " * 20, finish="length"),
        "cut-off": lambda: reply("Let me think about it", finish="length"),
        "refused": lambda: reply("I'm sorry, but I can't help with that request."),
        "silence": lambda: reply(""),
        "looped": lambda: reply("Let me see.\n" + _AGAIN * 400, finish="length", piece=32),
        "looped-thinking": lambda: reply("", reasoning=_AGAIN * 400, finish="length", piece=32),
        "looped-after-answer": lambda: reply(f"{text}\n{_AGAIN * 400}", finish="length", piece=32),
        "tool-call": _tool_call,
        "packed": _packed,
        "timings": _timings,
        "no-usage": lambda: reply(text, with_usage=False),
        "usage-without-choices": lambda: reply(text),
        "think-tags": lambda: reply(f"<think>\nTwo and two.\n</think>\n\n{text}", gap_s=0.002),
        "channel-tags": lambda: reply(f"{_CHANNELS}{text}", gap_s=0.002),
        "escapes": lambda: reply("a\x00b\x1b[2J\x1b]0;owned\x07\u202ec"),
    }


def _named(text: str) -> dict[str, Make]:
    refused: dict[str, Make] = {name: partial(_refused, name) for name in REFUSALS}
    return refused | _wire(text) | _streams(text) | _replies(text)


def names() -> list[str]:
    """Return the names of all faults."""
    return list(_named(""))


def fault(name: str, text: str = "hello") -> Play:
    """Return the play of that name, fresh, whose reply is ``text`` where it has one; KeyError for another."""
    made = _named(text)[name]()
    if not isinstance(made, Script):
        return made

    def play(_: Request) -> Script:
        return made

    return play
