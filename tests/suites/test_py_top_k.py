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
}
WRONG = {
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
