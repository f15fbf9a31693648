"""Order statistics: find an item by its rank, without putting everything in order."""

# canary 7c386303-0dd7-4deb-8dd7-00ea0de39655


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
    low, high = 0, len(work) - 1
    while low < high:
        upper, lower = _partition(work, low, high, work[high])
        if target <= upper:
            high = upper
        elif target >= lower:
            low = lower
        else:
            break
    return work[target]


def _partition(work, low, high, pivot):
    """Bring nothing above the pivot before nothing below it; return the last index of the first part
    and the first of the second. An item between the two equals the pivot.
    """
    left, right = low, high
    while left <= right:
        while work[left] < pivot:
            left += 1
        while work[right] > pivot:
            right -= 1
        if left <= right:
            work[left], work[right] = work[right], work[left]
            left += 1
            right -= 1
    return right, left
