"""Twelve lines for a forum: a code fence of 80 columns with machine, ranking and how sure it is."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size

from codestone.reports import _words as words
from codestone.reports._safe import visible
from codestone.stats.summary import Standing, Summary

_COLUMNS = 80
_ROWS = 5
_NAME = 24
_FENCE = "```"


def render(summary: Summary) -> str:
    """Return the block, fence and all; no line is wider than 80 columns, and there are 12 at most."""
    shown = [_FENCE, *_title(summary), *_ranking(summary.standings), *_guide(summary), _FENCE]
    return "".join(f"{line}\n" for line in shown)


def _title(summary: Summary) -> Iterator[str]:
    run = summary.run
    labels = [words.SCRIPTED] * bool(run.scripted) + [words.NO_SANDBOX] * words.unboxed(run)
    yield _line(" · ".join([*labels, f"Codestone {', '.join(run.codestone)}".strip(), run.title]))
    yield _line(words.headline(run))
    facts = dict(words.machine_lines(summary))
    machine = [facts[name] for name in ("processor", "gpus", "memory") if name in facts]
    yield _line(" · ".join(each for each in [*machine, f"box: {facts['box']}"] if each != words.NOT_MEASURED))


def _ranking(standings: Sequence[Standing]) -> Iterator[str]:
    """Yield the head and the first rows; what is left out is counted."""
    if not standings:
        return
    yield _row("#", _fit("contestant", _NAME), "points", "mean share", "wall", "tok/s")
    for row in standings[:_ROWS]:
        yield _row(
            str(row.rank or words.NOT_MEASURED),
            _fit(_name(row), _NAME),
            words.standing_points(row),
            words.mean_share(row.share),
            words.short_median(row.speed.wall, words.duration),
            words.short_median(row.speed.tg, words.rate),
        )


def _guide(summary: Summary) -> Iterator[str]:
    if not summary.run.measured:
        yield _line(words.NO_RECORDS)
        return
    more = len(summary.standings) - _ROWS
    yield _line(
        f"{f'and {more} more; ' if more > 0 else ''}share: {100 * summary.method.confidence:.0f}% interval"
        f" over n tasks; {words.NOT_MEASURED} not measured; 83+ lower bound"
    )


def _row(rank: str, name: str, *figures: str) -> str:
    widths = (9, 19, 10, 6)
    cells = [
        f"{rank:>2}",
        name,
        *(f"{figure:>{width}}" for figure, width in zip(figures, widths, strict=True)),
    ]
    return _line("  ".join(cells))


def _name(row: Standing) -> str:
    """Return a name that is cut before its label is."""
    label = f" {words.SCRIPTED}" if row.scripted else ""
    return _fit(_plain(row.label.removesuffix(label)), _NAME - len(label)).rstrip() + label


def _line(text: str) -> str:
    plain = _plain(text)
    return (plain if cell_len(plain) <= _COLUMNS else _fit(plain, _COLUMNS)).rstrip()


def _fit(text: str, columns: int) -> str:
    """Return text in exactly so many columns; an ellipsis says that there was more."""
    if cell_len(text) <= columns:
        return set_cell_size(text, columns)
    return f"{set_cell_size(text, columns - 1).rstrip()}…".ljust(columns)


def _plain(text: str) -> str:
    """Return text in which nothing can end the fence."""
    return visible(text).replace("`", "'")
