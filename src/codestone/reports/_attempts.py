"""The attempts that a page shows: those that were not measured, by no doing of the model."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, islice

from codestone.stats.summary import Failure, Summary

Place = tuple[str, str]
"""Label of a standing, and id of a task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An attempt as the page has it.

    ``number`` is its place on the page, ``nth`` among the attempts at its trial that were not measured,
    ``cell`` that of the cell whose trials can be looked into.
    """

    number: int
    nth: int
    failure: Failure
    cell: int | None

    @property
    def which(self) -> str:
        """Which attempt at which trial of its cell."""
        return f"epoch {self.failure.epoch}, attempt {self.nth}"

    @property
    def begun(self) -> str:
        """When it was begun, for a reader; as it was written where that is no time."""
        try:
            moment = datetime.fromisoformat(self.failure.started)
            moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError):
            return self.failure.started
        return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def shown(summary: Summary, *, most: int, cells: Mapping[tuple[str, str, str], int]) -> Sequence[Shown]:
    """Return so many attempts at most, in the order of the summary; ``cells`` has the number of each cell."""
    entrants = {row.label: (row.contestant, row.driver) for row in summary.standings}
    measured = {(cell.contestant, cell.driver, cell.task) for cell in summary.cells if cell.n}
    seen: Counter[tuple[str, str, int]] = Counter()
    found = []
    for number, failure in enumerate(islice(summary.failures, most), start=1):
        place = (*entrants.get(failure.label, ("", "")), failure.task)
        trial = (failure.label, failure.task, failure.epoch)
        seen[trial] += 1
        cell = cells[place] if place in measured else None
        found.append(Shown(number=number, nth=seen[trial], failure=failure, cell=cell))
    return found


def by_task(attempts: Sequence[Shown]) -> Sequence[tuple[str, Sequence[Shown]]]:
    """Return the attempts at each task; a summary has them in the order of their tasks."""
    return [(task, list(its)) for task, its in groupby(attempts, key=lambda one: one.failure.task)]


def by_place(attempts: Sequence[Shown]) -> Mapping[Place, Sequence[Shown]]:
    """Return the attempts of each standing at each task."""
    found: dict[Place, list[Shown]] = {}
    for one in attempts:
        found.setdefault((one.failure.label, one.failure.task), []).append(one)
    return found
