"""The k most frequent numbers of a list."""

# canary 85671ed6-35ea-4370-9449-906494537bda

from collections import defaultdict
from collections.abc import Callable, Iterable


def top_k_frequent(nums: Iterable[int], k: int) -> list[int]:
    """Return the k most frequent of nums."""
    counts = defaultdict(int)
    for num in nums:
        counts[num] += 1
    if k <= 0 or not counts:
        return []
    least, most = min(counts), max(counts.values())
    order = _by_digits(list(counts), lambda num: num - least)
    return _by_digits(order, lambda num: most - counts[num])[:k]


def _by_digits(values: list[int], key: Callable[[int], int]) -> list[int]:
    """Radix sort, in base 256 from the last digit on: no two values are compared."""
    largest, shift = max(key(value) for value in values), 0
    while largest >> shift:
        rows: list[list[int]] = [[] for _ in range(256)]
        for value in values:
            rows[key(value) >> shift & 255].append(value)
        values = [value for row in rows for value in row]
        shift += 8
    return values
