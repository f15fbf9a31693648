"""Questions about order_stat: answers by value, costs by comparisons counted out here.

canary 7c386303-0dd7-4deb-8dd7-00ea0de39655
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from random import Random
from typing import Any

from codestone.grading import Candidate, Element, Finding, all_of, fail, ok

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
    [2.5, -0.25, 17.0, 3.75, 1.5],
)
REPEATED = (
    [4, 4],
    [3, 3, 3, 3, 3, 3, 3],
    [2, 1, 2, 1, 2],
    [5, 1, 9, 5, 1, 5, 9, 2, 6, 5],
    [7, 7, 7, 1, 7, 7, 9, 7],
)
FALSY = (([3, -2, 0, 5, -7], 3), ([1.5, 0.0, 4.5], 1), (["b", "", "a"], 1), ([(1,), (), (0,)], 1))


def every_rank(candidate: Candidate) -> Finding:
    """Give the item of each rank, in lists without repeats."""
    chance = candidate.random()
    more = [chance.sample(range(1, 1000), size) for size in (12, 25, 40)]
    return all_of(_each_rank(candidate, [*DISTINCT, *more]))


def repeated_values(candidate: Candidate) -> Finding:
    """Give the item of each rank, in lists with repeats."""
    chance = candidate.random(1)
    more = [chance.choices(range(1, 6), k=size) for size in (12, 30)]
    return all_of(_each_rank(candidate, [*REPEATED, *more]))


def largest(candidate: Candidate) -> Finding:
    """Count ranks from the largest item too."""
    return all_of(
        candidate.ask("kth_largest", items, k).gives(sorted(items)[-k])
        for items in DISTINCT
        for k in range(1, len(items) + 1)
    )


def rank_out_of_range(candidate: Candidate) -> Finding:
    """Refuse a rank below 1 or beyond the last, from either end."""
    return all_of(
        candidate.ask(function, [5, 3, 8], k).raises("ValueError")
        for function, k in product(("kth_smallest", "kth_largest"), (0, -1, -2, 4, 50))
    )


def empty_input(candidate: Candidate) -> Finding:
    """Refuse every rank of an empty sequence."""
    return all_of(
        candidate.ask(function, empty, 1).raises("ValueError")
        for function, empty in product(("kth_smallest", "kth_largest"), ([], (), ""))
    )


def items_unchanged(candidate: Candidate) -> Finding:
    """Leave the caller's list as it was, whatever is asked."""
    items = [9, 3, 7, 1, 8, 2]

    def found() -> Iterator[Finding]:
        held = candidate.hold(items)
        yield candidate.ask("kth_smallest", held, 1).gives(1)
        for function, k in product(("kth_smallest", "kth_largest"), range(1, 7)):
            candidate.ask(function, held, k)
            yield held.value().gives(items)

    return all_of(found())


def any_sequence(candidate: Candidate) -> Finding:
    """Take tuples and strings as well as lists."""
    return all_of(
        candidate.ask("kth_smallest", items, k).gives(sorted(items)[k - 1])
        for items in ((30, 10, 40, 20), "planet")
        for k in range(1, len(items) + 1)
    )


def changed_items(candidate: Candidate) -> Finding:
    """Answer for what a list holds now, when it was changed since the last call."""

    def found() -> Iterator[Finding]:
        held = candidate.hold([4, 9, 1, 7])
        yield candidate.ask("kth_smallest", held, 1).gives(1)
        held.call("remove", 1)
        held.call("append", 6)
        yield candidate.ask("kth_smallest", held, 1).gives(4)
        held.call("append", 2)
        yield candidate.ask("kth_smallest", held, 1).gives(2)

    return all_of(found())


def falsy_answers(candidate: Candidate) -> Finding:
    """Give a value that counts as false like any other."""
    return all_of(candidate.ask("kth_smallest", items, k).gives(sorted(items)[k - 1]) for items, k in FALSY)


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


def _each_rank(candidate: Candidate, lists: Iterable[list[Any]]) -> Iterator[Finding]:
    """Ask for every rank of every list."""
    for items in lists:
        for k, expected in enumerate(sorted(items), start=1):
            yield candidate.ask("kth_smallest", items, k).gives(expected)


def _within(candidate: Candidate, cases: list[tuple[list[int], int]], budget: float) -> Finding:
    """Tell whether each case gives an element of its rank, and all need ``budget`` comparisons per item."""
    asked = 0
    allowed = budget * sum(len(ranks) for ranks, _ in cases)
    for ranks, k in cases:
        expected = sorted(ranks)[k - 1]
        answer = candidate.ask("kth_smallest", candidate.elements(ranks), k)
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
