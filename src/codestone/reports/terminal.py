"""A summary in a terminal, or in a pipe: 80 columns are enough, and colour only repeats what symbols say."""

from io import StringIO

from rich.console import Console
from rich.text import Text

from codestone.reports import _points as points
from codestone.reports import _speed_words as timed
from codestone.reports import _words as words
from codestone.reports._compared import comparison_words
from codestone.reports._console import heading, line, listing, pairs, section, table
from codestone.reports._safe import clipped, visible
from codestone.reports._sections import sections
from codestone.reports._table import Table
from codestone.stats.summary import Cell, Summary

_DETAILED_CELLS = 6


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
    line(console, words.headline(run))
    if run.generation:
        line(console, words.regraded_sentence(run))
    if run.directory:
        line(console, f"run directory: {run.directory}")
    if run.scripted:
        line(console, f"{words.SCRIPTED_SENTENCE}{', '.join(run.scripted)}.", style="bold yellow")
    if words.unboxed(run):
        line(console, words.NO_SANDBOX_SENTENCE, style="bold red")
    if not run.measured:
        line(console, words.NO_RECORDS, style="bold")


def _serving(console: Console, summary: Summary) -> None:
    rows = [row for row in summary.serving if row.faults or row.unmeasured]
    if not rows:
        return
    heading(console, "Serving path: what is not as it should be, whoever answers")
    for row in rows:
        line(console, words.served(row), indent=2)
        for fault in row.faults:
            style = "red" if fault.state == "broken" else "yellow"
            line(console, words.fault_sentence(fault), indent=4, style=style)
            for text in (clipped(fault.evidence), fault.remedy and f"remedy: {clipped(fault.remedy)}"):
                if text:
                    line(console, text, indent=6)
        if unmeasured := words.unmeasured_sentence(row):
            line(console, unmeasured, indent=4)


def _ranking(console: Console, summary: Summary) -> None:
    if not summary.standings:
        return
    heading(console, "Ranking")
    table(
        console,
        Table(
            columns=("#", "contestant", "points", "mean share (n tasks)", "full", "wall", "tokens/s"),
            rows=[
                (
                    str(row.rank or words.NOT_MEASURED),
                    row.label,
                    words.standing_points(row),
                    words.mean_share(row.share),
                    f"{row.full_trials}/{row.trials_measured}",
                    words.short_median(row.speed.wall, words.duration),
                    words.short_median(row.speed.tg, words.rate),
                )
                for row in summary.standings
            ],
            heads=2,
            words=frozenset({1}),
        ),
    )
    for row in summary.standings:
        if not row.complete:
            line(console, f"below the line: {row.label}, {words.below_the_line(row)}", indent=2)
    for task in summary.tasks:
        if task.skipped:
            line(console, words.skipped_sentence(task), indent=2)
        if task.stale:
            line(console, words.stale_sentence(task), indent=2)


def _comparisons(console: Console, summary: Summary) -> None:
    texts = [comparison_words(row, one=row.one, other=row.other) for row in summary.comparisons]
    listing(console, "Two by two: differences in points of 100", texts)


def _points(console: Console, summary: Summary) -> None:
    if len(summary.cells) < 2:
        return
    heading(console, "Ranking by task")
    line(console, points.note(summary), indent=2)
    table(console, points.by_task(summary, short=True))


def _sections(console: Console, summary: Summary) -> None:
    for found in sections(summary):
        section(console, found)


def _details(console: Console, summary: Summary) -> None:
    if len(summary.cells) > _DETAILED_CELLS:
        return
    titles = {task.id: task.title for task in summary.tasks}
    labels = {(row.contestant, row.driver): row.label for row in summary.standings}
    for cell in summary.cells:
        if cell.n:
            heading(console, f"{titles[cell.task]} · {labels[cell.contestant, cell.driver]}")
            _cell(console, cell)


def _cell(console: Console, cell: Cell) -> None:
    if cell.n > 1:
        line(console, words.cell_sentence(cell), indent=2)
    for epoch in cell.epochs:
        line(console, f"epoch {epoch.epoch}: {words.epoch_sentence(cell, epoch)}", indent=2)
        for text in (clipped(epoch.detail), epoch.artifacts):
            if text:
                line(console, text, indent=4)
    for check, evidence in words.told(cell.checks):
        shown = f"{words.symbol(check)} {words.worth(check):>4}  {words.check_sentence(check)}"
        line(console, shown, indent=2, style="red" if words.failed(check) else "green")
        if evidence:
            line(console, clipped(evidence), indent=10, lines=True)


def _failed_checks(console: Console, summary: Summary) -> None:
    if len(summary.cells) <= _DETAILED_CELLS:
        return
    labels = {(row.contestant, row.driver): row.label for row in summary.standings}
    listing(
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
            heading(console, f"Speed of {row.label}")
            pairs(console, words.speed_lines(row.speed))


def _speed_trials(console: Console, summary: Summary) -> None:
    for trials in map(timed.shown, summary.speed_trials):
        heading(console, timed.HEADING)
        line(console, trials.title)
        table(console, trials.table)
        pairs(console, trials.lines)


def _failures(console: Console, summary: Summary) -> None:
    listing(
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
        heading(console, f"Contestant {contestant.name}{scripted}")
        served = [("model", contestant.model), ("server", words.served_at(contestant))]
        settings = words.setting_lines(contestant, summary)
        pairs(console, [*served, *settings, *words.fact_lines(contestant.facts)])
    heading(console, "Machine")
    pairs(console, words.machine_lines(summary))


def _guide(console: Console, summary: Summary) -> None:
    heading(console, "How to read this")
    for sentence in words.how_to_read(summary):
        line(console, sentence, indent=2)


_SECTIONS = (
    _title,
    _serving,
    _ranking,
    _points,
    _comparisons,
    _sections,
    _details,
    _failed_checks,
    _speed,
    _speed_trials,
    _failures,
    _setting,
    _guide,
)
