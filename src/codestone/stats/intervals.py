"""Intervals: how far a figure of n trials may lie from the truth. Pure, seeded, standard library only.

Covered: a proportion within one cell (Wilson), a mean over several tasks (bootstrap by task).
Not covered: comparisons of two contestants, and tasks that are no fair sample of what you will ask for.
"""

import math
import random
from collections.abc import Sequence
from statistics import NormalDist, fmean
from typing import NamedTuple

CONFIDENCE = 0.95
RESAMPLES = 2000
SEED = 20260101


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


def bootstrap_mean(
    task_means: Sequence[float],
    *,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Interval | None:
    """Return the percentile bootstrap interval of a mean over tasks; whole tasks are drawn.

    ``task_means`` holds one mean over epochs for each task, in a fixed order: epochs of one task are no
    independent evidence about other tasks, so the task is the cluster that is drawn with replacement.
    ``random.Random(seed)`` draws, so the same figures give the same interval. With fewer than about ten
    tasks the interval is narrower than it says. None where nothing can be said: fewer than two tasks, or
    all alike. Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 13; for
    clusters Davison & Hinkley, Bootstrap Methods (1997), section 3.8.
    """
    n = len(task_means)
    if n < 2 or min(task_means) == max(task_means):
        return None
    draw = random.Random(seed)  # noqa: S311  # statistics, not cryptography: it must be repeatable
    means = sorted(fmean(draw.choices(task_means, k=n)) for _ in range(resamples))
    tail = (1 - confidence) / 2
    return Interval(_quantile(means, tail), _quantile(means, 1 - tail))


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Return a quantile by linear interpolation between order statistics (type 7 of Hyndman & Fan)."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
