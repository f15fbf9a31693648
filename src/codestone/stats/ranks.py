"""Ranks: competition ranking, as sport has it."""

from collections.abc import Sequence

_DIGITS = 9


def ranks(points: Sequence[float]) -> list[int]:
    """Return the rank of each, the most points first; ties share one: 90, 80, 80, 70 give 1, 2, 2, 4.

    Points that differ by less than a billionth are equal: sums of floats do not make a winner.
    """
    rounded = [round(value, _DIGITS) for value in points]
    first: dict[float, int] = {}
    for place, value in enumerate(sorted(rounded, reverse=True), start=1):
        first.setdefault(value, place)
    return [first[value] for value in rounded]
