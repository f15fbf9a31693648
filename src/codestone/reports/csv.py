"""A row for each contestant and task, for a spreadsheet; an empty field is not measured, never 0."""

import csv
from io import StringIO
from typing import Any

from codestone.reports._safe import visible
from codestone.stats.summary import Cell, Standing, Summary, TaskRow

COLUMNS = (
    "contestant",
    "driver",
    "scripted",
    "rank",
    "task",
    "title",
    "skipped",
    "possible",
    "planned",
    "n",
    "mean",
    "best",
    "worst",
    "stdev",
    "points",
    "full",
    "full_low",
    "full_high",
    "distinct_replies",
    "endings",
    "not_measured",
    "stale",
)
_FORMULA = ("=", "+", "-", "@", "'")


def render(summary: Summary) -> str:
    """Return the table with a head; text that a spreadsheet would take for a formula has an apostrophe."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    standings = {(row.contestant, row.driver): row for row in summary.standings}
    tasks = {task.id: task for task in summary.tasks}
    for cell in summary.cells:
        row = _row(cell, standings[cell.contestant, cell.driver], tasks[cell.task])
        writer.writerow([_field(row[column]) for column in COLUMNS])
    return out.getvalue()


def _row(cell: Cell, standing: Standing, task: TaskRow) -> dict[str, Any]:
    return {
        **cell.model_dump(include=set(COLUMNS)),
        "scripted": "yes" if standing.scripted else "no",
        "rank": standing.rank,
        "title": task.title,
        "skipped": task.skipped,
        "points": " ".join(f"{epoch.points:g}" for epoch in cell.epochs),
        "full": cell.full.k if cell.n else None,
        "full_low": cell.full.low,
        "full_high": cell.full.high,
        "distinct_replies": cell.distinct_replies if cell.n else None,
        "endings": "; ".join(f"{ending.ending} {ending.n}" for ending in cell.endings),
    }


def _field(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = visible(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
