"""What answers to py-top-k earn that no mutant shows: disguises, ways around the count, and neither."""

from pathlib import Path

import pytest

from codestone.grading.grade import Graded, grade
from codestone.suites import paths
from codestone.suites.load import load_task
from codestone.task import Task

FILE = "top_k.py"
PARTS = {
    "HEAD": "def top_k_frequent(nums: list[int], k: int) -> list[int]:",
    "COUNT": "    counts = {}\n    for num in nums:\n        counts[num] = counts.get(num, 0) + 1",
    "HEAP": "    return heapq.nlargest(max(k, 0), counts, key=lambda num: (counts[num], -num))",
    "PAIRS": "    order = [(-count, num) for num, count in counts.items()]",
    "FIRST": "    return [num for _, num in order[: max(k, 0)]]",
}
"""Lines that answers have in common, by the word that stands for them below."""

RESTING = {"no-counter", "selects", "ties-not-sorted", "not-all-heaped", "in-any-order", "grows-with-k"}
"""The checks that rest on the count."""
SELECTING = RESTING - {"no-counter"}
SORTED = {"selects", "ties-not-sorted"}

RIGHT = {
    "own-counter": """\
import heapq
class Counter(dict):
    def add(self, num):
        self[num] = self.get(num, 0) + 1
HEAD
    counts = Counter()
    for num in nums:
        counts.add(num)
HEAP
""",
    "a-variable-called-counter": """\
import heapq
HEAD
    Counter = {}
    for num in nums:
        Counter[num] = Counter.get(num, 0) + 1
    return heapq.nsmallest(max(k, 0), Counter, key=lambda num: (-Counter[num], num))
""",
    "unused-import": """\
import heapq
from collections import Counter, defaultdict
HEAD
COUNT
HEAP
""",
    "talks-and-measures": """\
import heapq, re, sys, time
WORD = re.compile("[0-9]+")
HEAD
    print("hello", sys.maxsize)
COUNT
HEAP
if __name__ == "__main__":
    print(top_k_frequent([1, 1, 2], 1), time.time())
""",
    "a-variable-called-gc": """\
import heapq
HEAD
COUNT
    gc = counts
HEAP
""",
    "hints-as-texts": """\
import heapq
def top_k_frequent(nums: "list[int]", k: "int") -> "list[int]":
COUNT
HEAP
""",
    "another-name": """\
import heapq
from typing import List
Numbers = List[int]
def _top(nums: Numbers, k: int) -> Numbers:
COUNT
HEAP
top_k_frequent = _top
""",
    "of-a-class": """\
import heapq
class Solution:
    def top(self, nums: list[int], k: int) -> list[int]:
        counts = {}
        for num in nums:
            counts[num] = counts.get(num, 0) + 1
        return heapq.nlargest(max(k, 0), counts, key=lambda num: (counts[num], -num))
top_k_frequent = Solution().top
""",
    "pairs-laid-end-to-end": """\
import heapq
HEAD
COUNT
    flat = [each for pair in counts.items() for each in pair]
    best = heapq.nlargest(max(k, 0), range(len(counts)), key=lambda i: (flat[2 * i + 1], -flat[2 * i]))
    return [flat[2 * i] for i in best]
""",
    "heap-of-k-among-all": """\
HEAD
    if k <= 0:
        return []
COUNT
    items, heap = [(count, -num) for num, count in counts.items()], []
    for i in range(len(items)):
        if len(heap) < k:
            heap.append(items[i])
            i = len(heap) - 1
            while i > 0 and heap[i] < heap[(i - 1) // 2]:
                heap[i], heap[(i - 1) // 2] = heap[(i - 1) // 2], heap[i]
                i = (i - 1) // 2
        elif items[i] > heap[0]:
            heap[0], i = items[i], 0
            while 2 * i + 1 < len(heap):
                child = 2 * i + 1
                if child + 1 < len(heap) and heap[child + 1] < heap[child]:
                    child += 1
                heap[i], heap[child] = min(heap[i], heap[child]), max(heap[i], heap[child])
                i = child
    return sorted(-num for _, num in heap)
""",
}
WRONG = {
    "counter-by-a-variable": (
        {"no-counter"},
        """\
import heapq
from collections import Counter as counted
HEAD
    Counter = counted
    counts = Counter(nums)
HEAP
""",
    ),
    "typing-counter": (
        {"no-counter"},
        """\
import heapq, typing
HEAD
    counts = typing.Counter(nums)
HEAP
""",
    ),
    "helper-of-counter": (
        {"no-counter"},
        """\
import collections, heapq
HEAD
    counts = {}
    collections._count_elements(counts, nums)
HEAP
""",
    ),
    "pickled-counter": (
        {"no-counter"},
        """\
import heapq, pickle
make = pickle.loads(b"ccollections\\nCoun" + b"ter\\n.")
HEAD
    counts = make(nums)
HEAP
""",
    ),
    "derived-counter": (
        RESTING,
        """\
import collections, heapq
class Mine(getattr(collections, "Coun" + "ter")): ...
HEAD
    counts = Mine(nums)
HEAP
""",
    ),
    "sorted-renamed": (
        SORTED,
        """\
from functools import partial
order = partial(sorted)
HEAD
COUNT
    return order(counts, key=lambda num: (-counts[num], num))[: max(k, 0)]
""",
    ),
    "sort-unbound": (
        SORTED,
        """\
HEAD
COUNT
PAIRS
    list.sort(order)
FIRST
""",
    ),
    "sort-passed-on": (
        SELECTING,
        """\
HEAD
COUNT
PAIRS
    list(map(list.sort, [order]))
FIRST
""",
    ),
    "kept-sorted": (
        SORTED,
        """\
from bisect import insort
HEAD
COUNT
    order = []
    for num, count in counts.items():
        insort(order, (-count, num))
FIRST
""",
    ),
    "sorted-in-a-thread": (
        RESTING,
        """\
import asyncio
HEAD
COUNT
PAIRS
    asyncio.run(asyncio.to_thread(lambda: order.sort()))
FIRST
""",
    ),
    "count-off-for-a-moment": (
        RESTING,
        """\
import sys
def off():
    match sys:
        case object(settrace=function):
            return function
HEAD
COUNT
PAIRS
    off()(None)
    order.sort()
FIRST
""",
    ),
    "heapified-by-hand": (
        {"not-all-heaped"},
        """\
def left(place): return (place << 1) + 1
def sink(heap, place):
    while left(place) < len(heap):
        child = left(place)
        if child + 1 < len(heap) and heap[child + 1] < heap[child]:
            child += 1
        if heap[place] <= heap[child]:
            return
        heap[place], heap[child] = heap[child], heap[place]
        place = child
HEAD
COUNT
PAIRS
    for place in range(len(order) // 2, -1, -1):
        sink(order, place)
    found = []
    while order and len(found) < k:
        found.append(order[0][1])
        order[0] = order[-1]
        order.pop()
        sink(order, 0)
    return found
""",
    ),
    "pushed-by-hand": (
        {"not-all-heaped"},
        """\
class Heap:
    def __init__(self):
        self.entries = [None]
    def push(self, entry):
        self.entries.append(entry)
        place = len(self.entries) - 1
        while place > 1 and self.entries[place] < self.entries[place // 2]:
            above = place // 2
            self.entries[place], self.entries[above] = self.entries[above], self.entries[place]
            place = above
    def pop(self):
        first, last = self.entries[1], self.entries.pop()
        end, place = len(self.entries), 1
        if end == 1:
            return first
        while children := [child for child in (2 * place, 2 * place + 1) if child < end]:
            child = min(children, key=lambda child: self.entries[child])
            if last <= self.entries[child]:
                break
            self.entries[place], place = self.entries[child], child
        self.entries[place] = last
        return first
HEAD
COUNT
    heap = Heap()
    for num, count in counts.items():
        heap.push((-count, num))
    return [heap.pop()[1] for _ in range(min(k, len(counts)))]
""",
    ),
    "sorted-by-compress": (
        {"selects"},
        """\
import random
from itertools import compress
def ordered(pairs):
    if len(pairs) < 2:
        return pairs
    pivot = random.choice(pairs)
    before = list(compress(pairs, map(pivot.__gt__, pairs)))
    return [*ordered(before), pivot, *ordered(list(compress(pairs, map(pivot.__lt__, pairs))))]
HEAD
COUNT
    order = ordered([(-count, num) for num, count in counts.items()])
FIRST
""",
    ),
    "bare-lists": (
        {"type-hints"},
        """\
import heapq
def top_k_frequent(nums: list, k: int) -> list:
COUNT
HEAP
""",
    ),
    "no-hint-for-k": (
        {"type-hints"},
        """\
import heapq
def top_k_frequent(nums: list[int], k) -> list[int]:
COUNT
HEAP
""",
    ),
}


