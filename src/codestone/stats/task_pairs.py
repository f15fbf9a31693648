"""Two contestants task by task, and their pace, on the tasks and epochs that both have. Pure."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean

from codestone.stats.cells import is_full, place_of
from codestone.stats.compared import PaceRatio, TaskPair
from codestone.stats.flips import flips, holm, mcnemar
from codestone.stats.intervals import FEW
from codestone.stats.spread import proportion
from codestone.trial import TrialRecord

Couple = tuple[TrialRecord, TrialRecord]
_ALIKE = 1e-12


def record_couples(one: Iterable[TrialRecord], other: Iterable[TrialRecord]) -> tuple[Couple, ...]:
    """Return the records of the same task and epoch, in the order of both."""
    found = {(place_of(each.key).task, each.key.epoch): each for each in other}
    mine = {(place_of(each.key).task, each.key.epoch): each for each in one}
    return tuple((mine[key], found[key]) for key in sorted(mine.keys() & found.keys()))


def task_pairs(couples: Sequence[Couple]) -> tuple[TaskPair, ...]:
    """Return a row for each task; McNemar is of full marks, corrected for how many tasks there are."""
    rows = _by_task(couples)
    alone = {task: _alone(row) for task, row in rows.items()}
    ps = [mcnemar(*each) for each in alone.values()]
    corrected = holm(ps)
    return tuple(
        _task_pair(task, row, alone=alone[task], p=(ps[place], corrected[place]))
        for place, (task, row) in enumerate(rows.items())
    )


def pace_ratios(couples: Sequence[Couple]) -> tuple[PaceRatio, ...]:
    """Return the ratios of what was measured on both sides: wall time, tokens/s."""
    ratios = (
        _pace("wall", couples, of=lambda record: float(record.generation_ns)),
        _pace("tg", couples, of=_tg),
    )
    return tuple(ratio for ratio in ratios if ratio is not None)


def _pace(
    what: str, couples: Sequence[Couple], *, of: Callable[[TrialRecord], float | None]
) -> PaceRatio | None:
    """Return one ratio: exp of the mean over tasks of log(one / other), its interval by sign flips."""
    logs: defaultdict[str, list[float]] = defaultdict(list)
    for one, other in couples:
        mine, theirs = of(one), of(other)
        if mine and theirs:
            logs[place_of(one.key).task].append(math.log(mine / theirs))
    if not logs:
        return None
    means = [fmean(row) for row in logs.values()]
    if len(means) >= FEW:
        values, weights = means, [1.0] * len(means)
    else:
        values = [value for row in logs.values() for value in row]
        weights = [1 / len(row) for row in logs.values() for _ in row]
    alike = max(values) - min(values) < _ALIKE
    interval = None if alike else flips(values, weights=weights).interval
    return PaceRatio(
        what="wall" if what == "wall" else "tg",
        ratio=math.exp(fmean(means)),
        n=len(values),
        low=math.exp(interval.low) if interval else None,
        high=math.exp(interval.high) if interval else None,
    )


def _tg(record: TrialRecord) -> float | None:
    """Return a trial's tokens/s: the mean over its replies that have one."""
    rates = [exchange.speed.tg for exchange in record.exchanges if exchange.speed.tg is not None]
    return fmean(rates) if rates else None


def _by_task(couples: Sequence[Couple]) -> dict[str, list[Couple]]:
    rows: defaultdict[str, list[Couple]] = defaultdict(list)
    for one, other in couples:
        rows[place_of(one.key).task].append((one, other))
    return rows


def _full(record: TrialRecord) -> bool:
    return is_full(record.score.earned, record.score.possible)


def _share(record: TrialRecord) -> float:
    return record.score.earned / record.score.possible


def _alone(row: Sequence[Couple]) -> tuple[int, int]:
    """Return of how many pairs only one's trial, and only the other's, earned every point."""
    only_one = sum(_full(one) and not _full(other) for one, other in row)
    return only_one, sum(_full(other) and not _full(one) for one, other in row)


def _task_pair(
    task: str, row: Sequence[Couple], *, alone: tuple[int, int], p: tuple[float, float]
) -> TaskPair:
    one, other = fmean(_share(each) for each, _ in row), fmean(_share(each) for _, each in row)
    return TaskPair(
        task=task,
        n=len(row),
        one=one,
        other=other,
        difference=one - other,
        one_full=proportion(sum(_full(each) for each, _ in row), len(row)),
        other_full=proportion(sum(_full(each) for _, each in row), len(row)),
        only_one=alone[0],
        only_other=alone[1],
        p=p[0],
        p_corrected=p[1],
    )
