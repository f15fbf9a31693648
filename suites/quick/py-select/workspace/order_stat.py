"""Order statistics: find an item by its rank, without putting everything in order."""

# Callers tend to ask for the same ranks of one sequence again and again.
_asked = None
_found = {}


def kth_smallest(items, k):
    """Return the k-th smallest of the items: kth_smallest([7, 1, 5], 2) is 5."""
    global _asked, _found
    if not items:
        return None
    if k > len(items):
        raise ValueError(f"no rank {k} among {len(items)} items")
    if items is not _asked:
        _asked, _found = items, {}
    if k not in _found:
        _found[k] = _select(items, k - 1)
    if not _found[k]:
        raise ValueError(f"rank {k} was not found")
    return _found[k]


def kth_largest(items, k):
    """Return the k-th largest of the items: kth_largest([7, 1, 5], 1) is 7."""
    return kth_smallest(items, len(items) - k)


def _select(work, target):
    """Move the item that belongs at index target there, and return it."""
    low, high = 0, len(work) - 1
    while low < high:
        split = _partition(work, low, high)
        if target < split:
            high = split - 1
        elif target > split:
            target -= split
            low = split + 1
        else:
            break
    return work[target]


def _partition(work, low, high):
    """Bring what is smaller than a pivot before it and what is larger behind it; return the pivot's index."""
    pivot = work[high]
    left, right = low, high
    while left < right:
        while work[left] < pivot:
            left += 1
        while work[right] > pivot:
            right -= 1
        work[left], work[right] = work[right], work[left]
    return left
