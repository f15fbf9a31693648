"""What answers were found to be beside their points, as tables: planted bugs, and facts."""

from collections.abc import Iterable, Iterator, Sequence

from codestone.reports import _words as words
from codestone.reports._code_tables import code_tables
from codestone.reports._table import Section, Table
from codestone.stats.bugs import EASY_FROM, HARD_BELOW, KNOWN_FROM
from codestone.stats.facts import OF_CODE, OF_STYLE
from codestone.stats.summary import BugRow, FactRow, FactSeen, Proportion, Standing, Summary, ValueCount


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
    own = [row for row in summary.facts if row.id not in {*OF_CODE, *OF_STYLE}]
    tables = [
        _fact_table(title, [row for row in own if row.task == task], summary.standings)
        for task, title in _titles(summary, (row.task for row in own))
    ]
    tables += code_tables(summary)
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


def _value(count: ValueCount) -> str:
    value = count.value
    said = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    return f"{count.n} {words.TIMES} {said}"
