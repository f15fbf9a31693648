"""Speed of one contestant: medians over the replies of its graded trials.

Covered: what a user met in these trials. Not covered: the machine's best speed; that comes from speed
trials, alone on the machine, with salted prefixes. A TTFT is split by whether the server had the prompt's
prefix cached, because the two differ by orders of magnitude.
"""

from collections.abc import Sequence

from codestone.stats.spread import median_of, total_of
from codestone.stats.summary import SpeedRow
from codestone.timing import RATE_FLOOR_TOKENS
from codestone.trial import Exchange, TrialRecord, Usage


def speed_row(records: Sequence[TrialRecord]) -> SpeedRow:
    """Return the medians and token totals of these records; None for what nobody measured."""
    exchanges = [exchange for record in records for exchange in record.exchanges]
    usages = [exchange.usage or Usage() for exchange in exchanges]
    return SpeedRow(
        replies=len(exchanges),
        ttft_uncached=median_of(x.speed.ttft_ns for x in exchanges if _cached(x) == 0),
        ttft_cached=median_of(x.speed.ttft_ns for x in exchanges if (_cached(x) or 0) > 0),
        ttft_untold=median_of(x.speed.ttft_ns for x in exchanges if _cached(x) is None),
        ttfo=median_of(x.speed.ttfo_ns for x in exchanges),
        wall=median_of(x.speed.wall_ns for x in exchanges),
        trial=median_of(record.generation_ns for record in records),
        tg=median_of(x.speed.tg for x in exchanges),
        itl=median_of(None if x.speed.tg is None else 1e9 / x.speed.tg for x in exchanges),
        icl_p50=median_of(x.speed.icl_p50_ns for x in exchanges),
        icl_p90=median_of(x.speed.icl_p90_ns for x in exchanges),
        icl_p99=median_of(x.speed.icl_p99_ns for x in exchanges),
        icl_most=median_of(x.speed.icl_most_ns for x in exchanges),
        tg_server=median_of(_server_rate(x, "predicted") for x in exchanges),
        pp_server=median_of(_server_rate(x, "prompt") for x in exchanges),
        prompt_tokens=total_of([usage.prompt_tokens for usage in usages]),
        cached_tokens=total_of([usage.cached_tokens for usage in usages]),
        completion_tokens=total_of([usage.completion_tokens for usage in usages]),
        reasoning_tokens=total_of([usage.reasoning_tokens for usage in usages]),
    )


def _cached(exchange: Exchange) -> int | None:
    return exchange.usage.cached_tokens if exchange.usage else None


def _server_rate(exchange: Exchange, phase: str) -> float | None:
    """Return the server's own tokens/s of a phase ("prompt", "predicted"), from RATE_FLOOR_TOKENS up."""
    timings = exchange.timings or {}
    tokens = timings.get(f"{phase}_n")
    return timings.get(f"{phase}_per_second") if tokens is not None and tokens >= RATE_FLOOR_TOKENS else None
