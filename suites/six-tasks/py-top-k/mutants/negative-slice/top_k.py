"""The k most frequent numbers of a list."""

# canary 85671ed6-35ea-4370-9449-906494537bda

import heapq


def top_k_frequent(nums: list[int], k: int) -> list[int]:
    """Return the k most frequent of nums."""
    counts: dict[int, int] = {}
    for num in nums:
        counts[num] = counts.get(num, 0) + 1
    heap: list[tuple[int, int]] = []
    for num, count in counts.items():
        heapq.heappush(heap, (count, -num))
        if len(heap) > max(k, 1):
            heapq.heappop(heap)
    return sorted(-num for _, num in heap)
