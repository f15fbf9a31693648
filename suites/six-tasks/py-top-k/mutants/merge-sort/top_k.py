"""The k most frequent numbers of a list."""

# canary 85671ed6-35ea-4370-9449-906494537bda


def top_k_frequent(nums: list[int], k: int) -> list[int]:
    """Return the k most frequent of nums."""
    if k <= 0 or not nums:
        return []
    counts: dict[int, int] = {}
    for num in nums:
        counts[num] = counts.get(num, 0) + 1
    order = _merge_sort([(-count, num) for num, count in counts.items()])
    return [num for _, num in order[:k]]


def _merge_sort(values: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if len(values) < 2:
        return values
    middle = len(values) // 2
    left, right = _merge_sort(values[:middle]), _merge_sort(values[middle:])
    merged: list[tuple[int, int]] = []
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            merged.append(left[i])
            i += 1
        else:
            merged.append(right[j])
            j += 1
    return merged + left[i:] + right[j:]
