"""Whole lists go through map and filter until just k pairs are chosen. canary 85671ed6-35ea-4370-9449-906494537bda"""

from __future__ import annotations

import random
from functools import reduce

Pair = tuple[int, int]


def _counted(counts: dict[int, int], num: int) -> dict[int, int]:
    counts[num] = counts.get(num, 0) + 1
    return counts


def _first(pairs: list[Pair], wanted: int) -> list[Pair]:
    if wanted >= len(pairs):
        return pairs
    if wanted <= 0:
        return []
    pivot = random.choice(pairs)
    before = list(filter(pivot.__gt__, pairs))
    if wanted <= len(before):
        return _first(before, wanted)
    after = list(filter(pivot.__lt__, pairs))
    return [*before, pivot, *_first(after, wanted - len(before) - 1)]


class Frequencies:
    @staticmethod
    def top(nums: list[int], k: int) -> list[int]:
        counts = reduce(_counted, nums, {})
        pairs = list(map(lambda entry: (-entry[1], entry[0]), counts.items()))
        return [num for _, num in sorted(_first(pairs, k))]


top_k_frequent = Frequencies.top
