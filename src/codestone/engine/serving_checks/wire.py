"""Usage, timings, finish reasons, output budget, streaming: judged from replies to any question. Pure."""

from collections.abc import Sequence

from codestone.engine.serving_checks.asking import LONGEST_TOKEN, Asked
from codestone.engine.serving_checks.knobs import knob
from codestone.serving import Finding
from codestone.trial import Ending

_REASONS = {"stop", "length", "tool_calls", "function_call", "content_filter"}
_TELL_TIMINGS = {"llama-server", "embedded"}
_OTHER = "another server or version: clients tell a cut answer from a finished one by this"
_FEW_TOKENS = 8
_MEAN_TOKEN = 4
_BURST_TOKENS_PER_S = 2000
_WAIT_NS = 300_000_000


def judge_usage(asked: Sequence[Asked]) -> Finding:
    """Judge the token counts: without them there are no rates, and a chunk is no token."""
    heard = _finished(asked)
    told = [one for one in heard if one.usage.prompt_tokens and one.usage.completion_tokens is not None]
    zero = [one for one in told if one.usage.completion_tokens == 0 and _said_anything(one)]
    if not heard:
        return _unmeasured("usage")
    evidence = f"token counts in {len(told) - len(zero)} of {len(heard)} replies"
    if len(told) == len(heard) and not zero:
        return Finding(id="usage", state="ok", words="the server counts tokens", evidence=evidence)
    remedy = "a server that honours stream_options.include_usage; without counts no tokens/s is reported"
    if len(told) > len(zero):
        words = "token counts are missing from some replies"
        return Finding(id="usage", state="warning", words=words, evidence=evidence, remedy=remedy)
    words = "token counts are missing, or are zero for a reply with text"
    return Finding(id="usage", state="broken", words=words, evidence=evidence, remedy=remedy)


def judge_timings(asked: Sequence[Asked], server: str) -> Finding:
    """Judge whether the server tells its own clock, which stands beside ours in reports."""
    heard = _finished(asked)
    told = [one for one in heard if one.reply.exchange.timings]
    evidence = f"timings in {len(told)} of {len(heard)} replies"
    if told:
        words = "the server tells its own timings"
        return Finding(id="timings", state="ok", words=words, evidence=evidence)
    if heard and server in _TELL_TIMINGS:
        words = "the server tells no timings, though its kind does"
        remedy = "a recent llama-server; a proxy in between may drop them"
        return Finding(id="timings", state="warning", words=words, evidence=evidence, remedy=remedy)
    if not heard:
        return _unmeasured("timings")
    words = "not measured: this server tells no timings; ours are used"
    return Finding(id="timings", state="not measured", words=words, evidence=evidence)


def judge_finish(asked: Sequence[Asked]) -> Finding:
    """``stop`` where the model ended by itself, ``length`` where its budget did, ``tool_calls`` for calls."""
    heard = _finished(asked)
    reasons = sorted({one.reply.exchange.finish_reason or "none" for one in heard})
    evidence = f"finish_reason: {', '.join(reasons)}"
    if not heard:
        return _unmeasured("finish-reason")
    cut = [one for one in heard if _was_cut(one)]
    if "none" in reasons:
        words = "replies end without a finish_reason"
    elif any(one.reply.exchange.finish_reason != "length" for one in cut):
        words = "a reply that its budget cut does not say so (finish_reason is not length)"
    else:
        return _lesser_finish(heard, evidence)
    return Finding(id="finish-reason", state="broken", words=words, evidence=evidence, remedy=_OTHER)


def _lesser_finish(heard: Sequence[Asked], evidence: str) -> Finding:
    reasons = {one.reply.exchange.finish_reason or "" for one in heard}
    calls = [one for one in heard if one.reply.tool_calls]
    if strange := reasons - _REASONS:
        words = f"unknown finish_reason: {', '.join(sorted(strange))}"
        return Finding(id="finish-reason", state="warning", words=words, evidence=evidence, remedy=_OTHER)
    if any(one.reply.exchange.finish_reason not in {"tool_calls", "function_call"} for one in calls):
        words = "a reply with tool calls does not say so (finish_reason is not tool_calls)"
        return Finding(id="finish-reason", state="warning", words=words, evidence=evidence, remedy=_OTHER)
    if not reasons - {"length"}:
        words = "not measured: no reply ended by itself"
        return Finding(id="finish-reason", state="not measured", words=words, evidence=evidence)
    return Finding(id="finish-reason", state="ok", words="finish reasons are right", evidence=evidence)


def judge_budget(asked: Sequence[Asked], server: str) -> Finding:
    """``max_tokens`` is kept: no more comes, and no smaller limit of the server's own ends the reply."""
    heard = [one for one in asked if one.heard and one.about != "long-prompt"]
    over = [one for one in heard if _tokens(one) > one.max_tokens + 1 or _flooded(one)]
    under = [one for one in heard if _says_length(one) and 0 < _tokens(one) < one.max_tokens - 1]
    for one in over:
        words = "max_tokens is not kept: more came than was asked for"
        remedy = "another server or version; replies without end cost a night's run its time"
        return _budget("broken", words, one, remedy=remedy)
    for one in under:
        words = "the server ends replies before max_tokens: it has a smaller limit of its own"
        return _budget("broken", words, one, remedy=knob("output", server))
    for one in sorted(heard, key=lambda one: one.about != "output-budget"):
        if _was_cut(one) or _says_length(one):
            return _budget("ok", "max_tokens is kept", one)
    return _unmeasured("output-budget")


