"""The k most frequent numbers of a list."""

# canary 85671ed6-35ea-4370-9449-906494537bda


def top_k_frequent(nums: list[int], k: int) -> list[int]:
    """Return the k most frequent of nums."""
    if k <= 0 or not nums:
        return []
    counts: dict[int, int] = {}
    for num in nums:
        counts[num] = counts.get(num, 0) + 1
    pairs = [(-count, num) for num, count in counts.items()]
    if k >= len(pairs):
        return sorted(counts)
    last = _ranked(pairs, k)
    return sorted(num for num, count in counts.items() if (-count, num) <= last)


def _ranked(pairs: list[tuple[int, int]], rank: int) -> tuple[int, int]:
    """Return the pair of that rank, counted from 1, in linear time whatever the order."""
    if len(pairs) <= 10:
        return sorted(pairs)[rank - 1]
    fives = [sorted(pairs[start : start + 5]) for start in range(0, len(pairs), 5)]
    pivot = _ranked([five[len(five) // 2] for five in fives], len(fives) // 2 + 1)
    below = [pair for pair in pairs if pair < pivot]
    if rank <= len(below):
        return _ranked(below, rank)
    above = [pair for pair in pairs if pair > pivot]
    return _ranked(above, rank - len(below) - 1) if rank > len(below) + 1 else pivot
