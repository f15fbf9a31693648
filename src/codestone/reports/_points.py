"""Ranking and points by task in one table: who stands where, what each task gave, the total."""

from collections.abc import Callable, Sequence

from codestone.reports import _words as words
from codestone.reports._table import Table
from codestone.stats.summary import Cell, Summary, TaskRow

COLUMNS = 12
"""Up to so many tasks each has a column; above, a row."""


def by_task(summary: Summary, *, short: bool = False) -> Table:
    """Return the ranking with a column for each task; with very many tasks each has a row.

    ``short``: the tasks' names are abbreviated, and n is left out where no epoch is missing.
    """
    names = short_names(summary.tasks) if short else task_names(summary.tasks)
    show = _shortly(summary) if short else words.cell_points
    cells = {(cell.contestant, cell.driver, cell.task): cell for cell in summary.cells}
    rows = [
        (row, [show(cells[row.contestant, row.driver, task.id]) for task in summary.tasks])
        for row in summary.standings
    ]
    if len(summary.tasks) > COLUMNS:
        points = zip(*(shown for _, shown in rows), strict=True)
        return Table(
            columns=("task", "possible", *(row.label for row, _ in rows)),
            rows=[
                (task.id, words.number(task.possible), *each)
                for task, each in zip(summary.tasks, points, strict=True)
            ],
        )
    possible = [words.number(task.possible) for task in summary.tasks]
    return Table(
        columns=("#", "contestant", *(names[task.id] for task in summary.tasks), "total"),
        rows=[
            *(
                (str(row.rank or words.NOT_MEASURED), row.label, *shown, words.total(row))
                for row, shown in rows
            ),
            ("", "possible", *possible, ""),
        ],
        heads=2,
        words=frozenset({1}),
    )


def note(summary: Summary) -> str:
    """Return what the short cells leave out, and which task a short name means."""
    n = summary.run.epochs
    return f"Mean ± stdev over {n} {'epoch' if n == 1 else 'epochs'}, or n. {legend(summary)}".rstrip()


def legend(summary: Summary) -> str:
    """Return which task a short name means; "" where the names say it themselves."""
    short, full = short_names(summary.tasks), task_names(summary.tasks)
    told = [f"{short[task.id]}: {full[task.id]}" for task in summary.tasks if short[task.id] != full[task.id]]
    return f"{', '.join(told)}." if told else ""


def task_names(tasks: Sequence[TaskRow]) -> dict[str, str]:
    """Return what each task is called in a table: without its suite, where no two are called the same."""
    names = {task.id: task.id.partition("/")[2] for task in tasks}
    return names if len(set(names.values())) == len(names) else {task.id: task.id for task in tasks}


def short_names(tasks: Sequence[TaskRow]) -> dict[str, str]:
    """Return the fewest leading words of each name that no other task begins with: py, js-fix, js-sse."""
    names = task_names(tasks)
    return {
        task: _prefix(name, [other for other in names.values() if other != name])
        for task, name in names.items()
    }


def _prefix(name: str, others: Sequence[str]) -> str:
    parts = name.split("-")
    for count in range(1, len(parts)):
        prefix = "-".join(parts[:count])
        if not any(other == prefix or other.startswith(f"{prefix}-") for other in others):
            return prefix
    return name


def _shortly(summary: Summary) -> Callable[[Cell], str]:
    return lambda cell: words.cell_points(cell, n=cell.n != summary.run.epochs)
