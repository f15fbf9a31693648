"""The middle and the spread of several measurements."""

import math
import operator
from collections.abc import Iterable, Sequence
from statistics import fmean, median

from codestone.stats.figures import Mean, Median, Proportion, Total
from codestone.stats.intervals import mean_interval, wilson


def sample_stdev(values: Sequence[float]) -> float | None:
    """Return the sample standard deviation (n - 1); None below two values.

    In floats: ``statistics.stdev`` adds exact fractions, thirty times as long.
    """
    if len(values) < 2:
        return None
    if min(values) == max(values):
        return 0.0  # exactly, whatever the rounding of the mean
    mean = fmean(values)
    centred = [value - mean for value in values]
    return math.sqrt(math.fsum(map(operator.mul, centred, centred)) / (len(values) - 1))


def mean_of(shares: Sequence[float]) -> Mean:
    """Return the mean over tasks of shares (0 to 1), at least one, with its interval."""
    interval = mean_interval(shares)
    low, high = interval or (None, None)
    return Mean(mean=fmean(shares), n=len(shares), low=low, high=high)


def median_of(values: Iterable[float | None]) -> Median | None:
    """Return median, n and spread of what was measured; None where nothing was."""
    measured = [value for value in values if value is not None]
    if not measured:
        return None
    ordered = sorted(map(float, measured))  # floats, as in what is returned: large ints compare slowly
    return Median(
        median=median(ordered),
        n=len(ordered),
        least=ordered[0],
        most=ordered[-1],
        stdev=sample_stdev(ordered),
    )


def total_of(values: Sequence[int | None]) -> Total | None:
    """Return the sum of what was told, and by how many; None where nobody told."""
    told = [value for value in values if value is not None]
    return Total(total=sum(told), n=len(told), of=len(values)) if told else None


def proportion(k: int, n: int) -> Proportion:
    """Return k of n with its Wilson interval."""
    interval = wilson(k, n) if n else None
    return Proportion(k=k, n=n, low=interval and interval.low, high=interval and interval.high)
