"""Order statistics: find an item by its rank, without putting everything in order."""

# canary 7c386303-0dd7-4deb-8dd7-00ea0de39655
import random


def kth_smallest(items, k):
    """Return the k-th smallest of the items: kth_smallest([7, 1, 5], 2) is 5."""
    _check_rank(items, k)
    return _select(list(items), k - 1)


def kth_largest(items, k):
    """Return the k-th largest of the items: kth_largest([7, 1, 5], 1) is 7."""
    _check_rank(items, k)
    return _select(list(items), len(items) - k)


def _check_rank(items, k):
    if not 1 <= k <= len(items):
        raise ValueError(f"no rank {k} among {len(items)} items")


def _select(work, target):
    """Move the item that belongs at index target there, and return it."""
    draw = random.Random(len(work))
    low, high = 0, len(work) - 1
    while low < high:
        split = _partition(work, low, high, draw.randint(low, high))
        if target < split:
            high = split - 1
        elif target > split:
            low = split + 1
        else:
            break
    return work[target]


def _partition(work, low, high, chosen):
    """Bring what is smaller than the chosen item before it; return where it ends up."""
    work[chosen], work[high] = work[high], work[chosen]
    split = low
    for place in range(low, high):
        if work[place] < work[high]:
            work[place], work[split] = work[split], work[place]
            split += 1
    work[split], work[high] = work[high], work[split]
    return split
