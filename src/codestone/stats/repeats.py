"""What repeats promise: pass@k (one of k succeeds) and pass^k (all k do), without bias. Pure.

Of n epochs of a cell c earned every point. With k of the n drawn without replacement:

    pass@k = 1 - C(n - c, k) / C(n, k)        pass^k = C(c, k) / C(n, k)

Sources: Chen et al., Evaluating Large Language Models Trained on Code (2021) for pass@k; Yao et al.,
tau-bench (2024) for pass^k. Not covered: copies of one reply, which are no repeats; a cell counts them.
"""

import math
from collections.abc import Sequence

from codestone.stats.intervals import wilson
from codestone.stats.spread import mean_of
from codestone.stats.summary import Cell, Estimate, RepeatedCell, Repeats

_SHOWN = (1, 2, 3, 5, 10)


def pass_at(k: int, *, passed: int, n: int) -> float:
    """Return pass@k: how likely at least one of k epochs earns every point."""
    _require(k, passed, n)
    return 1 - math.comb(n - passed, k) / math.comb(n, k)


def pass_all(k: int, *, passed: int, n: int) -> float:
    """Return pass^k: how likely all of k epochs earn every point."""
    _require(k, passed, n)
    return math.comb(passed, k) / math.comb(n, k)


def repeats_of_cell(passed: int, n: int) -> tuple[RepeatedCell, ...]:
    """Return both for each k up to n that is shown; nothing with fewer than two epochs.

    The intervals are those of Wilson for c/n, put into 1 - (1 - p)^k and p^k, and widened where the
    estimate lies outside: it can, for 2 of 3 have never been 3 of 3.
    """
    if n < 2:
        return ()
    low, high = wilson(passed, n)
    return tuple(
        RepeatedCell(
            k=k,
            any_passes=_within(pass_at(k, passed=passed, n=n), 1 - (1 - low) ** k, 1 - (1 - high) ** k, n=n),
            all_pass=_within(pass_all(k, passed=passed, n=n), low**k, high**k, n=n),
        )
        for k in _SHOWN
        if k <= n
    )


def repeats_over_tasks(cells: Sequence[Cell]) -> tuple[Repeats, ...]:
    """Return the means over tasks, for each k that every measured task has epochs for."""
    counts = [(cell.full.k, cell.n) for cell in cells if cell.n]
    most = min((n for _, n in counts), default=0)
    return tuple(
        Repeats(
            k=k,
            any_passes=mean_of([pass_at(k, passed=passed, n=n) for passed, n in counts]),
            all_pass=mean_of([pass_all(k, passed=passed, n=n) for passed, n in counts]),
        )
        for k in _SHOWN
        if 1 < most >= k
    )


def _within(value: float, low: float, high: float, *, n: int) -> Estimate:
    return Estimate(value=value, n=n, low=min(low, value), high=max(high, value))


def _require(k: int, passed: int, n: int) -> None:
    if not 1 <= k <= n or not 0 <= passed <= n:
        raise ValueError(f"no such repeats: k={k}, passed={passed}, n={n}")
