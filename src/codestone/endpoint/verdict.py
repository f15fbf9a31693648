"""Why an exchange ended, and one line of evidence, from what was read and how the wire stopped. Pure."""

from enum import StrEnum

from codestone.endpoint.faults import one_line, refusal, stream_error
from codestone.endpoint.reading import Reading
from codestone.timing import Channel
from codestone.trial import Ending


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


def verdict(reading: Reading, end: End, why: str, *, status: int | None, body: bytes) -> tuple[Ending, str]:
    """Return ending and detail; ``why`` is what the wire said, ``body`` that of an answer other than 200."""
    if end is End.REFUSED:
        return Ending.UNREACHABLE, one_line(why)
    if status is not None and not 200 <= status < 300:
        return refusal(status, body)
    if reading.error is not None:
        return stream_error(reading.error)
    if reading.stop is not None:
        return reading.stop.ending, one_line(reading.stop.why)
    if end is End.BOUND:
        return (Ending.CUT_OFF if reading.characters else Ending.STREAM_BROKEN), one_line(why)
    if reading.finish_reason is not None or reading.done:
        ending, detail = _finished(reading)
        return ending, one_line("; ".join(filter(None, [detail, *_remarks(reading, end)])))
    return _unfinished(reading, end, why)


def _unfinished(reading: Reading, end: End, why: str) -> tuple[Ending, str]:
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
    spent = reading.finish_reason == "length"
    if reading.content.strip() or reading.tool_calls:
        return Ending.ANSWERED, "the output budget ended the reply" if spent else ""
    if reading.reasoning.strip():
        if spent:
            return Ending.THOUGHT_OUT, f"{len(reading.reasoning)} characters of reasoning, none of content"
        return Ending.EMPTY, "all text came in reasoning_content"
    return Ending.EMPTY, f"finish_reason={reading.finish_reason} without any text"


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
