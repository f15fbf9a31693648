"""Intervals: how far a figure of n trials may lie from the truth. Pure, seeded, standard library only.

Covered: a proportion within one cell (Wilson), a mean share over several tasks (studentised bootstrap by
task; with few tasks, or tasks that are all alike, a bound that holds for whatever lies in 0 to 1).
Not covered: comparisons of two contestants (``flips.py``), and tasks that are no fair sample of what you
will ask for.
"""

import math
import operator
import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from statistics import NormalDist
from typing import NamedTuple

CONFIDENCE = 0.95
RESAMPLES = 2000
SEED = 20260101
FEW = 6
"""With fewer units than this no resampling can tell 95 %: all of five agree in 1 of 16 by mere luck."""
_ROUNDING = 1e-12


class Interval(NamedTuple):
    """Both ends of an interval, in the unit of the figure."""

    low: float
    high: float


def wilson(k: int, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Return the Wilson score interval of a proportion, k of n.

    (p + z²/2n ± z·√(p(1-p)/n + z²/4n²)) / (1 + z²/n) with p = k/n. Unlike the textbook interval it is
    sound for small n and for k = 0 or n. Source: E. B. Wilson, JASA 22 (1927), 209-212.
    Raises ValueError unless 0 <= k <= n, n >= 1 and 0 < confidence < 1.
    """
    if not 0 <= k <= n or n < 1 or not 0 < confidence < 1:
        raise ValueError(f"no proportion: k={k}, n={n}, confidence={confidence}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    p, shrink = k / n, 1 + z * z / n
    centre = (p + z * z / (2 * n)) / shrink
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / shrink
    # At the ends the formula is exact on paper; rounding must not leave 0 or 1 outside.
    low = 0.0 if k == 0 else max(0.0, centre - half)
    return Interval(low, 1.0 if k == n else min(1.0, centre + half))


def mean_interval(shares: Sequence[float]) -> Interval | None:
    """Return the interval of a mean over tasks, each with one mean share (0 to 1) over its epochs.

    Epochs of one task are no independent evidence about other tasks, so the task is the unit. The bootstrap
    where it holds, else the bound. None with fewer than two tasks: one tells nothing of others.
    """
    if len(shares) < 2:
        return None
    return (bootstrap_mean(shares) if len(shares) >= FEW else None) or bounded_mean(shares)


def bootstrap_mean(
    shares: Sequence[float],
    *,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Interval | None:
    """Return the studentised bootstrap interval of a mean share over tasks; whole tasks are drawn.

    m - q(1 - a/2)·s to m - q(a/2)·s with m and s the mean and its standard error, and q the quantiles of
    (m* - m) / s* over samples of as many tasks, drawn with replacement by ``random.Random(seed)``; cut to
    0 to 1. The percentile bootstrap holds the truth too seldom with few tasks: 82 to 89 times of 100 with
    six. None where nothing can be said: fewer than two tasks, or all alike. Source: Efron & Tibshirani, An
    Introduction to the Bootstrap (1993), chapter 12; for clusters Davison & Hinkley, Bootstrap Methods
    (1997), section 3.8.
    """
    n = len(shares)
    if n < 2 or min(shares) == max(shares):
        return None
    mean = math.fsum(shares) / n
    centred = [share - mean for share in shares]
    squares = [value * value for value in centred]
    error = math.sqrt(sum(squares) / (n - 1) / n)
    drawn = [_studentised(sum(take(centred)), sum(take(squares)), n) for take in _samples(n, resamples, seed)]
    drawn.sort()
    last = math.floor((1 - confidence) / 2 * resamples)
    low, high = mean - drawn[-1 - last] * error, mean - drawn[last] * error
    return Interval(max(0.0, min(low, mean)), min(1.0, max(high, mean)))


def bounded_mean(
    values: Sequence[float],
    *,
    least: float = 0.0,
    most: float = 1.0,
    confidence: float = CONFIDENCE,
    seed: int = SEED,
) -> Interval:
    """Return an interval of the mean of whatever lies in ``least`` to ``most``; wide, and never too narrow.

    With z the sorted values and z(n+1) = most, the upper end is the (1 + confidence) / 2 quantile of
    most - sum of U(i)·(z(i+1) - z(i)) over sorted uniform U; the lower end by mirror image. Four tasks in
    full give 0.40 to 1. Source: Learned-Miller & Thomas, A new confidence interval for the mean of a
    bounded random variable (2020); Phan, Thomas & Learned-Miller, Towards practical mean bounds for small
    samples (ICML 2021). Raises ValueError for no value, or one outside.
    """
    if not values or min(values) < least - _ROUNDING or max(values) > most + _ROUNDING:
        raise ValueError(f"no values within {least} to {most}: {values}")
    draw = random.Random(seed)  # noqa: S311  # statistics, not cryptography: it must be repeatable
    uniforms = [sorted(draw.random() for _ in values) for _ in range(RESAMPLES)]
    ordered = sorted(values)
    high = _bound(ordered, most, uniforms, confidence)
    low = -_bound([-value for value in reversed(ordered)], -least, uniforms, confidence)
    return Interval(max(least, low), min(most, high))


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return a quantile by linear interpolation between order statistics (type 7 of Hyndman & Fan)."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _bound(
    ordered: Sequence[float], most: float, uniforms: Sequence[Sequence[float]], confidence: float
) -> float:
    steps = [above - below for below, above in pairwise([*ordered, most])]
    means = sorted(most - sum(map(operator.mul, uniform, steps)) for uniform in uniforms)
    return quantile(means, (1 + confidence) / 2)


@lru_cache(maxsize=4)
def _samples(n: int, resamples: int, seed: int) -> tuple[Callable[[Sequence[float]], tuple[float, ...]], ...]:
    """Return what takes a sample, with replacement, of n values; the same for all that have as many."""
    draw = random.Random(seed)  # noqa: S311  # statistics, not cryptography: it must be repeatable
    return tuple(operator.itemgetter(*draw.choices(range(n), k=n)) for _ in range(resamples))


def _studentised(total: float, squares: float, n: int) -> float:
    """Return by how many standard errors a mean is off from 0, of n values that add up to ``total``.

    ``squares`` is the sum of theirs. Values that are all alike are infinitely far off.
    """
    square = (squares - total * total / n) / (n - 1)
    if square > _ROUNDING:
        return total / math.sqrt(square * n)
    return 0.0 if abs(total) <= _ROUNDING else math.copysign(math.inf, total)
