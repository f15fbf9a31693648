"""The table of ratios, drawn from the results, and its place in the README. Pure but for that file."""

import math
import re
from pathlib import Path

from benchmarks.results import Results, Row

README = Path(__file__).resolve().parents[1] / "README.md"
BLOCK = re.compile(r"(<!-- figures -->\n).*?(<!-- /figures -->)", re.DOTALL)
HEAD = (
    "| figure | Codestone | llama-benchy | bare | of llama-benchy | of bare | wanted | n |",
    "|---|---|---|---|---|---|---|---|",
)
MOST_DIGITS = 3
LEAST_RATIO = 0.001


def draw(results: Results) -> str:
    """Return the table, with one line on what it was measured on."""
    parts = results.parts.values()
    lines = [*HEAD, *(_line(row) for part in parts for row in part.rows)]
    days = sorted({part.date[:10] for part in parts})
    loads = [part.load for part in parts]
    when = " to ".join(dict.fromkeys([days[0], days[-1]])) if days else "never"
    load = f"load average {min(loads):.1f} to {max(loads):.1f}" if loads else "no load known"
    machine = ", ".join(f"{value}" for value in results.machine.values())
    return "\n".join([f"Measured {when} on {machine}; {load}.", "", *lines, ""])


def placed(text: str, table: str) -> str:
    """Return a text with the table between its markers; ValueError unless it has exactly one pair."""
    if len(BLOCK.findall(text)) != 1:
        raise ValueError("there must be one <!-- figures --> … <!-- /figures -->")
    return BLOCK.sub(lambda found: f"{found[1]}{table}{found[2]}", text)


def number(value: float) -> str:
    """Return a figure with three significant digits, a count with all of them; thousands in groups."""
    if isinstance(value, int) or value == 0:
        return f"{value:,.0f}"
    digits = MOST_DIGITS - 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, digits):,.{max(0, digits)}f}"


def met(row: Row) -> bool | None:
    """Tell whether a row is within all its limits; None where it has none, or was not measured."""
    if row.codestone is None:
        return None
    held = []
    if row.limit is not None:
        held.append(row.codestone <= row.limit)
    if row.share is not None and row.llama_benchy is not None:
        held.append(row.codestone <= row.share * row.llama_benchy)
    return all(held) if held else None


def _line(row: Row) -> str:
    bare = _with_unit(row.bare, row.unit) + (f" ({row.bare_is})" if row.bare is not None else "")
    cells = (
        row.figure,
        _with_unit(row.codestone, row.unit),
        _with_unit(row.llama_benchy, row.unit),
        bare,
        _ratio(row.codestone, row.llama_benchy),
        _ratio(row.codestone, row.bare),
        _wanted(row),
        f"{row.n:,}",
    )
    return f"| {' | '.join(cells)} |"


def _with_unit(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{number(value)} {unit}".strip()


def _ratio(own: float | None, other: float | None) -> str:
    if own is None or not other:
        return "-"
    return number(own / other) if own / other >= LEAST_RATIO else f"< {LEAST_RATIO}"


def _wanted(row: Row) -> str:
    limits = [f"≤ {number(row.limit)} {row.unit}".strip()] if row.limit is not None else []
    limits += [f"≤ {number(row.share)} of llama-benchy's"] if row.share is not None else []
    state = {True: " ✓", False: " ✗ missed", None: ""}[met(row)]
    return " and ".join(limits) + state if limits else ""
