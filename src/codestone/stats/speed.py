"""Speed of one contestant: medians over the replies of its graded trials.

Covered: what a user met in these trials. Not covered: the machine's best speed; that comes from speed
trials, alone on the machine, with salted prefixes. A TTFT is split by whether the server had the prompt's
prefix cached, because the two differ by orders of magnitude.
"""

from collections.abc import Mapping, Sequence

from codestone.stats.figures import Median
from codestone.stats.spread import median_of, total_of
from codestone.stats.summary import SpeedRow
from codestone.timing import RATE_FLOOR_TOKENS
from codestone.trial import TrialRecord, Usage

_UNTOLD = Usage()


def speed_row(records: Sequence[TrialRecord]) -> SpeedRow:
    """Return the medians and token totals of these records; None for what nobody measured."""
    exchanges = [exchange for record in records for exchange in record.exchanges]
    speeds = [exchange.speed for exchange in exchanges]
    usages = [exchange.usage or _UNTOLD for exchange in exchanges]
    timings = [exchange.timings for exchange in exchanges if exchange.timings]
    cached = [usage.cached_tokens for usage in usages]
    ttfts = [(speed.ttft_ns, tokens) for speed, tokens in zip(speeds, cached, strict=True)]
    tgs = [speed.tg for speed in speeds]
    return SpeedRow(
        replies=len(exchanges),
        ttft_uncached=median_of(ttft for ttft, tokens in ttfts if tokens == 0),
        ttft_cached=median_of(ttft for ttft, tokens in ttfts if tokens is not None and tokens > 0),
        ttft_untold=median_of(ttft for ttft, tokens in ttfts if tokens is None),
        ttfo=median_of(speed.ttfo_ns for speed in speeds),
        wall=median_of(speed.wall_ns for speed in speeds),
        trial=median_of(record.generation_ns for record in records),
        tg=median_of(tgs),
        itl=median_of(None if tg is None else 1e9 / tg for tg in tgs),
        icl_p50=median_of(speed.icl_p50_ns for speed in speeds),
        icl_p90=median_of(speed.icl_p90_ns for speed in speeds),
        icl_p99=median_of(speed.icl_p99_ns for speed in speeds),
        icl_most=median_of(speed.icl_most_ns for speed in speeds),
        tg_server=_server_rate(timings, tokens="predicted_n", rate="predicted_per_second"),
        pp_server=_server_rate(timings, tokens="prompt_n", rate="prompt_per_second"),
        prompt_tokens=total_of([usage.prompt_tokens for usage in usages]),
        cached_tokens=total_of(cached),
        completion_tokens=total_of([usage.completion_tokens for usage in usages]),
        reasoning_tokens=total_of([usage.reasoning_tokens for usage in usages]),
    )


def _server_rate(timings: Sequence[Mapping[str, float]], *, tokens: str, rate: str) -> Median | None:
    """Return the median of the server's own tokens/s, over the replies from RATE_FLOOR_TOKENS up."""
    return median_of(each.get(rate) for each in timings if each.get(tokens, 0) >= RATE_FLOOR_TOKENS)