def judge_streaming(one: Asked | None) -> Finding:
    """Judge whether a reply of many tokens comes in many pieces, over time."""
    if one is None or not one.heard or _characters(one) == 0:
        return _unmeasured("streaming")
    arrivals = one.reply.marks.arrivals
    tokens = _tokens(one) or _characters(one) // _MEAN_TOKEN
    remedy = "no proxy that buffers, and a server that streams; TTFT and tokens/s mean nothing otherwise"
    if not arrivals:
        words = "the reply came as one document although a stream was asked for"
        return Finding(id="streaming", state="broken", words=words, remedy=remedy)
    span_ns, wait_ns = arrivals[-1].at_ns - arrivals[0].at_ns, arrivals[0].at_ns
    evidence = f"{len(arrivals)} chunks over {span_ns / 1e6:.1f} ms after {wait_ns / 1e6:.1f} ms"
    if tokens < _FEW_TOKENS:
        return _unmeasured("streaming", "the reply was too short")
    if len(arrivals) == 1:
        words = "the whole text came in one chunk"
        return Finding(id="streaming", state="broken", words=words, evidence=evidence, remedy=remedy)
    if wait_ns > _WAIT_NS and tokens * 1e9 > _BURST_TOKENS_PER_S * max(span_ns, 1):
        words = "the chunks came all at once, after the reply was finished"
        return Finding(id="streaming", state="broken", words=words, evidence=evidence, remedy=remedy)
    return Finding(id="streaming", state="ok", words="text is streamed as it is made", evidence=evidence)


def judge_first_chunk(asked: Sequence[Asked]) -> Finding:
    """Note a role chunk that comes before the prompt is read; it is no token for us."""
    waits = [
        (one.reply.marks.arrivals[0].at_ns - one.reply.marks.event_ns, one.reply.marks.event_ns)
        for one in asked
        if one.heard and one.reply.marks.arrivals and one.reply.marks.event_ns is not None
    ]
    if not waits:
        return _unmeasured("first-chunk")
    ahead_ns, event_ns = max(waits)
    evidence = f"first event after {event_ns / 1e6:.1f} ms, first text {ahead_ns / 1e6:.1f} ms later"
    early = ahead_ns > event_ns and ahead_ns > _WAIT_NS / 10
    words = (
        "a chunk without text comes before the prompt is read; it is not taken for the first token"
        if early
        else "the first event comes with the first text"
    )
    return Finding(id="first-chunk", state="ok", words=words, evidence=evidence)


def judge_end(asked: Sequence[Asked]) -> Finding:
    """Judge whether streams hold only whole events and end with [DONE]; long prompts are judged elsewhere."""
    streams = [one for one in asked if not one.refused and one.reply.exchange.status is not None]
    heard = _finished(asked)
    broke = [one for one in streams if one.broke and one.about != "long-prompt"]
    malformed = sum(one.reply.exchange.malformed_chunks for one in streams)
    undone = [one for one in heard if not one.reply.done]
    if malformed:
        words = "streams hold events that are no JSON"
        evidence = f"{malformed} malformed events in {len(streams)} streams"
        return Finding(id="stream-end", state="broken", words=words, evidence=evidence, remedy=_LOG)
    for one in broke:
        words = "a stream broke off"
        return Finding(id="stream-end", state="broken", words=words, evidence=one.detail, remedy=_LOG)
    if undone:
        words = "streams end without [DONE]"
        evidence = f"{len(undone)} of {len(heard)} streams"
        return Finding(id="stream-end", state="warning", words=words, evidence=evidence, remedy=_LOG)
    if not heard:
        return _unmeasured("stream-end")
    evidence = f"{len(heard)} streams"
    return Finding(id="stream-end", state="ok", words="streams end with [DONE]", evidence=evidence)


_LOG = "the server's log, and any proxy in between"


def _finished(asked: Sequence[Asked]) -> list[Asked]:
    """Return the replies that the server itself ended."""
    return [
        one
        for one in asked
        if one.heard and not _flooded(one) and (one.reply.done or one.reply.exchange.finish_reason)
    ]


def _tokens(one: Asked) -> int:
    return one.usage.completion_tokens or 0


def _characters(one: Asked) -> int:
    return len(one.reply.content) + len(one.reply.reasoning)


def _said_anything(one: Asked) -> bool:
    return bool(_characters(one) or one.reply.tool_calls)


def _flooded(one: Asked) -> bool:
    """Whether reading was stopped by us because it went on and on."""
    return one.ending is Ending.CUT_OFF and _characters(one) > LONGEST_TOKEN * one.max_tokens


def _says_length(one: Asked) -> bool:
    return one.reply.exchange.finish_reason == "length"


def _was_cut(one: Asked) -> bool:
    """Whether the budget ended it; only for the question that no small budget can answer."""
    told = one.usage.completion_tokens
    return one.about == "output-budget" and (told is None or told >= one.max_tokens)


def _budget(state: str, words: str, one: Asked, *, remedy: str = "") -> Finding:
    tokens = one.usage.completion_tokens
    came = f"{tokens} tokens" if tokens is not None else f"{_characters(one)} characters"
    evidence = f"max_tokens {one.max_tokens}: {came} came"
    return Finding.model_validate(
        {"id": "output-budget", "state": state, "words": words, "evidence": evidence, "remedy": remedy}
    )


def _unmeasured(name: str, why: str = "no reply to judge by") -> Finding:
    return Finding(id=name, state="not measured", words=f"not measured: {why}")
