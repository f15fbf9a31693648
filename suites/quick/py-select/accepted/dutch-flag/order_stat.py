# canary 7c386303-0dd7-4deb-8dd7-00ea0de39655
"""Order statistics by a recursive three-way partition in place of a copy."""

import random


def kth_smallest(items, k):
    count = len(items)
    if not 1 <= k <= count:
        raise ValueError(f"k must be from 1 to {count}, and is {k}")

    def select(low, high):
        if low == high:
            return work[low]
        pivot = work[chance.randrange(low, high + 1)]
        first, here, last = low, low, high
        while here <= last:
            if work[here] == pivot:
                here += 1
            elif work[here] < pivot:
                work[first], work[here] = work[here], work[first]
                first += 1
                here += 1
            else:
                work[here], work[last] = work[last], work[here]
                last -= 1
        if k - 1 < first:
            return select(low, first - 1)
        if k - 1 > last:
            return select(last + 1, high)
        return pivot

    work = [*items]
    chance = random.Random(2)
    return select(0, count - 1)


def kth_largest(items, k):
    return kth_smallest(items, len(items) - k + 1)
