"""What a run can show, in words: which difference would stay hidden, and what would bring it out. Pure."""

from codestone.stats.intervals import FEW
from codestone.stats.power import ASSUMED, Spread, detectable_gap, passes_to_show, tasks_to_show

_HELPS = 0.02
"""More passes are worth naming from 2 points of 100 up."""
_MANY_PASSES = 10**6


def gap_words(*, tasks: int, epochs: int, spread: Spread = ASSUMED) -> str:
    """Return it as one sentence; points are of 100, differences smaller than the first one may not show."""
    run = f"{_count(tasks, 'task', 'tasks')} x {_count(epochs, 'pass', 'passes')}"
    if tasks < 2:
        return f"with {run} no difference would show: one task says nothing of others, whatever the passes"
    gap = detectable_gap(tasks=tasks, epochs=epochs, spread=spread)
    if gap is None:
        return (
            f"with {run} no difference would show, not even all against nothing{_tasks(0.5, epochs, spread)}"
        )
    return f"with {run} a difference below {_points(gap)} points of 100 would not show" + (
        (_passes(gap, tasks=tasks, epochs=epochs, spread=spread) or _tasks(gap / 2, epochs, spread))
        + (f"; of other tasks fewer than {FEW} tell nothing" if tasks < FEW else "")
    )


def _passes(gap: float, *, tasks: int, epochs: int, spread: Spread) -> str:
    """Return how many passes halve the way to the least that passes can show; "" where they hardly help."""
    least = detectable_gap(tasks=tasks, epochs=_MANY_PASSES, spread=spread)
    assert least is not None  # it is smaller than ``gap``
    wanted = (gap + least) / 2
    passes = passes_to_show(wanted, tasks=tasks, spread=spread)
    if passes is None or gap - wanted < _HELPS:
        return ""
    return f"; {_more(passes - epochs, 'pass', 'passes')} would show {_points(wanted)}"


def _tasks(gap: float, epochs: int, spread: Spread) -> str:
    tasks = tasks_to_show(gap, epochs=epochs, spread=spread)
    return "" if tasks is None else f"; {tasks} tasks would show {_points(gap)}"


def _points(share: float) -> str:
    return f"{100 * share:.0f}"


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def _more(n: int, one: str, many: str) -> str:
    return f"{n} more {one if n == 1 else many}"
