"""From marks to the figures of one exchange. The only place where it is done."""

from collections.abc import Sequence
from statistics import quantiles

from codestone.timing import Marks
from codestone.trial import Speed, Usage

GAPS_FLOOR = 20
"""Fewer gaps than this make no distribution: one of them would be its upper tenth."""


def speed_of(marks: Marks, usage: Usage | None) -> Speed:
    """Return the clock of one exchange; tokens per second only from the server's own token count."""
    gaps = marks.gaps_ns
    p50, p90, p99 = _quantiles(gaps) if len(gaps) >= GAPS_FLOOR else (None, None, None)
    return Speed(
        connect_ns=marks.connect_ns,
        headers_ns=marks.headers_ns,
        ttft_ns=marks.ttft_ns,
        ttfo_ns=marks.ttfo_ns,
        last_ns=marks.last_ns,
        wall_ns=marks.end_ns,
        chunks=len(marks.arrivals),
        tg=marks.tokens_per_second(None if usage is None else usage.completion_tokens),
        icl_p50_ns=p50,
        icl_p90_ns=p90,
        icl_p99_ns=p99,
        icl_most_ns=max(gaps) if len(gaps) >= GAPS_FLOOR else None,
    )


def _quantiles(gaps: Sequence[int]) -> tuple[float, float, float]:
    """Return median, p90 and p99 by linear interpolation between order statistics."""
    cuts = quantiles(gaps, n=100, method="inclusive")
    return cuts[49], cuts[89], cuts[98]
