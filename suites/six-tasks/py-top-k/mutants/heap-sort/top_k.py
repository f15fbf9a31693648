"""The k most frequent numbers. canary 85671ed6-35ea-4370-9449-906494537bda"""


def sift_down(heap: list[tuple[int, int]], place: int, end: int) -> None:
    largest = place
    for child in (2 * place + 1, 2 * place + 2):
        if child < end and heap[child] > heap[largest]:
            largest = child
    if largest != place:
        heap[place], heap[largest] = heap[largest], heap[place]
        sift_down(heap, largest, end)


def heap_sort(heap: list[tuple[int, int]]) -> None:
    for place in range(len(heap) // 2 - 1, -1, -1):
        sift_down(heap, place, len(heap))
    for end in range(len(heap) - 1, 0, -1):
        heap[0], heap[end] = heap[end], heap[0]
        sift_down(heap, 0, end)


def top_k_frequent(nums: list[int], k: int) -> list[int]:
    counts: dict[int, int] = {}
    for num in nums:
        counts[num] = counts.get(num, 0) + 1
    order = [(-count, num) for num, count in counts.items()]
    heap_sort(order)
    return [num for _, num in order[: max(k, 0)]]
