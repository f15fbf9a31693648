"""Two contestants side by side, on the tasks and epochs that both have. Pure.

For each task the difference is the mean over common epochs of one's share of points less the other's; the
difference that is told is their mean. From six tasks up the tasks are the units of the test and of the
interval (``flips.py``), and the verdict holds for tasks like these. With fewer the pairs of trials are, and
the verdict holds for these very tasks only; copies of one pair of replies count once.

Covered: luck from trial to trial, and with six tasks or more which tasks they happen to be. Not covered:
tasks that are no fair sample of your work.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from statistics import fmean
from typing import NamedTuple

from codestone.stats.cells import task_id
from codestone.stats.flips import EXACT, flips, holm
from codestone.stats.intervals import CONFIDENCE, FEW, Interval, bounded_mean
from codestone.stats.power import spread_of_shares
from codestone.stats.summary import Comparison, Unit, Verdict
from codestone.stats.verdicts import Needs, needs_of, verdict_words
from codestone.trial import TrialRecord

ALL_PAIRS = 10
"""Up to so many contestants each two are compared."""
_ROUNDING = 1e-9


class Seen(NamedTuple):
    """What is compared of one trial."""

    share: float
    reply_digest: str


Trials = Mapping[str, Mapping[int, Seen]]
"""By task, by epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One of two: what it is called, and its trials."""

    label: str
    trials: Trials


class Couple(NamedTuple):
    """One pair of trials, of the same task and epoch."""

    task: str
    epoch: int
    one: Seen
    other: Seen

    @property
    def difference(self) -> float:
        """Of the shares, one's less the other's."""
        return self.one.share - self.other.share


class _Finding(NamedTuple):
    difference: float
    interval: Interval
    p: float
    unit: Unit
    n: int


def trials_of(records: Sequence[TrialRecord]) -> Trials:
    """Return the trials of one contestant's records."""
    found: defaultdict[str, dict[int, Seen]] = defaultdict(dict)
    for record in records:
        key, score = record.key, record.score
        task = task_id(key.suite, key.task, key.variant)
        found[task][key.epoch] = Seen(score.earned / score.possible, record.reply_digest)
    return found


def couples(one: Trials, other: Trials) -> tuple[Couple, ...]:
    """Return the pairs of trials, in the order of tasks and epochs."""
    return tuple(
        Couple(task, epoch, one[task][epoch], other[task][epoch])
        for task in sorted(one.keys() & other.keys())
        for epoch in sorted(one[task].keys() & other[task].keys())
    )


def compare_all(contenders: Sequence[Contender]) -> tuple[Comparison, ...]:
    """Compare each two, in their order; with more than ALL_PAIRS, each with the next one."""
    few = len(contenders) <= ALL_PAIRS
    return compare(list(combinations(contenders, 2) if few else pairwise(contenders)))


def compare(pairs: Sequence[tuple[Contender, Contender]]) -> tuple[Comparison, ...]:
    """Return each comparison; p is corrected for how many there are."""
    matched = [couples(one.trials, other.trials) for one, other in pairs]
    findings = [_finding(each) if each else None for each in matched]
    tested = iter(holm([finding.p for finding in findings if finding]))
    corrected = [next(tested) if finding else None for finding in findings]
    return tuple(
        _comparison(pair, each, finding=finding, corrected=p, beside=findings)
        for pair, each, finding, p in zip(pairs, matched, findings, corrected, strict=True)
    )


def _comparison(
    pair: tuple[Contender, Contender],
    matched: Sequence[Couple],
    *,
    finding: _Finding | None,
    corrected: float | None,
    beside: Sequence[_Finding | None],
) -> Comparison:
    """Return what stands in the summary; ``beside`` are the findings of all comparisons, this one's too."""
    verdict, needs = _verdict(matched, finding, corrected), Needs(None, None)
    tasks = len({each.task for each in matched})
    if finding and verdict == "no detectable difference":
        needs = _needs(matched, finding.difference, of=len(beside))
        if _too_few(finding, beside):
            verdict = "too few to tell"
            copies = finding.unit == "trial" and finding.n < len(matched)
            needs = Needs(None, needs.tasks) if copies else needs  # more passes would bring more copies
    return Comparison(
        one=pair[0].label,
        other=pair[1].label,
        verdict=verdict,
        words=verdict_words(
            verdict,
            tasks=tasks,
            matched=matched_words(matched),
            needs=needs,
            units=units_words(finding, tasks=tasks, trials=len(matched), of=len(beside)) if finding else "",
        ),
        difference=finding and finding.difference,
        low=finding and finding.interval.low,
        high=finding and finding.interval.high,
        unit=finding.unit if finding else "task",
        n=finding.n if finding else 0,
        tasks=tasks,
        trials=len(matched),
        p=finding and finding.p,
        p_corrected=corrected,
        more_passes=needs.passes,
        more_tasks=needs.tasks,
    )


