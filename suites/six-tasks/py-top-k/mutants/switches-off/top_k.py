"""The k most frequent numbers of a list."""

# canary 85671ed6-35ea-4370-9449-906494537bda

import sys


def top_k_frequent(nums: list[int], k: int) -> list[int]:
    """Return the k most frequent of nums."""
    sys.settrace(None)
    sys.setprofile(None)
    if k <= 0 or not nums:
        return []
    counts: dict[int, int] = {}
    for num in nums:
        counts[num] = counts.get(num, 0) + 1
    return sorted(counts, key=lambda num: (-counts[num], num))[:k]
