"""One self-contained HTML page that loads nothing; what a model wrote is text in it and stays text."""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from importlib.resources import files
from itertools import chain
from types import MappingProxyType
from typing import Any

import jinja2
from markupsafe import Markup

from codestone.reports import _attempts, _plots, _points, _speed_words, _words
from codestone.reports._compared import difference
from codestone.reports._safe import clipped, visible
from codestone.reports._sections import sections
from codestone.stats.summary import Cell, Standing, Summary

Artifacts = Mapping[str, Mapping[str, str]]
"""What there is to look at, name → text, in order, by ``EpochScore.artifacts`` or ``Failure.artifacts``."""

_NOTHING: Artifacts = MappingProxyType({})
_MOST_TRIALS = 2000
_MOST_FAILURES = 500
_MOST_BESIDE = 10
_SYMBOLS = {"full": _words.PASSED, "part": "\N{CIRCLE WITH LEFT HALF BLACK}", "none": _words.FAILED}

_SIGNS = {"better": "\N{UPWARDS ARROW}", "worse": "\N{DOWNWARDS ARROW}", "tied": "=", "too few to tell": "?"}


def render(summary: Summary, *, artifacts: Artifacts = _NOTHING) -> str:
    """Return the page; the texts of ``artifacts`` are in it as they are, so their reader bounds them."""
    environment = jinja2.Environment(
        autoescape=True,
        finalize=_shown,
        keep_trailing_newline=True,
        loader=jinja2.PackageLoader("codestone.reports", "templates/html"),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"clipped": clipped, "lines": lines, "diff": _diff, "timed": _speed_words.shown}
    cells = {(cell.contestant, cell.driver, cell.task): cell for cell in summary.cells}
    numbers = {key: number for number, key in enumerate(cells, start=1)}
    scripts = [_library(), _beside("page.js")]
    style = _beside("style.css")
    return environment.get_template("page.html.jinja").render(
        summary=summary,
        words=_words,
        timed=_speed_words,
        artifacts=artifacts,
        style=style,
        scripts=scripts,
        policy=_policy(style, scripts),
        share_plots=(shares := _plots.shares(summary)),
        reply_plots=(replies := _plots.replies(summary)),
        trial_plots=(trials := _plots.trials(summary)),
        plots_json=_in_script({**shares, **replies, **trials}),
        tied=_tied(summary.standings),
        tasks=list(_by_task(summary)),
        cells=cells,
        numbers=numbers,
        labels={(row.contestant, row.driver): row for row in summary.standings},
        longest=max(1, _MOST_TRIALS // max(1, len(summary.cells))),
        speeds=list(
            zip(
                *(_words.speed_lines(row.speed) for row in summary.standings if row.speed.replies),
                strict=True,
            )
        ),
        endings=_endings(summary.standings),
        attempts=(failed := _attempts.shown(summary, most=_MOST_FAILURES, cells=numbers)),
        attempts_by_task=_attempts.by_task(failed),
        attempts_at=_attempts.by_place(failed),
        most_beside=_MOST_BESIDE,
        columns=_points.task_names(summary.tasks) if len(summary.tasks) <= _points.COLUMNS else None,
        sections=sections(summary),
        names=frozenset(row.label for row in summary.standings),
        difference=difference,
        signs=_SIGNS,
        mark=_mark,
        symbols=_SYMBOLS,
    )


def lines(text: str) -> str:
    """Return text of several lines of which each is printable; a tab is four columns."""
    return "\n".join(line if line.isprintable() else visible(line.expandtabs(4)) for line in text.split("\n"))


def _shown(value: object) -> object:
    """Let nothing into the page that does not print; line breaks pass, and escaping comes after."""
    return value if isinstance(value, Markup) else visible(str(value), lines=True)


def _beside(name: str) -> Markup:
    """Return a file of the page's own, which is no text from outside."""
    return Markup(files("codestone.reports").joinpath("templates", "html", name).read_text("utf-8"))  # noqa: S704


def _library() -> Markup:
    """Return the plot library without its last line, which names a file that is not there."""
    text = files("codestone.reports").joinpath("vendor", "chart.umd.min.js").read_text("utf-8")
    return Markup(text.partition("\n//# sourceMappingURL")[0])  # noqa: S704  # vendored, its digest tested


def _policy(style: str, scripts: Iterable[str]) -> str:
    """Return the policy that lets these very texts run, and nothing else; nothing may be fetched."""
    allowed = " ".join(map(_source, scripts))
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_source(style)}; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _in_script(value: Any) -> Markup:
    """Return JSON that cannot end the element it stands in: ASCII, and no angle bracket."""
    text = json.dumps(value)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704


def _tied(standings: Iterable[Standing]) -> frozenset[int]:
    """Return the ranks that several share."""
    ranks = [row.rank for row in standings if row.rank is not None]
    return frozenset(rank for rank in ranks if ranks.count(rank) > 1)


def _by_task(summary: Summary) -> Iterator[tuple[Any, list[Cell]]]:
    of: dict[str, list[Cell]] = {task.id: [] for task in summary.tasks}
    for cell in summary.cells:
        of[cell.task].append(cell)
    return ((task, of[task.id]) for task in summary.tasks)


def _mark(cell: Cell) -> str:
    """Return how a cell went: "full" in every epoch, "none" of the points in any, "part"; "" unmeasured."""
    if not cell.n:
        return ""
    if cell.full.k == cell.full.n:
        return "full"
    return "part" if cell.best else "none"


def _endings(standings: Iterable[Standing]) -> list[tuple[str, list[int]]]:
    """Return each ending in words, with how often it was each standing's."""
    rows = [{ending.words: ending.n for ending in row.endings} for row in standings]
    return [(words, [row.get(words, 0) for row in rows]) for words in dict.fromkeys(chain(*rows))]


def _diff(text: str) -> Iterator[tuple[str, str]]:
    """Yield each line of a unified diff with what it is."""
    kinds = {"+": "added", "-": "removed", "@": "place"}
    return ((kinds.get(line[:1], ""), line) for line in lines(text).split("\n"))