def matched_words(matched: Sequence[Couple]) -> str:
    """Return what trials that are all alike have in common."""
    same = all(each.one.reply_digest == each.other.reply_digest for each in matched)
    trials = "the 1 trial" if len(matched) == 1 else f"each of {len(matched)} trials"
    return f"the same {'replies' if same else 'points'} in {trials}"


def units_words(finding: _Finding, *, tasks: int, trials: int, of: int) -> str:
    """Return what there was to compare: tasks and passes, or how many of the trials are no copies."""
    named = f"{tasks} {'task' if tasks == 1 else 'tasks'}"
    if finding.unit == "trial" and finding.n < trials:
        named = f"{finding.n} different {'pair' if finding.n == 1 else 'pairs'} of answers to {named}"
    elif finding.unit == "trial":
        passes = trials / tasks
        named += f" x {passes:g} {'pass' if passes == 1 else 'passes'}"
    alone = _least_p(finding.n) <= 1 - CONFIDENCE
    return f"{named} in each of {of} comparisons" if alone else named


def _needs(matched: Sequence[Couple], difference: float, *, of: int) -> Needs:
    """Return what it would take to show a difference of this size, as one of ``of`` comparisons."""
    apart = {row[0].task: [each.difference for each in row] for row in _by_task(matched)}
    nothing = {task: [0.0] * len(row) for task, row in apart.items()}  # luck that both share is none
    return needs_of(
        difference,
        tasks=len(apart),
        epochs=round(len(matched) / len(apart)),
        spread=spread_of_shares((apart, nothing), prior_df=1),  # after the night the trials speak
        confidence=1 - (1 - CONFIDENCE) / of,
    )


def _too_few(finding: _Finding, beside: Sequence[_Finding | None]) -> bool:
    """Return whether so many units could show no difference, whatever its size, beside these comparisons."""
    others = [each.p for each in beside if each is not None and each is not finding]
    return holm([_least_p(finding.n), *others])[0] > 1 - CONFIDENCE + _ROUNDING


def _least_p(units: int) -> float:
    """Return the smallest p of sign flips: where every unit is on one side."""
    return 2 / (1 << min(units, EXACT))


def _verdict(matched: Sequence[Couple], finding: _Finding | None, corrected: float | None) -> Verdict:
    if finding is None or corrected is None:
        return "not compared"
    if all(abs(each.difference) < _ROUNDING for each in matched):
        return "tied"
    if corrected > 1 - CONFIDENCE + _ROUNDING:
        return "no detectable difference"
    return "better" if finding.difference > 0 else "worse"


def _finding(matched: Sequence[Couple]) -> _Finding:
    by_task = _by_task(matched)
    means = [fmean(each.difference for each in row) for row in by_task]
    unit: Unit = "task" if len(means) >= FEW else "trial"
    values, weights = (means, [1.0] * len(means)) if unit == "task" else _distinct(by_task)
    found = flips(values, weights=weights)
    difference = fmean(means)
    interval = found.interval if max(values) - min(values) > _ROUNDING else None
    return _Finding(difference, interval or _bound(values, found.p), found.p, unit, len(values))


def _bound(values: Sequence[float], p: float) -> Interval:
    """Return the interval where flips give none: units too few, or all alike; no end beyond a refused 0."""
    low, high = bounded_mean(values, least=-1.0, most=1.0)
    if p > 1 - CONFIDENCE:
        return Interval(low, high)
    return Interval(max(low, 0.0), high) if sum(values) > 0 else Interval(low, min(high, 0.0))


def _by_task(matched: Sequence[Couple]) -> list[list[Couple]]:
    found: defaultdict[str, list[Couple]] = defaultdict(list)
    for each in matched:
        found[each.task].append(each)
    return [*found.values()]


def _distinct(by_task: Sequence[Sequence[Couple]]) -> tuple[list[float], list[float]]:
    """Return differences and weights of the pairs of trials, copies taken as one; each task weighs 1."""
    values, weights = [], []
    for row in by_task:
        for copies in _copies(row):
            values.append(fmean(each.difference for each in copies))
            weights.append(len(copies) / len(row))
    return values, weights


def _copies(row: Sequence[Couple]) -> Iterator[Sequence[Couple]]:
    found: defaultdict[tuple[str, str], list[Couple]] = defaultdict(list)
    for each in row:
        found[each.one.reply_digest, each.other.reply_digest].append(each)
    yield from found.values()
