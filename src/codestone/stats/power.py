"""Which difference between two contestants a run can show, before it is made. Pure, standard library only.

The comparison that is meant: for each task the difference of the two contestants' mean shares of points,
then a two-sided t test of these T differences against 0. Tasks are the unit, so it has T - 1 degrees of
freedom, however many passes there are:

    d_t = true difference on task t + noise,    Var(d_t) = between² + 2·within² / E
    gap = shift(T - 1) · sqrt((between² + 2·within² / E) / T)

with T tasks, E epochs, ``between`` the standard deviation over tasks of the true difference, ``within``
that of one contestant's share from epoch to epoch of one task, and ``shift`` the difference in standard
errors that the test finds with the wanted power (2.8 for many tasks, more for few). More passes shrink
only the second part: from some number on nothing but more tasks helps.

Covered: the average case, simulated in the tests with task effects. Not covered: tasks that are no fair
sample of one's work; shares so near to 0 or 1 that differences are far from normal; a test by
permutation of tasks, which can show nothing at 95 % with fewer than six.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean, variance

from codestone.stats.cells import place_of
from codestone.stats.intervals import CONFIDENCE
from codestone.stats.student import t_shift
from codestone.trial import TrialRecord

POWER = 0.8
ASSUMED_BETWEEN = 0.2
"""Contestants whose shares lie anywhere from 0 to 1 (sd 0.29), and agree on which tasks are hard
(correlation 0.75): 0.29 · sqrt(2 · (1 - 0.75)). An assumption, until records tell."""
ASSUMED_WITHIN = 0.2
"""Five published repeats of one model on one task, 65 45 65 90 45 of 100, have 0.19. An assumption too."""
_PRIOR_DF = 4
"""Degrees of freedom that an assumption counts for beside what records tell."""
_MOST_TASKS = 10_000

Shares = Mapping[str, Sequence[float]]
"""Shares of points that one contestant earned, epoch by epoch, by task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Standard deviations in shares of points, and on how many degrees of freedom of records they rest."""

    between: float = ASSUMED_BETWEEN
    within: float = ASSUMED_WITHIN
    between_df: int = 0
    within_df: int = 0


ASSUMED = Spread()


def detectable_gap(
    *,
    tasks: int,
    epochs: int,
    spread: Spread = ASSUMED,
    power: float = POWER,
    confidence: float = CONFIDENCE,
) -> float | None:
    """Return the smallest difference, in shares of points (0 to 1), that a run would show.

    "Show": found with ``power`` at ``confidence``, see the module for the formula. None where there is no
    such difference: with one task nothing can be said of tasks in general, and where few tasks would need
    a difference of more than 1, even everything against nothing would not show.
    """
    if tasks < 2:
        return None
    variance_of_task = spread.between**2 + 2 * spread.within**2 / epochs
    shift = t_shift(df=tasks - 1, power=power, confidence=confidence)
    gap = shift * math.sqrt(variance_of_task / tasks)
    return gap if gap <= 1 else None


def passes_to_show(
    gap: float,
    *,
    tasks: int,
    spread: Spread = ASSUMED,
    power: float = POWER,
    confidence: float = CONFIDENCE,
) -> int | None:
    """Return how many passes it takes to show a difference of ``gap``; None: more tasks are needed.

    E >= 2·within² / (T·(gap / shift)² - between²). Raises ValueError unless 0 < gap <= 1.
    """
    _require(gap)
    if tasks < 2:
        return None
    shift = t_shift(df=tasks - 1, power=power, confidence=confidence)
    room = tasks * (gap / shift) ** 2 - spread.between**2
    return max(1, math.ceil(2 * spread.within**2 / room - 1e-9)) if room > 0 else None


def tasks_to_show(
    gap: float,
    *,
    epochs: int,
    spread: Spread = ASSUMED,
    power: float = POWER,
    confidence: float = CONFIDENCE,
) -> int | None:
    """Return how many tasks it takes to show a difference of ``gap``; None: more than 10,000."""
    _require(gap)
    low, high = 1, 2
    asked = {"epochs": epochs, "spread": spread, "power": power, "confidence": confidence}

    def shows(tasks: int) -> bool:
        found = detectable_gap(tasks=tasks, **asked)  # type: ignore[arg-type]
        return found is not None and found <= gap

    while not shows(high):
        low, high = high, 2 * high
        if low > _MOST_TASKS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shows(middle) else (middle, high)
    return high


def spread_of(records: Sequence[TrialRecord]) -> Spread:
    """Return both standard deviations as records tell them, the assumption counting for four df beside them.

    within²: the pooled sample variance of the cells with two epochs or more. between²: for each pair of
    contestants the variance over their common tasks of the difference of means, less the part that is
    noise, within² · (1/n + 1/n'); its df are (tasks - 1) of each contestant after the first.
    """
    cells: defaultdict[tuple[str, str], defaultdict[str, list[float]]]
    cells = defaultdict(lambda: defaultdict(list))
    for record in records:
        place = place_of(record.key)
        cells[place.contestant, place.driver][place.task].append(record.score.earned / record.score.possible)
    return spread_of_shares([*cells.values()])


def spread_of_shares(rows: Sequence[Shares], *, prior_df: int = _PRIOR_DF) -> Spread:
    """Return the same from the shares of each contestant; the assumption counts for ``prior_df``."""
    repeated = [shares for row in rows for shares in row.values() if len(shares) > 1]
    within_df = sum(len(shares) - 1 for shares in repeated)
    noise = math.fsum(
        (share - mean) ** 2 for shares in repeated for mean in [fmean(shares)] for share in shares
    )
    within = math.sqrt((noise + prior_df * ASSUMED_WITHIN**2) / (within_df + prior_df))
    between, between_df = _between(rows, within, prior_df=prior_df)
    return Spread(between=between, within=within, between_df=between_df, within_df=within_df)


def _between(rows: Sequence[Shares], within: float, *, prior_df: int) -> tuple[float, int]:
    pairs = [pair for one, other in combinations(rows, 2) if (pair := _pair(one, other, within))]
    df = round(2 * sum(pair_df for _, pair_df in pairs) / len(rows)) if pairs else 0
    told = max(0.0, fmean(found for found, _ in pairs)) if pairs else 0.0
    return math.sqrt((df * told + prior_df * ASSUMED_BETWEEN**2) / (df + prior_df)), df


def _pair(one: Shares, other: Shares, within: float) -> tuple[float, int] | None:
    """Return between² of two contestants, noise taken off (it may fall below 0), and its df."""
    common = sorted(one.keys() & other.keys())
    if len(common) < 2:
        return None
    differences = [fmean(one[task]) - fmean(other[task]) for task in common]
    noise = fmean(1 / len(one[task]) + 1 / len(other[task]) for task in common)
    return variance(differences) - within**2 * noise, len(common) - 1


def _require(gap: float) -> None:
    if not 0 < gap <= 1:
        raise ValueError(f"a difference of shares lies in 0 to 1, not {gap}")
