"""What is measured of every answer's code, as tables with a column for each task: size, style, imports."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from codestone.reports import _words as words
from codestone.reports._points import short_names
from codestone.reports._table import Table
from codestone.stats.facts import OF_CODE, OF_STYLE
from codestone.stats.summary import FactSeen, Median, Summary

_LINES, _, _DENSITY = OF_CODE
_IDLE, _DEAD, _DEPENDENCIES = OF_STYLE

_Cell = Mapping[str, FactSeen]
"""What was seen of one contestant's answers to one task, by fact."""


def code_tables(summary: Summary) -> Iterator[Table]:
    """Yield a table for each kind of fact that was told of any answer."""
    n = summary.run.epochs
    epochs = f"{n} {'epoch' if n == 1 else 'epochs'}"
    size = f"Lines of code, and the share of lines with a comment: medians over {epochs}, or n"
    style = f"Helpers that nothing names, and lines that cannot be executed: least to most of {epochs}, or n"
    modules = "Modules that the answers import, the standard library included"
    yield from _table(summary, size, of=(_LINES, _DENSITY), draw=lambda cell: _size(cell, epochs=n))
    yield from _table(summary, style, of=(_IDLE, _DEAD), draw=lambda cell: _style(cell, epochs=n))
    yield from _table(summary, modules, of=(_DEPENDENCIES,), draw=_modules, text=True)


def _table(
    summary: Summary, caption: str, *, of: Sequence[str], draw: Callable[[_Cell], str], text: bool = False
) -> Iterator[Table]:
    rows = [row for row in summary.facts if row.id in of]
    tasks = [task.id for task in summary.tasks if any((row.task, row.id) == (task.id, of[0]) for row in rows)]
    if not tasks:
        return
    names = short_names(summary.tasks)
    cells: dict[tuple[str, str, str], dict[str, FactSeen]] = {}
    for row in rows:
        for cell in row.cells:
            cells.setdefault((cell.contestant, cell.driver, row.task), {})[row.id] = cell.seen
    columns = ("contestant", *(names[task] for task in tasks))
    yield Table(
        caption=caption,
        columns=columns,
        rows=[
            (one.label, *(draw(cells[one.contestant, one.driver, task]) for task in tasks))
            for one in summary.standings
        ],
        words=frozenset(range(len(columns))) if text else frozenset({0}),
        listed=text,
    )


def _size(cell: _Cell, *, epochs: int) -> str:
    """Return the middle of the lines and of the density; n where epochs are missing: 107 / 4% (n 3)."""
    lines = cell[_LINES].median
    if lines is None:
        return words.NOT_MEASURED
    density = cell.get(_DENSITY)
    share = "" if density is None or density.median is None else f" / {100 * density.median.median:.0f}%"
    return f"{words.number(lines.median)}{share}{_short(lines, epochs)}"


def _style(cell: _Cell, *, epochs: int) -> str:
    """Return both counts, and n where epochs are missing: 0-2 / 0 (n 3)."""
    idle, dead = (cell[fact].median if fact in cell else None for fact in (_IDLE, _DEAD))
    if idle is None or dead is None:
        return words.NOT_MEASURED
    return f"{_spread(idle)} / {_spread(dead)}{_short(idle, epochs)}"


def _modules(cell: _Cell) -> str:
    """Return each set of modules with how often it was seen: 2 x heapq + typing, 1 x none."""
    seen = cell[_DEPENDENCIES]
    if not seen.told:
        return words.NOT_MEASURED
    sets = [
        f"{each.n} {words.TIMES} {str(each.value).replace(', ', ' + ') or 'none'}" for each in seen.values
    ]
    untold = [f"{seen.n - seen.told} {words.TIMES} not told"] if seen.n > seen.told else []
    return ", ".join(sets + untold)


def _spread(found: Median) -> str:
    least, most = words.number(found.least), words.number(found.most)
    return least if least == most else f"{least}{words.TO}{most}"


def _short(found: Median, epochs: int) -> str:
    return "" if found.n == epochs else f" (n {found.n})"
