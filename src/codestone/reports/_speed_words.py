"""How the figures of speed trials are written, the same in each report. Units change here; figures do not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from codestone.reports._table import Table
from codestone.reports._words import NOT_MEASURED, SCRIPTED, TO, duration, median, rate, short_median
from codestone.stats.summary import Median, SpeedTrials, SpeedTurn

HEADING = "Speed trials: one request at a time, alone on the machine, after a warm-up"
COLUMNS = ("request", "n", "prompt", "cached", "TTFT", "TTFO", "tokens/s", "wall")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One contestant's speed trials as a table and the lines below it."""

    title: str
    table: Table
    lines: tuple[tuple[str, str], ...]


def shown(trials: SpeedTrials) -> Shown:
    """Return what a report draws of one contestant."""
    title = f"{trials.contestant} {SCRIPTED}" if trials.scripted else trials.contestant
    return Shown(
        title=title,
        table=Table(columns=COLUMNS, rows=[_row(turn) for turn in trials.turns]),
        lines=tuple(_lines(trials)),
    )


def _row(turn: SpeedTurn) -> tuple[str, ...]:
    return (
        _name(turn),
        str(turn.n),
        short_median(turn.prompt_tokens, _whole),
        _cached(turn),
        short_median(turn.ttft, duration),
        short_median(turn.ttfo, duration),
        short_median(turn.tg, rate),
        short_median(turn.wall, duration),
    )


def _name(turn: SpeedTurn) -> str:
    return f"{turn.trial} {turn.turn}" if turn.shape == "conversation" else turn.trial


def _cached(turn: SpeedTurn) -> str:
    """Return cached tokens with their share: 729 (96%)."""
    if turn.cached_tokens is None:
        return NOT_MEASURED
    share = "" if turn.cached_share is None else f" ({100 * turn.cached_share.median:.0f}%)"
    return f"{_whole(turn.cached_tokens.median)}{share}"


def _lines(trials: SpeedTrials) -> Iterator[tuple[str, str]]:
    yield "pp_diff", _prefill(trials)
    yield "TTFT, cold", _waits(turn for turn in trials.turns if turn.shape != "conversation")
    yield "TTFT, warm", _waits(turn for turn in trials.turns if turn.turn > 1)
    for turn in trials.turns:
        if turn.turn == 1 and turn.shape != "conversation":
            yield f"tg {turn.trial}", _written(turn)
            if turn.icl_p50 is not None:
                yield f"ICL {turn.trial}", _gaps(turn)
    if trials.load_average is not None:
        yield "load", f"{median(trials.load_average, _plain)} before the trials"
    for turn in trials.turns:
        if turn.scaled:
            yield turn.trial, f"scaled down: {turn.scaled}"
    if trials.n < trials.planned:
        yield "missing", f"{trials.planned - trials.n} of {trials.planned} speed trials were not measured"
    if trials.stale:
        yield "stale", f"{trials.stale} records of other prompts not counted"


def _waits(turns: Iterable[SpeedTurn]) -> str:
    """Return TTFT of several requests, each with its spread."""
    return "; ".join(f"{_name(turn)} {median(turn.ttft, duration)}" for turn in turns) or NOT_MEASURED


def _prefill(trials: SpeedTrials) -> str:
    """Return differential prefill beside the server's own figure, which each large prompt brought."""
    server = next((turn.pp_server for turn in trials.turns if turn.shape == "large"), None)
    beside = f"; {median(server, rate)} · the server's" if server else ""
    found = trials.pp_diff
    if found is None:
        return f"{NOT_MEASURED}, {trials.pp_diff_why}{beside}"
    least, most = rate(found.least), "any" if found.most is None else rate(found.most)
    sizes = f"{_whole(found.small_tokens)} to {_whole(found.large_tokens)} uncached tokens"
    count = f"n {found.small} and {found.large}, {least}{TO}{most}"
    return f"{rate(found.tokens_per_second)} prompt tokens/s ({count}), {sizes} · our clock{beside}"


def _written(turn: SpeedTurn) -> str:
    server = f"; {median(turn.tg_server, rate)} · the server's" if turn.tg_server else ""
    if turn.tg is None:
        return f"{NOT_MEASURED}, {turn.tg_why}{server}"
    drafted = "" if turn.draft_accepted is None else f"; draft {_share(turn.draft_accepted)} accepted"
    return f"{median(turn.tg, rate)} tokens/s · our clock{server}{drafted}"


def _gaps(turn: SpeedTurn) -> str:
    """Return the gaps between arrivals, and the time for each token beside them."""
    named = {"p50": turn.icl_p50, "p90": turn.icl_p90, "p99": turn.icl_p99, "most": turn.icl_most}
    gaps = ", ".join(f"{name} {short_median(found, duration)}" for name, found in named.items())
    return f"{gaps}; ITL {short_median(turn.itl, duration)} (n {turn.n})"


def _share(found: Median) -> str:
    return f"{100 * found.median:.0f}%"


def _whole(tokens: float) -> str:
    return f"{tokens:.0f}"


def _plain(value: float) -> str:
    return f"{value:.1f}"
