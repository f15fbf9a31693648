"""The verdict of a comparison in words, and what it would take to tell two contestants apart. Pure."""

import math
from typing import NamedTuple

from codestone.stats.intervals import CONFIDENCE, FEW
from codestone.stats.power import Spread, passes_to_show, tasks_to_show
from codestone.stats.summary import Verdict

_SMALL = 0.005
"""Differences below half a point of 100 are not worth a night: nothing is said of what would show them."""


class Needs(NamedTuple):
    """About how many more passes, or tasks, would show a difference; None: no number is known that would."""

    passes: int | None
    tasks: int | None


def needs_of(
    difference: float, *, tasks: int, epochs: int, spread: Spread, confidence: float = CONFIDENCE
) -> Needs:
    """Return how many more passes, or more tasks, would show a difference of this size.

    As ``power.py`` has it, and never fewer units than sign flips need: 2 / 2^n <= 1 - confidence. Below FEW
    tasks, passes count trials on these tasks: their noise alone is in the way, so ``between`` is 0 and each
    pair of trials is a unit. With several comparisons ``confidence`` is that of the strictest.
    """
    gap = min(abs(difference), 1.0)
    if gap < _SMALL:
        return Needs(None, None)
    least = least_units(1 - confidence)
    wanted = tasks_to_show(gap, epochs=epochs, spread=spread, confidence=confidence)
    more_tasks = None if wanted is None else max(1, max(wanted, least) - tasks)
    if tasks >= FEW:
        enough = tasks >= least
        passes = passes_to_show(gap, tasks=tasks, spread=spread, confidence=confidence) if enough else None
    else:
        noise = Spread(between=0.0, within=spread.within)
        trials = tasks_to_show(gap, epochs=1, spread=noise, confidence=confidence)
        passes = None if trials is None else math.ceil(max(trials, least) / tasks)
    return Needs(None if passes is None else max(1, passes - epochs), more_tasks)


def least_units(level: float = 1 - CONFIDENCE) -> int:
    """Return with how many units sign flips can reach a level at all: 2 / 2^n <= level."""
    return math.ceil(math.log2(2 / level) - 1e-9)


def verdict_words(verdict: Verdict, *, tasks: int, matched: str, needs: Needs, units: str = "") -> str:
    """Return it as a reader would be told.

    ``matched`` says what trials that are alike have in common, ``units`` what there was to compare.
    """
    match verdict:
        case "not compared":
            return "not compared: no task and epoch that both have"
        case "tied":
            return f"tied: {matched}"
        case "better" | "worse":
            return verdict if tasks >= FEW else f"{verdict} on {_these(tasks)} (others may differ)"
        case "too few to tell":
            return f"too few to tell: with {units} this test can show no difference{_settling(needs, tasks)}"
    return f"no detectable difference{_more(needs, few=tasks < FEW, these=_these(tasks))}"


def _more(needs: Needs, *, few: bool, these: str) -> str:
    passes = None if needs.passes is None else _count(needs.passes, "more pass", "more passes")
    tasks = None if needs.tasks is None else _count(needs.tasks, "more task", "more tasks")
    if passes and few:
        passes += f" of {these}"
    match passes, tasks:
        case None, None:
            return ""
        case None, _:
            return f"; about {tasks} would show one of this size, more passes alone would not"
        case _, None:
            return f"; about {passes} would show one of this size"
    return f"; about {passes}, or {tasks}, would show one of this size"


def _settling(needs: Needs, tasks: int) -> str:
    """Return what would settle a difference of this size; more passes speak for these very tasks only."""
    more = [] if needs.tasks is None else [_count(needs.tasks, "more task", "more tasks")]
    if needs.passes is not None:
        of = f" of {_these(tasks)}, for {'it' if tasks == 1 else 'them'} alone" if tasks < FEW else ""
        more.append(f"{_count(needs.passes, 'more pass', 'more passes')}{of}")
    comma = "," if len(more) > 1 or needs.tasks is None else ""
    return f"; about {', or '.join(more)}{comma} would settle one of this size" if more else ""


def _these(tasks: int) -> str:
    return "this task" if tasks == 1 else f"these {tasks} tasks"


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"
