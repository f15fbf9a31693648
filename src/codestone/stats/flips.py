"""Paired differences: the test by sign flips, and the interval that belongs to it. Pure, seeded.

Each unit (a task, or a trial) has one difference between two contestants. Were the two alike, each
difference could as well have the other sign, so all 2^n patterns of signs are equally likely:

    p = 2 · min(share of patterns whose sum is at least the one seen, share at most the one seen)

The interval holds the shifts that this test does not refuse; its ends are order statistics of the means of
all subsets of the differences. So interval and test never contradict each other. Differences of 1, 0 and
-1 give exact McNemar. Sources: Fisher, The Design of Experiments (1935), section 21; Hartigan, JASA 64
(1969), 1303-1317 (subset means).

Covered: differences that scatter alike to both sides of the truth, whatever their distribution. Not
covered: fewer than six units, with which no pattern is rare enough.
"""

import math
import operator
import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from codestone.stats.intervals import CONFIDENCE, SEED, Interval

EXACT = 12
"""Up to so many units all patterns of signs are counted; above, as many are drawn."""
_DRAWN = 2**EXACT - 1
_ROUNDING = 1e-12


class Flips(NamedTuple):
    """What sign flips tell: two-sided p, and the interval where there are units enough."""

    p: float
    interval: Interval | None


def flips(
    differences: Sequence[float],
    *,
    weights: Sequence[float] | None = None,
    confidence: float = CONFIDENCE,
    seed: int = SEED,
) -> Flips:
    """Test the weighted mean of paired differences against 0, and give its interval.

    Exact up to 12 units: all subsets are there. Above, ``random.Random(seed)`` draws 4,095 of them, which
    keeps the test valid and the result repeatable. Raises ValueError for no difference.
    """
    if not differences:
        raise ValueError("no differences")
    shares = weights or [1.0] * len(differences)
    weighted = [value * weight for value, weight in zip(differences, shares, strict=True)]
    sums = zip(_sums(weighted, seed), _sums(shares, seed), strict=True)
    means = sorted(0.0 if abs(total) < _ROUNDING else total / weight for total, weight in sums if weight)
    patterns = len(means) + 1
    below, above = sum(mean <= 0 for mean in means), sum(mean >= 0 for mean in means)
    p = min(1.0, 2 * (1 + min(below, above)) / patterns)
    last = math.floor((1 - confidence) / 2 * patterns + 1e-9)
    return Flips(p, Interval(means[last - 1], means[-last]) if last else None)


def mcnemar(only_one: int, only_other: int) -> float:
    """Return the two-sided p of exact McNemar: of the pairs that differ, how many are in favour of each.

    2 · P(X <= min) with X binomial of n = only_one + only_other and 1/2; 1 where no pair differs. Source:
    Q. McNemar, Psychometrika 12 (1947), 153-157, with the binomial in place of chi-square.
    """
    n, fewer = only_one + only_other, min(only_one, only_other)
    return float(min(1.0, 2 * sum(math.comb(n, k) for k in range(fewer + 1)) / 2**n))


def holm(ps: Sequence[float]) -> list[float]:
    """Return the p of each of several tests, corrected for how many there are, in their order.

    With m tests the smallest counts m times, the next m - 1 times …, and none less than one before it.
    Source: S. Holm, Scandinavian Journal of Statistics 6 (1979), 65-70.
    """
    corrected, floor = [1.0] * len(ps), 0.0
    for place, index in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        floor = max(floor, min(1.0, (len(ps) - place) * ps[index]))
        corrected[index] = floor
    return corrected


def _sums(values: Sequence[float], seed: int) -> list[float]:
    """Return the sum of each subset, the empty one left out where all are there; always the same subsets."""
    blocks = [_all_sums(values[start : start + EXACT]) for start in range(0, len(values), EXACT)]
    if len(blocks) == 1:
        return blocks[0][1:]
    taken = _subsets(tuple(map(len, blocks)), seed)
    columns = [take(block) for take, block in zip(taken, blocks, strict=True)]
    return [sum(parts) for parts in zip(*columns, strict=True)]


@lru_cache(maxsize=16)
def _subsets(sizes: tuple[int, ...], seed: int) -> tuple[Callable[[Sequence[float]], tuple[float, ...]], ...]:
    """Return, for each block of sums, what takes those of the drawn subsets; the same for all that ask."""
    draw = random.Random(seed)  # noqa: S311  # statistics, not cryptography: it must be repeatable
    return tuple(operator.itemgetter(*draw.choices(range(size), k=_DRAWN)) for size in sizes)


def _all_sums(values: Sequence[float]) -> list[float]:
    sums = [0.0]
    for value in values:
        sums += [known + value for known in sums]
    return sums
