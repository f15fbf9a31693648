"""Student's t with whole degrees of freedom: its quantile, and the power of a t test. Standard library only.

Covered: df >= 1, to about six digits (Simpson's rule); the quantile is a root, found by secants. Not covered:
fractional df, and tails beyond 1e-9, where the rule's own error would show.
"""

import math
from collections.abc import Callable
from functools import cache

_ROOT_2 = math.sqrt(2)


@cache
def t_quantile(share: float, df: int) -> float:
    """Return t with P(T <= t) = ``share`` for T of ``df`` degrees of freedom; 0.5 <= share < 1."""
    if not 0.5 <= share < 1 or df < 1:
        raise ValueError(f"no such quantile: share={share}, df={df}")
    if df == 1:
        return math.tan(math.pi * (share - 0.5))  # so far out that the rule's steps would pass over it
    return _root(lambda t: t_below(t, df) - share)


@cache
def t_below(t: float, df: int) -> float:
    """Return P(T <= t), T = Z / sqrt(V / df) with V chi-square: the mean of Φ(t·s) over s = sqrt(V / df)."""
    return _mean_over_chi(lambda s: _normal_below(t * s), df)


def t_power(shift: float, *, df: int, confidence: float) -> float:
    """Return how often a two-sided t test finds a true difference of ``shift`` standard errors.

    P(abs(T') > t*) with T' = (Z + shift) / s, s = sqrt(V / df) and t* the (1 + confidence) / 2 quantile:
    the mean over s of Φ(shift - t*·s) + Φ(-shift - t*·s). Source: Johnson, Kotz & Balakrishnan, Continuous
    Univariate Distributions 2 (1995), chapter 31.
    """
    critical = t_quantile((1 + confidence) / 2, df)
    return _mean_over_chi(
        lambda s: _normal_below(shift - critical * s) + _normal_below(-shift - critical * s), df
    )


@cache
def t_shift(*, df: int, power: float, confidence: float) -> float:
    """Return the true difference, in standard errors, that a two-sided t test finds with ``power``."""
    return _root(lambda shift: t_power(shift, df=df, confidence=confidence) - power)


def _normal_below(z: float) -> float:
    """Return Φ(z)."""
    return 0.5 * (1 + math.erf(z / _ROOT_2))


def _root(rising: Callable[[float], float]) -> float:
    """Return where a rising function of x >= 0 passes zero: regula falsi, in the way of Illinois."""
    low, high, below, above = 0.0, 1.0, rising(0.0), rising(1.0)
    while above < 0:
        low, high, below, above = high, 2 * high, above, rising(2 * high)
    side = 0
    while high - low > 1e-7 * (1 + high) and above > below:
        middle = min(max((low * above - high * below) / (above - below), low), high)
        found = rising(middle)
        if abs(found) < 1e-10:
            return middle
        if found < 0:
            low, below, above, side = middle, found, above / 2 if side < 0 else above, -1
        else:
            high, above, below, side = middle, found, below / 2 if side > 0 else below, 1
    return (low + high) / 2


def _mean_over_chi(value: Callable[[float], float], df: int) -> float:
    """Return E[value(s)], s = sqrt(V / df) with V chi-square of ``df``."""
    return sum([weight * value(s) for s, weight in _nodes(df)])


@cache
def _nodes(df: int) -> tuple[tuple[float, float], ...]:
    """Return Simpson's nodes s, each with its weight times the density, ∝ s^(df-1)·exp(-df·s²/2)."""
    spread = 1 / math.sqrt(2 * df)
    low, high = max(0.0, 1 - 12 * spread), 1 + 12 * spread
    constant = math.log(2) + df / 2 * math.log(df / 2) - math.lgamma(df / 2)
    steps = 800 if df < 3 else 200 if df < 30 else 64  # the more df, the nearer to a normal density
    width = (high - low) / steps
    nodes = []
    for step in range(steps + 1):
        s = low + step * width
        if s == 0 and df > 1:
            continue  # the density is 0 there, and its logarithm nowhere
        density = math.exp(constant + ((df - 1) * math.log(s) if df > 1 else 0.0) - df * s * s / 2)
        weight = 1 if step in {0, steps} else 4 if step % 2 else 2
        nodes.append((s, weight * density * width / 3))
    return tuple(nodes)
