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
    """Put the items in order one by one, and return the one at index target."""
    for end in range(1, len(work)):
        item, place = work[end], end
        while place and item < work[place - 1]:
            work[place] = work[place - 1]
            place -= 1
        work[place] = item
    return work[target]
