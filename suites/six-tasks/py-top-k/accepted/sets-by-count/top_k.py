"""The k most frequent numbers of a list."""

# canary 85671ed6-35ea-4370-9449-906494537bda

import heapq
from collections import defaultdict

Numbers = list[int]


def top_k_frequent(nums: Numbers, k: int) -> Numbers:
    """Return the k most frequent of nums."""
    seen, level = defaultdict(int), defaultdict(set)
    for num in nums:
        level[seen[num]].discard(num)
        seen[num] += 1
        level[seen[num]].add(num)
    found: Numbers = []
    for count in range(max(seen.values(), default=0), 0, -1):
        if len(found) >= k:
            break
        found.extend(heapq.nsmallest(k - len(found), level[count]))
    return found
