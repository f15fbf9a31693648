"""Questions about order-stat.js: answers by value, costs by comparisons counted out here.

canary c0a9d3e4-5b1e-4a66-9d0f-71b2f8e6a913
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from math import inf, nan
from random import Random
from typing import Any

from codestone.grading import Callback, Candidate, Element, Finding, all_of, fail, ok

# Comparisons per item over ten calls: the 8 that were told, and some luck. README.md here has the figures.
BUDGET = 8.3
# Ordered and equal items are there for quadratic answers, which need 40 per item and more: allow for luck.
QUADRATIC = 24

DISTINCT = (
    [8],
    [3, 2],
    [6, 9, 4],
    [31, 7, 54, 12, 88, 23, 65, 40, 19],
    [-4, 12, -30, 7, 5, -18, 26, -1, 44, -9],
    [2.5, -0.25, 17.5, 3.75, 1.5],
)
REPEATED = (
    [4, 4],
    [3, 3, 3, 3, 3, 3, 3],
    [2, 1, 2, 1, 2],
    [5, 1, 9, 5, 1, 5, 9, 2, 6, 5],
    [7, 7, 7, 1, 7, 7, 9, 7],
)
NO_RANKS = (0, -1, -2, 4, 50, 1.5, 2.999, nan, inf, -inf)


def every_rank(candidate: Candidate) -> Finding:
    """Give the item of each rank, in arrays without repeats."""
    chance = candidate.random()
    more = [chance.sample(range(1, 1000), size) for size in (12, 20)]
    return all_of(_each_rank(candidate, [*DISTINCT, *more]))


def repeated_values(candidate: Candidate) -> Finding:
    """Give the item of each rank, in arrays with repeats."""
    chance = candidate.random(1)
    more = [chance.choices(range(1, 6), k=size) for size in (12, 30)]
    return all_of(_each_rank(candidate, [*REPEATED, *more]))


def largest(candidate: Candidate) -> Finding:
    """Count ranks from the largest item too."""
    compare = _compare(candidate)
    return all_of(
        candidate.ask("kthLargest", items, k, compare).gives(sorted(items)[-k])
        for items in DISTINCT
        for k in range(1, len(items) + 1)
    )


def default_order(candidate: Candidate) -> Finding:
    """Order numbers as numbers and strings by their code units when compare is left out."""

    def found() -> Iterator[Finding]:
        for items in ([10, 9, 2, 33, 1], [-1, -10, 5, 3], [0.5, 12.25, 100.5], ["b", "a", "C", "ab", "é"]):
            for k, expected in enumerate(sorted(items), start=1):
                yield candidate.ask("kthSmallest", items, k).gives(expected)
                yield candidate.ask("kthLargest", items, len(items) + 1 - k).gives(expected)

    return all_of(found())


def any_sign(candidate: Candidate) -> Finding:
    """Take any number below or above 0 from compare, in whatever order it puts the items."""
    items = [5, 12, 3, 9, 1, 7]

    def found() -> Iterator[Finding]:
        wide = candidate.callback(lambda a, b: 10 * (a - b), name="(a, b) => 10 * (a - b)")
        narrow = candidate.callback(lambda a, b: (a - b) / 64, name="(a, b) => (a - b) / 64")
        down = candidate.callback(lambda a, b: 3 * (b - a), name="(a, b) => 3 * (b - a)")
        for compare, k in product((wide, narrow), range(1, 7)):
            yield candidate.ask("kthSmallest", items, k, compare).gives(sorted(items)[k - 1])
        for k in range(1, 7):
            yield candidate.ask("kthSmallest", items, k, down).gives(sorted(items)[-k])
            yield candidate.ask("kthLargest", items, k, down).gives(sorted(items)[k - 1])

    return all_of(found())


def rank_out_of_range(candidate: Candidate) -> Finding:
    """Refuse a rank that is no whole number, below 1 or beyond the last, from either end."""
    compare = _compare(candidate)
    return all_of(
        candidate.ask(function, [5, 3, 8], k, compare).raises("RangeError")
        for function, k in product(("kthSmallest", "kthLargest"), NO_RANKS)
    )


def empty_input(candidate: Candidate) -> Finding:
    """Refuse every rank where there are no items."""
    return all_of(
        candidate.ask(function, empty, 1).raises("RangeError")
        for function, empty in product(("kthSmallest", "kthLargest"), ([], "", set()))
    )


def items_unchanged(candidate: Candidate) -> Finding:
    """Leave the caller's array as it was, whatever is asked."""
    items = [9, 3, 7, 1, 8, 2]
    compare = _compare(candidate)

    def found() -> Iterator[Finding]:
        held = candidate.hold(items)
        yield candidate.ask("kthSmallest", held, 1, compare).gives(1)
        for function, k in product(("kthSmallest", "kthLargest"), range(1, 7)):
            candidate.ask(function, held, k, compare)
            yield held.value().gives(items)

    return all_of(found())


