# canary 7c386303-0dd7-4deb-8dd7-00ea0de39655
"""Order statistics by comprehensions: two comparisons for each item and round, the dearest style within the budget."""

from random import Random


def kth_smallest(items, k):
    if not 0 < k <= len(items):
        raise ValueError("no such rank")
    return _find(list(items), k, Random(1))


def kth_largest(items, k):
    if not 0 < k <= len(items):
        raise ValueError("no such rank")
    return _find(list(items), len(items) - k + 1, Random(1))


def _find(pool, k, chance):
    pivot = chance.choice(pool)
    smaller = [item for item in pool if item < pivot]
    if k <= len(smaller):
        return _find(smaller, k, chance)
    larger = [item for item in pool if pivot < item]
    if k > len(pool) - len(larger):
        return _find(larger, k - (len(pool) - len(larger)), chance)
    return pivot
