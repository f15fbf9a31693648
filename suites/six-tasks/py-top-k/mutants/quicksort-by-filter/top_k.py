"""The k most frequent numbers. canary 85671ed6-35ea-4370-9449-906494537bda"""


def quicksort(items: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if len(items) < 2:
        return items
    pivot = items[0]
    before = list(filter(pivot.__gt__, items))
    after = list(filter(pivot.__lt__, items))
    return quicksort(before) + [pivot] + quicksort(after)


def top_k_frequent(nums: list[int], k: int) -> list[int]:
    counts: dict[int, int] = {}
    for num in nums:
        counts[num] = counts.get(num, 0) + 1
    order = quicksort([(-count, num) for num, count in counts.items()])
    return [num for _, num in order[: max(k, 0)]]