@pytest.fixture(scope="module")
def task() -> Task:
    """The task as it is shipped."""
    folders = [root / "six-tasks" / "py-top-k" for root in paths.roots()]
    return load_task(str(next(folder for folder in folders if folder.is_dir())))


def graded(task: Task, folder: Path, text: str) -> Graded:
    """Grade one answer."""
    (folder / FILE).write_text("".join(f"{PARTS.get(line, line)}\n" for line in text.splitlines()))
    return grade(task, folder, seed=1)


def failed(outcome: Graded) -> set[str]:
    """Return the checks that failed."""
    return {check.id for check in outcome.checks if not check.passed}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_no_disguise_earns_everything(task: Task, tmp_path: Path, name: str):
    """Words that look like it, in code that does nothing of the kind."""
    outcome = graded(task, tmp_path, RIGHT[name])
    assert failed(outcome) == set()
    assert outcome.score.earned == 20


@pytest.mark.parametrize("name", WRONG)
def test_a_disguise_fails_what_it_is_about(task: Task, tmp_path: Path, name: str):
    """Meddling with the count fails what rests on it, and nothing else."""
    fails, text = WRONG[name]
    assert failed(graded(task, tmp_path, text)) == fails


def test_the_bands(task: Task, tmp_path: Path):
    """A Counter leaves two points, sorting everything twelve."""
    earned = {}
    for name in ("sorts", "counter-renamed", "most-common", "switches-off", "given-example"):
        text = (task.path / "mutants" / name / FILE).read_text()
        earned[name] = graded(task, tmp_path, text).score.earned
    assert earned == {
        "sorts": 12,
        "counter-renamed": 2,
        "most-common": 2,
        "switches-off": 2,
        "given-example": 0.5,
    }


def test_the_same_verdict_for_a_pivot_that_nobody_can_foresee(task: Task, tmp_path: Path):
    """The limits leave room for chance."""
    text = (task.solution / FILE).read_text().replace("random.randint", "random.SystemRandom().randint")
    for _ in range(3):
        assert failed(graded(task, tmp_path, text)) == set()
