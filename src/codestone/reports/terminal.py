"""A summary in a terminal, or in a pipe: 80 columns are enough, and colour only repeats what symbols say."""

from collections.abc import Iterable
from io import StringIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from codestone.reports import _speed_words as timed
from codestone.reports import _words as words
from codestone.reports._compared import comparison_words
from codestone.reports._safe import clipped, visible
from codestone.stats.summary import Cell, Standing, Summary

_DETAILED_CELLS = 6
_LONGEST_LIST = 20
_COLUMNS = 3


def render(summary: Summary, *, width: int = 80, colour: bool = False) -> str:
    """Return the report, ``width`` columns wide; NO_COLOR in the environment wins over ``colour``."""
    console = Console(
        file=StringIO(),
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    with console.capture() as captured:
        for draw in _SECTIONS:
            draw(console, summary)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()).lstrip("\n")


def _title(console: Console, summary: Summary) -> None:
    run = summary.run
    title = Text("Codestone: ", style="bold").append(visible(run.title))
    if run.scripted:
        title.append(f"   {words.SCRIPTED}", style="bold yellow")
    if words.unboxed(run):
        title.append(f"   {words.NO_SANDBOX}", style="bold red")
    console.print(title)
    _line(console, words.headline(run))
    if run.generation:
        _line(console, words.regraded_sentence(run))
    if run.directory:
        _line(console, f"run directory: {run.directory}")
    if run.scripted:
        _line(console, f"{words.SCRIPTED_SENTENCE}{', '.join(run.scripted)}.", style="bold yellow")
    if words.unboxed(run):
        _line(console, words.NO_SANDBOX_SENTENCE, style="bold red")
    if not run.measured:
        _line(console, words.NO_RECORDS, style="bold")


def _serving(console: Console, summary: Summary) -> None:
    rows = [row for row in summary.serving if row.faults or row.unmeasured]
    if not rows:
        return
    _heading(console, "Serving path: what is not as it should be, whoever answers")
    for row in rows:
        _line(console, words.served(row), indent=2)
        for fault in row.faults:
            style = "red" if fault.state == "broken" else "yellow"
            _line(console, words.fault_sentence(fault), indent=4, style=style)
            for text in (clipped(fault.evidence), fault.remedy and f"remedy: {clipped(fault.remedy)}"):
                if text:
                    _line(console, text, indent=6)
        if unmeasured := words.unmeasured_sentence(row):
            _line(console, unmeasured, indent=4)


def _ranking(console: Console, summary: Summary) -> None:
    if not summary.standings:
        return
    _heading(console, "Ranking")
    table = _table("#", "contestant", "points", "mean share (n tasks)", "full", "wall", "tokens/s")
    for row in summary.standings:
        table.add_row(
            str(row.rank or words.NOT_MEASURED),
            _name(row),
            words.standing_points(row),
            words.mean_share(row.share),
            f"{row.full_trials}/{row.trials_measured}",
            words.short_median(row.speed.wall, words.duration),
            words.short_median(row.speed.tg, words.rate),
        )
    console.print(table)
    for row in summary.standings:
        if not row.complete:
            _line(console, f"below the line: {row.label}, {words.below_the_line(row)}", indent=2)
    for task in summary.tasks:
        if task.skipped:
            _line(console, words.skipped_sentence(task), indent=2)
        if task.stale:
            _line(console, words.stale_sentence(task), indent=2)


def _comparisons(console: Console, summary: Summary) -> None:
    texts = [comparison_words(row, one=row.one, other=row.other) for row in summary.comparisons]
    _list(console, "Two by two: differences in points of 100", texts)


def _matrix(console: Console, summary: Summary) -> None:
    if len(summary.cells) < 2:
        return
    cells = {(cell.contestant, cell.driver, cell.task): cell for cell in summary.cells}
    _heading(console, "Points by task: mean ± stdev (n epochs)")
    for start in range(0, len(summary.standings), _COLUMNS):
        shown = summary.standings[start : start + _COLUMNS]
        table = _table("", "task", "possible", *(visible(row.label) for row in shown))
        for task in summary.tasks:
            points = (words.cell_points(cells[row.contestant, row.driver, task.id]) for row in shown)
            table.add_row("", Text(visible(task.id)), words.number(task.possible), *points)
        console.print(table)


def _details(console: Console, summary: Summary) -> None:
    if len(summary.cells) > _DETAILED_CELLS:
        return
    titles = {task.id: task.title for task in summary.tasks}
    labels = {(row.contestant, row.driver): row.label for row in summary.standings}
    for cell in summary.cells:
        if cell.n:
            _heading(console, f"{titles[cell.task]} · {labels[cell.contestant, cell.driver]}")
            _cell(console, cell)


