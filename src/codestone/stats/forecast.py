"""How long the trials that are left will take: a range, never a point. Pure.

A trial's seconds come from the nearest that was seen: its own cell (contestant, driver, task); else the
contestant's other tasks and the task's other contestants, scaled by speed, both where both are there;
else the task's output budget at the contestant's speed. Grading time is added: beside the next generation
where the two overlap.

Covered: trials like those that were seen. Not covered: loading and swapping of models, waiting before a
retry, a machine that somebody else uses too. The low ends of all trials are added up, and the high ends:
what makes one trial slow mostly makes all of them slow, so errors are not taken to cancel out.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import NamedTuple

from codestone.stats.cells import Place, place_of
from codestone.trial import TrialKey, TrialRecord

LEAST_SHARE = 0.05
"""Of its output budget that a reply uses at least, where nothing was seen; at most it is all of it."""
UNKNOWN_SPEEDS = (3.0, 100.0)
"""Tokens/s of a contestant of which nothing is known: from a large model on a processor to a small one
on an accelerator."""
UNKNOWN_GRADING_S = (0.2, 10.0)
"""Seconds of grading where none was seen."""
_BORROWED = 2.0
"""Another task or another contestant may be off by this factor, to either side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Seconds that the rest takes: between ``low_s`` and ``high_s``, about ``likely_s``."""

    low_s: float
    likely_s: float
    high_s: float

    def __add__(self, other: "Forecast") -> "Forecast":
        """Return how long both take, one after the other."""
        return Forecast(
            low_s=self.low_s + other.low_s,
            likely_s=self.likely_s + other.likely_s,
            high_s=self.high_s + other.high_s,
        )


class _Range(NamedTuple):
    low: float
    likely: float
    high: float

    def wider(self, factor: float) -> "_Range":
        return _Range(self.low / factor, self.likely, self.high * factor)

    def times(self, factor: float) -> "_Range":
        return _Range(self.low * factor, self.likely * factor, self.high * factor)


_NOTHING = _Range(0.0, 0.0, 0.0)


def forecast(
    pending: Sequence[TrialKey],
    records: Sequence[TrialRecord],
    *,
    budgets: Mapping[str, int],
    speeds: Mapping[str, float],
    overlap: bool = False,
) -> Forecast:
    """Return how long the trials of ``pending`` take, judged by ``records``.

    ``budgets`` holds the output tokens that a trial may use, by "suite/task"; ``speeds`` the tokens/s that
    a probe measured, by contestant: records win over it. Raises KeyError for a task without a budget.
    With ``overlap`` grading runs beside the next generation, so that the longer of the two counts.
    """
    seen = _Seen(records, speeds)
    counts = Counter(key.model_copy(update={"epoch": 1}) for key in pending)
    generation = _total(_generation(key, seen, budgets=budgets).times(n) for key, n in counts.items())
    grading = _total(_grading(key, seen).times(n) for key, n in counts.items())
    both = zip(generation, grading, strict=True)
    low, likely, high = (max(pair) if overlap else sum(pair) for pair in both)
    return Forecast(low_s=low, likely_s=likely, high_s=high)


def epochs_within(budget_s: float, one_pass: Forecast) -> int:
    """Return how many whole passes fit into ``budget_s`` by the likely estimate of one; at least 1."""
    return max(1, int(budget_s / one_pass.likely_s)) if one_pass.likely_s > 0 else 1


def words(forecast: Forecast) -> str:
    """Return the range as a person would say it: "1 h 10 min - 3 h 40 min"; rounded outwards."""
    return f"{_rounded(forecast.low_s, up=False)} - {_rounded(forecast.high_s, up=True)}"


def duration(seconds: float) -> str:
    """Return whole seconds as a person would say them: "8 h", "1 h 30 min", "45 s"."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    parts = [f"{hours} h"] * (hours > 0) + [f"{minutes} min"] * (minutes > 0) + [f"{rest} s"] * (rest > 0)
    return " ".join(parts) or "0 s"


class _Seen:
    """What the records tell: seconds by cell, by contestant, by task; tokens/s by contestant."""

    def __init__(self, records: Sequence[TrialRecord], speeds: Mapping[str, float]) -> None:
        self.cells: defaultdict[Place, list[float]] = defaultdict(list)
        self.grading: defaultdict[str, list[float]] = defaultdict(list)
        rates: defaultdict[str, list[float]] = defaultdict(list)
        for record in records:
            place = place_of(record.key)
            self.cells[place].append(record.generation_ns / 1e9)
            self.grading[place.task].append(record.grading_ns / 1e9)
            rates[place.contestant] += [x.speed.tg for x in record.exchanges if x.speed.tg is not None]
        self.speeds = {**speeds, **{name: median(found) for name, found in rates.items() if found}}

    def own(self, place: Place) -> list[float]:
        """Return seconds of the same contestant and driver on other tasks."""
        return [
            seconds
            for other, found in self.cells.items()
            if other[:2] == place[:2] and other != place
            for seconds in found
        ]

    def others(self, place: Place) -> list[float]:
        """Return seconds of others on the same task and driver, as if they had this contestant's speed."""
        speed = self.speeds.get(place.contestant)
        return [
            seconds * self.speeds[other.contestant] / speed
            for other, found in self.cells.items()
            if other[1:] == place[1:] and other != place and speed and other.contestant in self.speeds
            for seconds in found
        ]


def _generation(key: TrialKey, seen: _Seen, *, budgets: Mapping[str, int]) -> _Range:
    place = place_of(key)
    if place in seen.cells:
        return _of(seen.cells[place])
    borrowed = [_of(found).wider(_BORROWED) for found in (seen.own(place), seen.others(place)) if found]
    if borrowed:
        lows, likely, highs = zip(*borrowed, strict=True)
        return _Range(min(lows), fmean(likely), max(highs))
    return _unseen(budgets[f"{key.suite}/{key.task}"], seen.speeds.get(place.contestant))


def _unseen(budget: int, speed: float | None) -> _Range:
    """Return the range of an output budget; likely is its geometric middle, for want of a better one."""
    slowest, fastest = (speed, speed) if speed else UNKNOWN_SPEEDS
    return _between(LEAST_SHARE * budget / fastest, budget / slowest)


def _grading(key: TrialKey, seen: _Seen) -> _Range:
    found = seen.grading.get(place_of(key).task)
    if found:
        return _of(found)
    everything = [seconds for each in seen.grading.values() for seconds in each]
    return _of(everything).wider(_BORROWED) if everything else _between(*UNKNOWN_GRADING_S)


def _of(seconds: Sequence[float]) -> _Range:
    """Return least, mean and most of what was seen, wider where it was little: by 1 + 1/n."""
    return _Range(min(seconds), fmean(seconds), max(seconds)).wider(1 + 1 / len(seconds))


def _between(low: float, high: float) -> _Range:
    return _Range(low, math.sqrt(low * high), high)


def _total(ranges: Iterable[_Range]) -> _Range:
    columns = list(zip(*ranges, strict=True))
    return _Range(*(math.fsum(column) for column in columns)) if columns else _NOTHING


def _rounded(seconds: float, *, up: bool) -> str:
    """Say seconds in steps that a forecast can bear: 1 s; from 1 min 10 s, 10 min 1 min, 1 h 10 min."""
    step = 1 if seconds < 60 else 10 if seconds < 600 else 60 if seconds < 3600 else 600
    return duration((math.ceil if up else math.floor)(seconds / step) * step)