def any_iterable(candidate: Candidate) -> Finding:
    """Take typed arrays, strings, sets and iterators as well as arrays."""
    compare = _compare(candidate)

    def found() -> Iterator[Finding]:
        for items in (bytes([30, 10, 200, 20]), {40, 7, 19, 3}, "planet"):
            for k, expected in enumerate(sorted(items), start=1):
                yield candidate.ask("kthSmallest", items, k, compare).gives(expected)
                yield candidate.ask("kthLargest", items, k, compare).gives(sorted(items)[-k])
        for k, expected in ((1, 3), (3, 8)):
            once = candidate.hold([8, 3, 5]).new("values")
            yield candidate.ask("kthSmallest", once, k, compare).gives(expected)

    return all_of(found())


def changed_items(candidate: Candidate) -> Finding:
    """Answer for what an array holds now, when it was changed since the last call."""
    compare = _compare(candidate)

    def found() -> Iterator[Finding]:
        held = candidate.hold([4, 9, 1, 7])
        yield candidate.ask("kthSmallest", held, 1, compare).gives(1)
        held.call("splice", held.call("indexOf", 1).value, 1, 6)
        yield candidate.ask("kthSmallest", held, 1, compare).gives(4)
        held.call("push", 2)
        yield candidate.ask("kthSmallest", held, 1, compare).gives(2)

    return all_of(found())


def falsy_answers(candidate: Candidate) -> Finding:
    """Give a value that counts as false like any other."""
    compare = _compare(candidate)
    cases: tuple[tuple[list[Any], int], ...] = (([3, -2, 0, 5, -7], 3), ([1, 0, 4], 1), (["b", "", "a"], 1))
    return all_of(
        candidate.ask("kthSmallest", items, k, compare).gives(sorted(items)[k - 1]) for items, k in cases
    )


def few_comparisons(candidate: Candidate) -> Finding:
    """Find ranks above the middle of shuffled items, no two equal, within the budget."""
    return _within(candidate, [(_shuffled(range(1000), k), k) for k in range(600, 1000, 40)], BUDGET)


def ordered_comparisons(candidate: Candidate) -> Finding:
    """Find the middle of items in order without quadratic work."""
    ascending = list(range(200))
    return _within(candidate, [(ascending, 100), (ascending[::-1], 100)] * 4, QUADRATIC)


def equal_comparisons(candidate: Candidate) -> Finding:
    """Find the middle of items that are all equal, or of three kinds, without quadratic work."""
    cases = [case for seed in range(4) for case in (([0] * 200, 100), (_shuffled([0, 1, 2] * 67, seed), 100))]
    return _within(candidate, cases, QUADRATIC)


def _compare(candidate: Candidate) -> Callback:
    """Return a compare for values that Python can order: -1, 0 or 1."""
    return candidate.callback(lambda a, b: int(a > b) - int(a < b), name="compare")


def _each_rank(candidate: Candidate, arrays: Iterable[list[Any]]) -> Iterator[Finding]:
    """Ask for every rank of every array."""
    compare = _compare(candidate)
    for items in arrays:
        for k, expected in enumerate(sorted(items), start=1):
            yield candidate.ask("kthSmallest", items, k, compare).gives(expected)


def _within(candidate: Candidate, cases: list[tuple[list[int], int]], budget: float) -> Finding:
    """Tell whether each case gives an element of its rank, and all need ``budget`` comparisons per item."""
    compare, asked = candidate.comparator(), 0
    allowed = budget * sum(len(ranks) for ranks, _ in cases)
    for ranks, k in cases:
        expected = sorted(ranks)[k - 1]
        answer = candidate.ask("kthSmallest", candidate.elements(ranks), k, compare)
        found = answer.satisfies(_has_rank(expected), f"the element of rank {expected}")
        asked += len(ranks)
        if not found.passed:
            return found
        if candidate.comparisons > allowed:
            spent = f"{candidate.comparisons} comparisons for {asked} items"
            return fail(f"{spent}; at most {budget} per item, {allowed:.0f} for all {len(cases)} calls")
    return ok(f"{candidate.comparisons / asked:.2f} comparisons per item over {len(cases)} calls")


def _has_rank(rank: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, Element) and value.rank == rank


def _shuffled(ranks: Iterable[int], seed: int) -> list[int]:
    order = list(ranks)
    Random(seed).shuffle(order)
    return order
