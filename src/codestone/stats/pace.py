"""Points for time and for size: Score/Min in the two ways in which it is published and meant, Score/GB. Pure.

    as published     sum of points / average wall of a task in minutes      99 points at 22 s: 270
    by total minute  sum of points / sum of the walls in minutes            the same six tasks: 45

The first grows with the number of tasks, so it compares contestants of one table and nothing else. Neither
is a ratio averaged over tasks: that would let one quick task decide.
"""

import math
from collections.abc import Sequence
from statistics import fmean

from codestone.stats.intervals import CONFIDENCE, mean_interval
from codestone.stats.spread import sample_stdev
from codestone.stats.student import t_quantile
from codestone.stats.summary import Estimate
from codestone.trial import Contestant

_MINUTE_NS = 60e9
_GB = 1e9


def score_per_minute(points: Sequence[float], walls_ns: Sequence[float]) -> Estimate | None:
    """Return points per minute of the *average* task wall, as published; None where no time was measured."""
    rate = score_per_total_minute(points, walls_ns)
    if rate is None:
        return None
    n = len(points)
    ends = {name: end if end is None else n * end for name, end in (("low", rate.low), ("high", rate.high))}
    return Estimate(value=n * rate.value, n=n, **ends)


def score_per_total_minute(points: Sequence[float], walls_ns: Sequence[float]) -> Estimate | None:
    """Return points per minute of all tasks together; one entry a task of both, means over its epochs.

    The interval is that of a ratio estimator over tasks on the logarithm's scale: r · exp(±t·s/r) with
    s the standard error of (points - r·wall) / mean wall and t of n - 1 degrees of freedom. Source:
    Cochran, Sampling Techniques (1977), chapter 6. None at its ends with fewer than three tasks, or 0 points.
    """
    if not points or sum(walls_ns) <= 0:
        return None
    minutes = [wall / _MINUTE_NS for wall in walls_ns]
    rate, mean = sum(points) / sum(minutes), fmean(minutes)
    residuals = [(value - rate * wall) / mean for value, wall in zip(points, minutes, strict=True)]
    spread = sample_stdev(residuals)
    if not spread or rate <= 0 or len(points) < 3:
        return Estimate(value=rate, n=len(points), low=None, high=None)
    n = len(points)
    reach = t_quantile((1 + CONFIDENCE) / 2, n - 1) * spread / math.sqrt(n) / rate
    return Estimate(value=rate, n=n, low=rate * math.exp(-reach), high=rate * math.exp(min(reach, 700)))


def score_per_gb(points: Sequence[float], possible: Sequence[float], *, gb: float) -> Estimate:
    """Return points per GB of weights; one entry a task, at least one. The interval is that of their sum.

    The size is no estimate, so its ends are n / GB times those of the mean over tasks, each put into 0 to 1
    by the most that any task has.
    """
    most, n = max(possible), len(points)
    interval = mean_interval([value / most for value in points])
    ends = (None, None) if interval is None else tuple(n * most * end / gb for end in interval)
    return Estimate(value=sum(points) / gb, n=n, low=ends[0], high=ends[1])


def weights_gb(contestant: Contestant) -> float | None:
    """Return the size of the model's file in GB of 10^9 bytes; None where nobody told it."""
    for name in ("file_bytes", "weights_bytes"):
        fact = contestant.facts.get(name)
        if fact is not None and isinstance(fact.value, int | float) and fact.value > 0:
            return fact.value / _GB
    return None
