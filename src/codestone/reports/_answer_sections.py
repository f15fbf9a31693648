"""What answers were found to be beside their points, as tables: planted bugs, facts, size of the code."""

from collections.abc import Iterable, Iterator, Sequence

from codestone.reports import _words as words
from codestone.reports._points import short_names
from codestone.reports._table import Section, Table
from codestone.stats.bugs import EASY_FROM, HARD_BELOW, KNOWN_FROM
from codestone.stats.facts import OF_CODE
from codestone.stats.summary import BugRow, FactRow, FactSeen, Proportion, Standing, Summary, ValueCount

_LINES, _, _DENSITY = OF_CODE


def bugs(summary: Summary) -> Iterator[Section]:
    """Yield the bug matrix, a table for each task that has planted bugs."""
    if summary.bugs:
        yield Section(
            id="bugs",
            heading="Planted bugs",
            note=(
                "Fixed in k of n trials that tell; one whose answer does not compile may not. Observed: the "
                "different answers of models, scripts left out; easy from "
                f"{100 * EASY_FROM:.0f}%, hard below {100 * HARD_BELOW:.0f}%, not known below "
                f"{KNOWN_FROM} answers."
            ),
            tables=[
                _bug_table(title, [row for row in summary.bugs if row.task == task], summary.standings)
                for task, title in _titles(summary, (row.task for row in summary.bugs))
            ],
        )


def facts(summary: Summary) -> Iterator[Section]:
    """Yield what was measured and not judged: a table for each task with facts of its own, then the code."""
    own = [row for row in summary.facts if row.id not in OF_CODE]
    tables = [
        _fact_table(title, [row for row in own if row.task == task], summary.standings)
        for task, title in _titles(summary, (row.task for row in own))
    ]
    code = {(row.task, row.id): row for row in summary.facts if row.id in OF_CODE}
    if code:
        tables.append(_code_table(summary, code))
    if tables:
        yield Section(
            id="facts",
            heading="Measured of the answers, and not judged",
            note=(
                "No points rest on these. How many answers had each value; of numbers the median, with n, "
                f"least and most. {words.NOT_MEASURED}: not told."
            ),
            tables=tables,
        )


def observed(row: BugRow) -> str:
    """Return how hard a bug was: easy, 24/26 (76-98%)."""
    if row.difficulty == "not known":
        return f"not known, {row.fixed.k}/{row.fixed.n}"
    return f"{row.difficulty}, {words.proportion(row.fixed)}"


def seen(found: FactSeen) -> str:
    """Return values with how often each was seen, or the median of numbers."""
    if not found.told:
        return words.NOT_MEASURED
    if found.median is not None:
        return words.median(found.median, words.number)
    untold = [f"{found.n - found.told} {words.TIMES} not told"] if found.n > found.told else []
    return ", ".join([*map(_value, found.values), *untold])


def _titles(summary: Summary, tasks: Iterable[str]) -> Iterator[tuple[str, str]]:
    titles = {task.id: task.title for task in summary.tasks}
    return ((task, f"{titles[task]} ({task})") for task in dict.fromkeys(tasks))


def _bug_table(title: str, rows: Sequence[BugRow], standings: Sequence[Standing]) -> Table:
    cells = {(cell.contestant, cell.driver, row.bug): cell.fixed for row in rows for cell in row.cells}
    return Table(
        caption=title,
        columns=("bug", "observed", *(row.label for row in standings)),
        rows=[
            (
                row.bug,
                observed(row),
                *(_fixed(cells[one.contestant, one.driver, row.bug]) for one in standings),
            )
            for row in rows
        ],
        words=frozenset({0, 1}),
    )


def _fixed(part: Proportion) -> str:
    """Return k/n with its interval; one trial has a mark in its place."""
    return words.proportion(part) if part.n > 1 else f"{part.k}/{part.n}" if part.n else words.NOT_MEASURED


def _fact_table(title: str, rows: Sequence[FactRow], standings: Sequence[Standing]) -> Table:
    cells = {(cell.contestant, cell.driver, row.id): cell.seen for row in rows for cell in row.cells}
    drawn = [
        (one.label, *(seen(cells[one.contestant, one.driver, row.id]) for row in rows)) for one in standings
    ]
    if len([one for one in standings if not one.scripted]) > 1:
        drawn.append(("all models", *(seen(row.seen) for row in rows)))
    columns = ("contestant", *(row.title for row in rows))
    return Table(caption=title, columns=columns, rows=drawn, words=frozenset(range(len(columns))))


def _code_table(summary: Summary, found: dict[tuple[str, str], FactRow]) -> Table:
    names, n = short_names(summary.tasks), summary.run.epochs
    epochs = f"{n} {'epoch' if n == 1 else 'epochs'}"
    tasks = [task.id for task in summary.tasks if (task.id, _LINES) in found]
    cells = {
        (cell.contestant, cell.driver, *place): cell.seen
        for place, row in found.items()
        for cell in row.cells
    }
    return Table(
        caption=f"Lines of code, and the share of lines with a comment: medians over {epochs}, or n",
        columns=("contestant", *(names[task] for task in tasks)),
        rows=[
            (one.label, *(_code(cells, one, task, epochs=n) for task in tasks)) for one in summary.standings
        ],
    )


def _code(cells: dict[tuple[str, str, str, str], FactSeen], row: Standing, task: str, *, epochs: int) -> str:
    """Return the middle of the lines and of the density; n where epochs are missing: 107 4% (n 3)."""
    lines = cells[row.contestant, row.driver, task, _LINES].median
    if lines is None:
        return words.NOT_MEASURED
    density = cells.get((row.contestant, row.driver, task, _DENSITY))
    share = "" if density is None or density.median is None else f" {100 * density.median.median:.0f}%"
    return f"{words.number(lines.median)}{share}{'' if lines.n == epochs else f' (n {lines.n})'}"


def _value(count: ValueCount) -> str:
    value = count.value
    said = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    return f"{count.n} {words.TIMES} {said}"
