# canary 7c386303-0dd7-4deb-8dd7-00ea0de39655
"""Order statistics by Floyd and Rivest (1975): the pivots come from a sample around the rank."""

import math


def kth_smallest(items, k):
    if not 1 <= k <= len(items):
        raise ValueError(f"rank {k} of {len(items)}")
    work = list(items)
    _select(work, 0, len(work) - 1, k - 1)
    return work[k - 1]


def kth_largest(items, k):
    return kth_smallest(items, len(items) - k + 1)


def _select(work, low, high, target):
    while low < high:
        if high - low > 600:
            _select(work, *_sample(low, high, target), target)
        pivot = work[target]
        left, right = low, high
        work[low], work[target] = work[target], work[low]
        pivot_at_low = not work[high] > pivot
        if not pivot_at_low:
            work[high], work[low] = work[low], work[high]
        while left < right:
            work[left], work[right] = work[right], work[left]
            left += 1
            right -= 1
            while work[left] < pivot:
                left += 1
            while work[right] > pivot:
                right -= 1
        if pivot_at_low:
            right += 1
            work[right], work[high] = work[high], work[right]
        else:
            work[low], work[right] = work[right], work[low]
        if right <= target:
            low = right + 1
        if target <= right:
            high = right - 1


def _sample(low, high, target):
    count = high - low + 1
    rank = target - low + 1
    z = math.log(count)
    size = 0.5 * math.exp(2 * z / 3)
    spread = 0.5 * math.sqrt(z * size * (count - size) / count)
    if rank < count / 2:
        spread = -spread
    first = max(low, int(target - rank * size / count + spread))
    last = min(high, int(target + (count - rank) * size / count + spread))
    return first, last
