"""Markdown, compact enough to paste in a forum: no address, no path outside the run directory."""

import jinja2

from codestone.reports import _points, _speed_words, _words
from codestone.reports._compared import comparison_words
from codestone.reports._safe import clipped, code_span, markdown
from codestone.reports._sections import sections
from codestone.reports._table import Table
from codestone.stats.summary import Summary

_DETAILED_CELLS = 6


class _Ready(str):
    """Text that is Markdown already and must not be escaped again."""

    __slots__ = ()


def render(summary: Summary) -> str:
    """Return the report; whatever a template prints is escaped unless it is a code span."""
    environment = jinja2.Environment(
        autoescape=jinja2.select_autoescape(()),  # Markdown is escaped by ``finalize``
        finalize=_escaped,
        keep_trailing_newline=True,
        loader=jinja2.PackageLoader("codestone.reports"),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["code"] = lambda text: _Ready(code_span(text))
    environment.filters["clipped"] = clipped
    environment.filters["timed"] = _speed_words.shown
    template = environment.get_template("markdown.md.jinja")
    return template.render(
        summary=summary,
        words=_words,
        timed=_speed_words,
        comparison_words=comparison_words,
        points=_points.by_task(summary),
        sections=sections(summary),
        table=_table,
        detailed=len(summary.cells) <= _DETAILED_CELLS,
        titles={task.id: task.title for task in summary.tasks},
        labels={(row.contestant, row.driver): row.label for row in summary.standings},
    )


def _escaped(value: object) -> str:
    return value if isinstance(value, _Ready) else markdown(str(value))


def _table(drawn: Table) -> _Ready:
    """Return a table as Markdown, each of its texts escaped."""
    rules = ["---" if place in drawn.words else "--:" for place in range(len(drawn.columns))]
    rows = [drawn.columns, *drawn.rows]
    head, *body = (f"| {' | '.join(map(markdown, row))} |" for row in rows)
    return _Ready("\n".join([head, f"|{'|'.join(rules)}|", *body]))
