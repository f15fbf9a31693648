"""Which plots of a summary a page draws, as data: figures of the summary, in the units of the axes."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from codestone.reports import _words as words
from codestone.reports._safe import clipped, visible
from codestone.stats.summary import Median, SpeedTrials, SpeedTurn, Summary

Plot = dict[str, Any]
"""``title``, ``note``, ``unit`` and ``rows``, of which each has ``label``, ``words``, ``middle`` and ends."""
Show = Callable[[float], str]

_SECONDS = ("seconds, less is better", 1e9, words.duration)
_RATE = ("tokens/s, more is better", 1.0, words.rate)
_REPLIES: tuple[tuple[str, str, tuple[str, float, Show]], ...] = (
    ("wall", "Wall time of a reply", _SECONDS),
    ("ttft_uncached", "Time to first token, nothing cached", _SECONDS),
    ("ttft_cached", "Time to first token, prefix cached", _SECONDS),
    ("ttft_untold", "Time to first token, cache not told", _SECONDS),
    ("tg", "Generation by our clock", _RATE),
    ("pp_server", "Prompt reading, as the server says", _RATE),
)
_TURNS: tuple[tuple[str, str, tuple[str, float, Show]], ...] = (
    ("ttft", "Time to first token", _SECONDS),
    ("tg", "Generation by our clock", _RATE),
)


def shares(summary: Summary) -> dict[str, Plot]:
    """Return points of points possible with their interval, and against the time of a reply."""
    return _telling({"plot-share": _share(summary), "plot-share-wall": _share_against_wall(summary)})


def replies(summary: Summary) -> dict[str, Plot]:
    """Return how fast replies in graded trials were."""
    named = [(row.label, row.speed) for row in summary.standings]
    return _telling(
        {
            f"plot-{field}": _medians(title, ((name, getattr(speed, field)) for name, speed in named), axis)
            for field, title, axis in _REPLIES
        }
    )


def trials(summary: Summary) -> dict[str, Plot]:
    """Return how fast speed trials were: prompt reading, then each kind of turn."""
    rows = summary.speed_trials
    turns = {
        (turn.trial, turn.turn): f"{turn.trial}{f' {turn.turn}' if turn.shape == 'conversation' else ''}"
        for row in rows
        for turn in row.turns
    }
    drawn = {"plot-pp-diff": _pp_diff(rows)}
    for field, title, axis in _TURNS:
        for (trial, turn), name in turns.items():
            found = ((_named(row), getattr(one, field)) for row in rows for one in _turns(row, trial, turn))
            drawn[f"plot-{field}-{trial}-{turn}"] = _medians(f"{title}: {name}", found, axis)
    return _telling(drawn)


def _telling(drawn: dict[str, Plot]) -> dict[str, Plot]:
    """Return the plots with two rows at least: one tells nothing that its table does not."""
    return {name: plot for name, plot in drawn.items() if len(plot["rows"]) > 1}


def _share(summary: Summary) -> Plot:
    rows = [
        _row(
            row.label,
            words.mean_share(row.share),
            100 * row.share.mean,
            ends=(_percent(row.share.low), _percent(row.share.high)),
        )
        for row in summary.standings
        if row.share
    ]
    return {
        "title": "Mean share of the points",
        "unit": "% of the points",
        "note": "% of the points; bar: interval over tasks",
        "most": 100,
        "rows": rows,
    }


def _share_against_wall(summary: Summary) -> Plot:
    rows = [
        {
            "label": _label(row.label),
            "across": row.speed.wall.median / 1e9,
            "middle": 100 * row.share.mean,
            "words": f"{words.mean_share(row.share)}, {words.duration(row.speed.wall.median)} a reply",
        }
        for row in summary.standings
        if row.share and row.speed.wall
    ]
    return {
        "title": "Points against time",
        "unit": "% of the points",
        "note": "further up and further left is better",
        "across": "wall time of a reply, median, seconds",
        "most": 100,
        "rows": rows,
    }


def _medians(title: str, found: Iterable[tuple[str, Median | None]], axis: tuple[str, float, Show]) -> Plot:
    """Return medians with their least and most, of those that have the figure."""
    unit, one, show = axis
    rows = [
        _row(name, words.median(each, show), each.median / one, ends=(each.least / one, each.most / one))
        for name, each in found
        if each
    ]
    return {"title": title, "unit": unit, "note": f"{unit}; bar: least to most", "rows": rows}


def _pp_diff(rows: Iterable[SpeedTrials]) -> Plot:
    unit = _RATE[0]
    drawn = [
        _row(
            _named(row),
            f"{words.rate(row.pp_diff.tokens_per_second)} tokens/s",
            row.pp_diff.tokens_per_second,
            ends=(row.pp_diff.least, row.pp_diff.most),
        )
        for row in rows
        if row.pp_diff
    ]
    return {
        "title": "Prompt reading (pp_diff)",
        "unit": unit,
        "note": f"{unit}; bar: all pairs",
        "rows": drawn,
    }


def _turns(row: SpeedTrials, trial: str, turn: int) -> Iterator[SpeedTurn]:
    return (one for one in row.turns if (one.trial, one.turn) == (trial, turn))


def _row(name: str, told: str, middle: float, *, ends: tuple[float | None, float | None]) -> dict[str, Any]:
    low, high = ends if None not in ends else (None, None)
    return {"label": _label(name), "words": told, "middle": middle, "low": low, "high": high}


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _named(row: SpeedTrials) -> str:
    return f"{row.contestant} {words.SCRIPTED}" if row.scripted else row.contestant


def _label(name: str) -> str:
    return clipped(visible(name), 60)
