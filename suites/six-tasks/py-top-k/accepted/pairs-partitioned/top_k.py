"""The k most frequent numbers of a list."""

# canary 85671ed6-35ea-4370-9449-906494537bda

import random
from typing import List, Tuple

Pair = Tuple[int, int]


def top_k_frequent(nums: "List[int]", k: int) -> "List[int]":
    """Return the k most frequent of nums."""
    counts = {}
    for num in nums:
        counts.setdefault(num, [0])[0] += 1
    pairs = [(-times[0], num) for num, times in counts.items()]
    return [num for _, num in sorted(_first(pairs, k))]


def _first(pairs: List[Pair], room: int) -> List[Pair]:
    if room <= 0:
        return []
    if room >= len(pairs):
        return pairs
    pivot = random.choice(pairs)
    before = [pair for pair in pairs if pair < pivot]
    if room <= len(before):
        return _first(before, room)
    after = [pair for pair in pairs if pair > pivot]
    return before + [pivot] + _first(after, room - len(before) - 1)
