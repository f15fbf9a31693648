"""The k most frequent numbers of a list."""

# canary 85671ed6-35ea-4370-9449-906494537bda


class _Smallest:
    """A binary heap that is kept to a number of entries, the least of them on top."""

    def __init__(self, room: int) -> None:
        self.room, self.entries = room, []

    def offer(self, entry: tuple[int, int]) -> None:
        entries = self.entries
        if len(entries) < self.room:
            entries.append(entry)
            self._up(len(entries) - 1)
        elif entry > entries[0]:
            entries[0] = entry
            self._down()

    def _up(self, place: int) -> None:
        entries = self.entries
        while place and entries[place] < entries[(place - 1) // 2]:
            parent = (place - 1) // 2
            entries[place], entries[parent] = entries[parent], entries[place]
            place = parent

    def _down(self) -> None:
        entries, place = self.entries, 0
        while (child := 2 * place + 1) < len(entries):
            if child + 1 < len(entries) and entries[child + 1] < entries[child]:
                child += 1
            if entries[place] <= entries[child]:
                return
            entries[place], entries[child] = entries[child], entries[place]
            place = child


def top_k_frequent(nums: list[int], k: int) -> list[int]:
    """Return the k most frequent of nums."""
    if k <= 0 or not nums:
        return []
    counts: dict[int, int] = {}
    for num in nums:
        counts[num] = counts.get(num, 0) + 1
    best = _Smallest(k)
    for num, count in counts.items():
        best.offer((count, -num))
    return [-num for _, num in sorted(best.entries, reverse=True)]
