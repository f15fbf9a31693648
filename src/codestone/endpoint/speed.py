"""From marks to the figures of one exchange. The only place where it is done."""

from codestone.timing import Marks
from codestone.trial import Speed, Usage


def speed_of(marks: Marks, usage: Usage | None) -> Speed:
    """Return the clock of one exchange; tokens per second only from the server's own token count."""
    return Speed(
        connect_ns=marks.connect_ns,
        headers_ns=marks.headers_ns,
        ttft_ns=marks.ttft_ns,
        ttfo_ns=marks.ttfo_ns,
        last_ns=marks.last_ns,
        wall_ns=marks.end_ns,
        chunks=len(marks.arrivals),
        tg=marks.tokens_per_second(None if usage is None else usage.completion_tokens),
    )
