# canary 7c386303-0dd7-4deb-8dd7-00ea0de39655
"""Order statistics by the median of three, and by the median of medians where that has gone badly."""

PATIENCE = 6


class _Selection:
    def __init__(self, items):
        self.work = list(items)
        self.disappointments = 0

    def item(self, target):
        work = self.work
        low, high = 0, len(work) - 1
        while low < high:
            before = high - low
            pivot = self.pivot(low, high)
            left, right = low - 1, high + 1
            while True:
                left += 1
                while work[left] < pivot:
                    left += 1
                right -= 1
                while pivot < work[right]:
                    right -= 1
                if left >= right:
                    break
                work[left], work[right] = work[right], work[left]
            if target <= right:
                high = right
            else:
                low = right + 1
            if high - low > before * 7 // 8:
                self.disappointments += 1
        return work[low]

    def pivot(self, low, high):
        """Return an item; the last one only where it stands before as well, so that both parts shrink."""
        work = self.work
        if self.disappointments > PATIENCE:
            return _median_of_medians(work[low:high])
        middle = (low + high) // 2
        if work[middle] < work[low]:
            work[low], work[middle] = work[middle], work[low]
        if work[high] < work[middle]:
            work[middle], work[high] = work[high], work[middle]
            if work[middle] < work[low]:
                work[low], work[middle] = work[middle], work[low]
        return work[middle]


def _median_of_medians(items):
    while len(items) > 1:
        fives = [sorted(items[start : start + 5]) for start in range(0, len(items), 5)]
        items = [five[(len(five) - 1) // 2] for five in fives]
    return items[0]


def kth_smallest(items, k):
    if not 1 <= k <= len(items):
        raise ValueError("rank out of range")
    return _Selection(items).item(k - 1)


def kth_largest(items, k):
    return kth_smallest(items, len(items) - k + 1)
