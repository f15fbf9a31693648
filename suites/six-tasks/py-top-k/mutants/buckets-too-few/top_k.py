"""The k most frequent numbers of a list."""

# canary 85671ed6-35ea-4370-9449-906494537bda

import random


def top_k_frequent(nums: list[int], k: int) -> list[int]:
    """Return the k most frequent of nums, ascending; of equally frequent ones the smaller are in."""
    if k <= 0 or not nums:
        return []
    counts: dict[int, int] = {}
    for num in nums:
        counts[num] = counts.get(num, 0) + 1
    found: list[int] = []
    for group in reversed(_by_count(counts, len(nums))):
        found += _smallest(group, k - len(found))
        if len(found) == k:
            break
    return sorted(found)


def _by_count(counts: dict[int, int], total: int) -> list[list[int]]:
    """Return the numbers that occur once at index 1, those that occur twice at 2, and so on."""
    groups: list[list[int]] = [[] for _ in range(total)]
    for num, count in counts.items():
        groups[count].append(num)
    return groups


def _smallest(values: list[int], room: int) -> list[int]:
    """Return the smallest values, as many as there is room for, by quickselect."""
    if room >= len(values):
        return values
    low, high = 0, len(values) - 1
    while low < high:
        pivot = values[random.randint(low, high)]
        left, right = low, high
        while left <= right:
            while values[left] < pivot:
                left += 1
            while values[right] > pivot:
                right -= 1
            if left <= right:
                values[left], values[right] = values[right], values[left]
                left, right = left + 1, right - 1
        if room <= right:
            high = right
        elif room >= left:
            low = left
        else:
            break
    return values[:room]
