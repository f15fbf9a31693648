"""One cell of the matrix: one contestant, with one driver, on one task, over its epochs."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean
from typing import NamedTuple

from codestone.stats.planned import PlannedTask
from codestone.stats.repeats import repeats_of_cell
from codestone.stats.spread import proportion, sample_stdev
from codestone.stats.summary import Cell, CheckRow, EndingCount, EpochScore
from codestone.trial import CheckResult, Ending, TrialKey, TrialRecord

Where = Callable[[TrialKey], str]

_EPSILON = 1e-9


class Place(NamedTuple):
    """Where a record counts: one cell."""

    contestant: str
    driver: str
    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What came back for a cell: its records, sorted by epoch, and how many attempts failed."""

    records: Sequence[TrialRecord]
    attempts: int

    def of(self, digest: str) -> list[TrialRecord]:
        """Return the records of a task's present version; the others are stale."""
        return [record for record in self.records if record.task_digest == digest]


@lru_cache(4096)
def task_id(suite: str, task: str, variant: str) -> str:
    """Return what a summary calls a task: ``suite/task``, with ``+variant`` where there is one."""
    return f"{suite}/{task}+{variant}" if variant else f"{suite}/{task}"


def place_of(key: TrialKey) -> Place:
    """Return the cell that a trial belongs to."""
    return Place(key.contestant, key.driver, task_id(key.suite, key.task, key.variant))


def is_full(points: float, possible: float) -> bool:
    """Tell whether every point was earned, sums of floats considered."""
    return points >= possible - _EPSILON


def cell(place: Place, gathered: Gathered, *, task: PlannedTask, epochs: int, where: Where | None) -> Cell:
    """Return the cell of what was gathered at a place; stale records are counted apart."""
    fresh = gathered.of(task.digest)
    points = [record.score.earned for record in fresh]
    full = sum(is_full(value, task.possible) for value in points)
    return Cell(
        contestant=place.contestant,
        driver=place.driver,
        task=place.task,
        n=len(fresh),
        planned=0 if task.skipped else epochs,
        possible=task.possible,
        mean=fmean(points) if points else None,
        best=max(points, default=None),
        worst=min(points, default=None),
        stdev=sample_stdev(points),
        full=proportion(full, len(fresh)),
        repeats=repeats_of_cell(full, len(fresh)),
        distinct_replies=len({record.reply_digest for record in fresh}),
        endings=endings_of(fresh),
        epochs=tuple(_epoch(record, where) for record in fresh),
        checks=_checks(fresh),
        stale=len(gathered.records) - len(fresh),
        not_measured=gathered.attempts,
    )


def endings_of(records: Sequence[TrialRecord]) -> tuple[EndingCount, ...]:
    """Return how often trials ended in each way, in the order of ``Ending``."""
    counts = Counter(record.ending for record in records)
    return tuple(
        EndingCount(ending=ending, words=ending.words, n=counts[ending])
        for ending in Ending
        if counts[ending]
    )


def _epoch(record: TrialRecord, where: Where | None) -> EpochScore:
    key, score, ending, exchanges = record.key, record.score, record.ending, record.exchanges
    return EpochScore(
        epoch=key.epoch,
        points=score.earned,
        passed=score.passed,
        checks=score.checks,
        ending=ending,
        words=ending.words,
        detail=record.detail or (exchanges[-1].detail if exchanges else ""),
        reply_lines=record.reply_lines,
        files=record.files,
        generation_ns=record.generation_ns,
        grading_ns=record.grading_ns,
        started=record.started,
        artifacts=where(key) if where else None,
    )


def _checks(records: Sequence[TrialRecord]) -> tuple[CheckRow, ...]:
    """Return one row for each check, in the order of the earliest epoch that names it."""
    found: dict[str, list[tuple[int, CheckResult]]] = {}
    for record in records:
        for check in record.checks:
            found.setdefault(check.id, []).append((record.key.epoch, check))
    return tuple(_check(results) for results in found.values())


def _check(results: Sequence[tuple[int, CheckResult]]) -> CheckRow:
    epoch, shown = next((pair for pair in reversed(results) if not pair[1].passed), results[-1])
    return CheckRow(
        id=shown.id,
        points=shown.points,
        bonus=shown.bonus,
        bug=shown.bug,
        passed=proportion(sum(check.passed for _, check in results), len(results)),
        evidence=shown.evidence,
        evidence_epoch=epoch,
    )
