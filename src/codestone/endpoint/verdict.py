"""Why an exchange ended, and one line of evidence, from what was read and how the wire stopped. Pure."""

from enum import StrEnum

from codestone.endpoint.faults import load_failed, one_line, refusal, stream_error
from codestone.endpoint.reading import Reading
from codestone.timing import Channel
from codestone.trial import Ending

_SERVERS_OWN = frozenset({"abort", "error", "insufficient_system_resource"})
"""Values of finish_reason that say the server gave up: vLLM, vLLM and OpenRouter, DeepSeek."""


class End(StrEnum):
    """How the wire stopped."""

    COMPLETE = "the HTTP message ended"
    DONE = "[DONE] came"
    ERROR = "the server reported an error in the stream"
    EOF = "the server closed the connection"
    BROKEN = "the connection broke"
    SILENT = "nothing came in time"
    LATE = "its whole time was up"
    REFUSED = "no connection"
    NO_HTTP = "what came is no HTTP"
    BOUND = "the reply is too large"
    STOPPED = "we stopped reading"

    @property
    def is_clean(self) -> bool:
        """Whether the server ended the reply itself, so that what is left in the parser is whole."""
        return self in {End.COMPLETE, End.DONE, End.ERROR}


def verdict(  # noqa: PLR0913 - all that was seen of one exchange
    reading: Reading, end: End, why: str, *, status: int | None, body: bytes, retry_after: str = ""
) -> tuple[Ending, str]:
    """Return ending and detail; ``why`` is what the wire said, ``body`` that of an answer other than 200."""
    if end is End.REFUSED:
        return Ending.UNREACHABLE, one_line(why)
    if status is not None and not 200 <= status < 300:
        return refusal(status, body, retry_after=retry_after)
    if reading.error is not None:
        return stream_error(reading.error, begun=reading.characters > 0)
    if reading.stop is not None:
        return reading.stop.ending, one_line(reading.stop.why)
    if end is End.BOUND:
        return (Ending.CUT_OFF if reading.characters else Ending.STREAM_BROKEN), one_line(why)
    if reading.finish_reason is not None or reading.done:
        ending, detail = _finished(reading)
        return ending, one_line("; ".join(filter(None, [detail, *_remarks(reading, end)])))
    return _unfinished(reading, end, why)


def _unfinished(reading: Reading, end: End, why: str) -> tuple[Ending, str]:
    if not reading.characters and load_failed(loading := "".join(map(str, reading.extra.get("loading", ())))):
        return Ending.LOAD_FAILED, one_line(loading[-200:])
    if end is End.COMPLETE and not reading.characters and not (reading.events and reading.streamed):
        return Ending.SERVER_ERROR, one_line(f"a 200 without a reply in it: {reading.head or 'empty body'}")
    so_far = f"after {reading.events} events and {reading.characters} characters"
    malformed = f", {reading.malformed} malformed" if reading.malformed else ""
    said = one_line(f"{why or end}, without finish_reason or [DONE], {so_far}{malformed}")
    match end:
        case End.SILENT:
            return Ending.STALLED, said
        case End.LATE:
            return Ending.OUT_OF_TIME, said
        case End.NO_HTTP:
            return Ending.SERVER_ERROR, said
        case _:
            return Ending.STREAM_BROKEN, said


def _finished(reading: Reading) -> tuple[Ending, str]:
    reason = reading.finish_reason
    if reason in _SERVERS_OWN:
        return Ending.SERVER_ERROR, f"finish_reason={reason}"
    if reading.lost:  # the model said something there, and nobody knows what
        return Ending.STREAM_BROKEN, "text may be missing"
    if reading.content.strip() or reading.tool_calls:
        return Ending.ANSWERED, _why_it_ended(reason)
    if reading.reasoning.strip():
        if reason == "length":
            return Ending.THOUGHT_OUT, f"{len(reading.reasoning)} characters of reasoning, none of content"
        return Ending.EMPTY, "all text came in reasoning_content"
    if reason is None:
        return Ending.STREAM_BROKEN, "[DONE] came without any text or finish_reason"
    if reason == "content_filter":
        return Ending.REFUSED, "finish_reason=content_filter without any text"
    return Ending.EMPTY, f"finish_reason={reason} without any text"


def _why_it_ended(reason: str | None) -> str:
    match reason:
        case "length":
            return "the output budget ended the reply"
        case "content_filter":
            return "a content filter ended the reply"
        case _:
            return ""


def _remarks(reading: Reading, end: End) -> list[str]:
    """Return what a reader of an otherwise finished exchange must know."""
    remarks = []
    if reading.malformed:
        remarks.append(f"{reading.malformed} of {reading.events} chunks malformed")
    if not end.is_clean:
        remarks.append(f"{end} after finish_reason")
    if "loading" in reading.extra:
        remarks.append("the model was loaded during this request")
    if not reading.streamed:
        remarks.append("not streamed: chunks have no times")
    if (
        any(arrival.channel is Channel.CONTENT for arrival in reading.arrivals)
        and "</think>" in reading.content
    ):
        remarks.append("content holds </think>")
    return remarks
