"""What was measured of answers and not judged: how often each value was seen, or the median. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeGuard

from codestone.stats.answer_summary import FactCell, FactRow, FactSeen, ValueCount
from codestone.stats.bugs import OfTask
from codestone.stats.spread import median_of
from codestone.trial import FactValue

OF_CODE = ("code-lines", "comment-lines", "comment-density")
"""Facts that every task has; a report draws them together."""
OF_STYLE = ("idle-helpers", "dead-lines", "dependencies")
"""Likewise, where there is a parser for the language."""


def fact_rows(task: str, records: OfTask, *, titles: Mapping[str, str]) -> tuple[FactRow, ...]:
    """Return a row for each fact of a task: those with a title first, then as the records have them.

    One that was told of no answer at all has no row.
    """
    everything = [record for row in records.values() for record in row]
    found = dict.fromkeys([*titles, *(fact for record in everything for fact in record.facts)])
    rows = (_row(task, fact, titles.get(fact, fact.replace("-", " ")), records=records) for fact in found)
    return tuple(row for row in rows if any(cell.seen.told for cell in row.cells))


def _row(task: str, fact: str, title: str, *, records: OfTask) -> FactRow:
    told = {entrant: [record.facts.get(fact) for record in row] for entrant, row in records.items()}
    of_models = [
        value
        for entrant, row in records.items()
        for record, value in zip(row, told[entrant], strict=True)
        if not record.contestant.scripted
    ]
    numbers = all(_is_number(value) for row in told.values() for value in row if value is not None)
    return FactRow(
        task=task,
        id=fact,
        title=title,
        seen=_seen(of_models, numbers=numbers),
        cells=tuple(
            FactCell(contestant=contestant, driver=driver, seen=_seen(values, numbers=numbers))
            for (contestant, driver), values in told.items()
        ),
    )


def _seen(values: Sequence[FactValue], *, numbers: bool) -> FactSeen:
    told = [value for value in values if value is not None]
    if numbers:
        middle = median_of(float(value) for value in told if _is_number(value))
        return FactSeen(n=len(values), told=len(told), values=(), median=middle)
    counts = Counter((str(value), value) for value in told)
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0][0]))
    return FactSeen(
        n=len(values),
        told=len(told),
        values=tuple(ValueCount(value=value, n=n) for (_, value), n in ordered),
        median=None,
    )


def _is_number(value: FactValue) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