def _cell(console: Console, cell: Cell) -> None:
    if cell.n > 1:
        _line(console, words.cell_sentence(cell), indent=2)
    for epoch in cell.epochs:
        _line(console, f"epoch {epoch.epoch}: {words.epoch_sentence(cell, epoch)}", indent=2)
        for text in (clipped(epoch.detail), epoch.artifacts):
            if text:
                _line(console, text, indent=4)
    for check, evidence in words.told(cell.checks):
        line = f"{words.symbol(check)} {words.worth(check):>4}  {words.check_sentence(check)}"
        _line(console, line, indent=2, style="red" if words.failed(check) else "green")
        if evidence:
            _line(console, clipped(evidence), indent=10, lines=True)


def _failed_checks(console: Console, summary: Summary) -> None:
    if len(summary.cells) <= _DETAILED_CELLS:
        return
    labels = {(row.contestant, row.driver): row.label for row in summary.standings}
    _list(
        console,
        "Checks that failed",
        [
            f"{words.FAILED} {cell.task} · {labels[cell.contestant, cell.driver]} · "
            f"{words.check_sentence(check)}"
            for cell in summary.cells
            for check in cell.checks
            if check.passed.k < check.passed.n
        ],
    )


def _speed(console: Console, summary: Summary) -> None:
    for row in summary.standings:
        if row.speed.replies:
            _heading(console, f"Speed of {row.label}")
            _pairs(console, words.speed_lines(row.speed))


def _speed_trials(console: Console, summary: Summary) -> None:
    for trials in map(timed.shown, summary.speed_trials):
        _heading(console, timed.HEADING)
        _line(console, trials.title)
        table = _table("", *timed.COLUMNS)
        for row in trials.rows:
            table.add_row("", *row)
        console.print(table)
        _pairs(console, trials.lines)


def _failures(console: Console, summary: Summary) -> None:
    _list(
        console,
        "Not measured, by no doing of the model",
        [
            f"{failure.label} · {failure.task} · epoch {failure.epoch}: {failure.words}"
            f"{' (measured in another attempt)' if failure.settled else ''}"
            f"{f': {clipped(failure.detail)}' if failure.detail else ''}"
            for failure in summary.failures
        ],
    )


def _setting(console: Console, summary: Summary) -> None:
    for contestant in summary.contestants:
        scripted = f" {words.SCRIPTED}" if contestant.scripted else ""
        _heading(console, f"Contestant {contestant.name}{scripted}")
        served = [("model", contestant.model), ("server", words.served_at(contestant))]
        settings = words.setting_lines(contestant, summary)
        _pairs(console, [*served, *settings, *words.fact_lines(contestant.facts)])
    _heading(console, "Machine")
    _pairs(console, words.machine_lines(summary))


def _guide(console: Console, summary: Summary) -> None:
    _heading(console, "How to read this")
    for sentence in words.how_to_read(summary):
        _line(console, sentence, indent=2)


def _name(row: Standing) -> Text:
    return Text(visible(row.label), style="bold yellow" if row.scripted else "", overflow="fold")


def _heading(console: Console, text: str) -> None:
    console.print()
    console.print(Text(visible(text), style="bold"))


def _line(console: Console, text: str, *, indent: int = 0, style: str = "", lines: bool = False) -> None:
    console.print(Padding(Text(visible(text, lines=lines), style=style, overflow="fold"), (0, 0, 0, indent)))


def _list(console: Console, heading: str, texts: list[str]) -> None:
    """Print the start of a list; the whole of it is in the Markdown and JSON reports."""
    if not texts:
        return
    _heading(console, heading)
    for text in texts[:_LONGEST_LIST]:
        _line(console, text, indent=2)
    if len(texts) > _LONGEST_LIST:
        _line(console, f"… and {len(texts) - _LONGEST_LIST} more, in the Markdown and JSON reports", indent=2)


def _pairs(console: Console, pairs: Iterable[tuple[str, str]]) -> None:
    table = Table.grid(padding=(0, 2))
    for name, value in pairs:
        table.add_row(f"  {visible(name)}", Text(visible(clipped(value)), overflow="fold"))
    console.print(table)


def _table(*columns: str) -> Table:
    """Return a table without lines; the first column and the figures stand to the right."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="underline")
    for place, column in enumerate(columns):
        table.add_column(Text(column), justify="left" if place == 1 else "right", overflow="fold")
    return table


_SECTIONS = (
    _title,
    _serving,
    _ranking,
    _comparisons,
    _matrix,
    _details,
    _failed_checks,
    _speed,
    _speed_trials,
    _failures,
    _setting,
    _guide,
)
