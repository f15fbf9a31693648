"""The k most frequent numbers of a list."""

# canary 85671ed6-35ea-4370-9449-906494537bda

import heapq


def top_k_frequent(nums: list[int], k: int) -> list[int]:
    """Return the k most frequent of nums."""
    if k <= 0 or not nums:
        return []
    counts: dict[int, int] = {}
    for num in nums:
        counts[num] = counts.get(num, 0) + 1
    return heapq.nlargest(k, counts, key=lambda num: (counts[num], -num))
