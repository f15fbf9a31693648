"""Questions about top_k_frequent: which numbers, in which order, at what cost. README.md has the figures.

canary 85671ed6-35ea-4370-9449-906494537bda
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from math import log2
from pathlib import Path
from random import Random
from typing import Any

from codestone.grading import (
    Candidate,
    CandidateFailed,
    Finding,
    Recipe,
    Watched,
    all_of,
    fail,
    ok,
    python_text,
    watched,
)

ENTRY, FUNCTION = "top_k.py", "top_k_frequent"

# What may be wanted of how many: far fewer than there are, so that O(n log k) is not O(n log n).
WANTED = 8
MANY = 4096
# Pieces of this size may be sorted as often as one likes, by a median of medians say: that is linear.
PIECE = 32
# Sorted, or on a heap at once: an eighth of the different numbers, where right answers have about WANTED.
LARGE = MANY // 8
# Sizes, and how often. In a sort, steps per number grow by log(8192) / log(64), 2.17, from first to last.
SIZES = ((64, 32), (1024, 1), (8192, 2))
GROWTH = 1.4
# Sizes for numbers in order, and how often. Quadratic work for each number grows 8 times from 64 to 512.
ORDERED_SIZES = ((64, 8), (512, 2), (2048, 2))
QUADRATIC = 4.0
# From a few wanted to 32 times as many: what goes through all for each place costs twenty times as much.
FEW_WANTED, MANY_WANTED = 4, 128
IN_PROPORTION = 4.0

HEAPS = ("heap", "_heap")
HEAPS_BY_HAND = Path(__file__).with_name("heaps.py").read_text("utf-8")
KEPT_SORTED = ("insort", "list.insert")
PASSES = ("min", "max", "list.remove", "list.index", "list.count")
PASSES += ("map", "filter", "filterfalse", "compress")

EXAMPLE = ([5, 3, 9, 5, 3, 1], 3)
DISTINCT = (
    ([4, 4, 4, 7, 7, 1], 2),
    ([9], 1),
    ([6, 6, 6, 6], 1),
    ([12, 5, 12, 5, 12, 8, 5, 12], 1),
    ([12, 5, 12, 5, 12, 8, 5, 12], 2),
    ([1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5], 3),
    ([100, 20, 20, 3, 3, 3], 1),
    ([7] * 40 + [8] * 39 + [9] * 41, 2),
)
COUNTED = (DISTINCT[0], DISTINCT[3], DISTINCT[5])
TIED = (
    EXAMPLE,
    ([2, 1], 1),
    ([1, 2], 1),
    ([30, 30, 10, 10, 20, 20], 2),
    ([10, 9, 8, 7], 2),
    ([200, 30, 4, 4, 30, 200], 1),
    ([8, 8, 8, 5, 6, 7, 6, 5, 7, 1], 3),
)
ANY_INTEGERS = (
    ([0, 0, 5, -1], 1),
    ([-3, 3, -3, 3, -3], 1),
    ([-7, -7, 0, 0, 4], 2),
    ([-1, -5, -3, -5, -3, -1], 2),
    ([-9, 2, 4, 8], 1),
    ([10**30, -(10**30), 10**30, 7, 7, 7], 2),
    ([2**64, 2**64 + 1, 2**64 + 1, 0], 1),
)


def most_frequent(candidate: Candidate) -> Finding:
    """The k most frequent numbers are returned, where no two of them are equally frequent."""
    chance, more = candidate.random(), []
    for kinds in (5, 9, 14):
        numbers = chance.sample(range(1, 100), kinds)
        nums = [number for times, number in enumerate(numbers, 1) for _ in range(times)]
        chance.shuffle(nums)
        more.append((nums, chance.randint(1, kinds - 1)))
    return _each(candidate, [*DISTINCT, *more])


def ties(candidate: Candidate) -> Finding:
    """Of equally frequent numbers the smaller ones are in."""
    chance = candidate.random(1)
    more = [(chance.choices(range(1, 13), k=30), chance.randint(1, 6)) for _ in range(6)]
    return _each(candidate, [*TIED, *more])


def any_integers(candidate: Candidate) -> Finding:
    """Negative numbers, zero and very large ones are numbers like any other."""
    return _each(candidate, ANY_INTEGERS)


def sorted_result(candidate: Candidate) -> Finding:
    """The list is in one of the two orders, the same in every call."""
    orders = {"by value", "by frequency"}
    for nums, k in (EXAMPLE, *DISTINCT[4:6], *TIED[3:], *ANY_INTEGERS[2:6], (EXAMPLE[0], 4)):
        answer = candidate.ask(FUNCTION, nums, k)
        counts, given = Counter(nums), answer.value
        if not _numbers(given) or not set(given) <= set(counts):
            return fail(f"{answer.asked} → {given!r:.200}; expected a list of numbers that are there")
        if given != sorted(given):
            orders.discard("by value")
        if given != sorted(given, key=lambda number: (-counts[number], number)):
            orders.discard("by frequency")
        if not orders:
            return fail(f"{answer.asked} → {given!r:.200}; expected the same one of the two orders as before")
    return ok(f"sorted {' and '.join(sorted(orders))}")


def nothing_wanted(candidate: Candidate) -> Finding:
    """A k of 0 or less gives an empty list."""
    return all_of(
        candidate.ask(FUNCTION, nums, k).gives([])
        for nums in ([4, 4, 2], [1, 2, 3, 4, 5])
        for k in (0, -1, -3)
    )


def no_numbers(candidate: Candidate) -> Finding:
    """An empty list gives an empty list."""
    return all_of(candidate.ask(FUNCTION, [], k).gives([]) for k in (1, 3, 0))


def all_wanted(candidate: Candidate) -> Finding:
    """Where fewer than k numbers are different, all are returned."""
    nums = [3, 1, 2, 3, 1, 3, 8]
    return _each(candidate, [(nums, 4), (nums, 5), (nums, 1000), ([5, 6], 3)])


def input_unchanged(candidate: Candidate) -> Finding:
    """The caller's list is left as it was, whatever is asked."""
    nums = [9, 3, 9, 1, 3, 9, 2]

    def found() -> Iterator[Finding]:
        held = candidate.hold(nums)
        yield candidate.ask(FUNCTION, held, 2).satisfies(_is_right(nums, 2), "9 and 3")
        for k in (1, 2, 4, 10, 0):
            candidate.ask(FUNCTION, held, k)
            yield held.value().gives(nums)

    return all_of(found())


def million_numbers(candidate: Candidate) -> Finding:
    """A million numbers, twenty thousand different ones: 2500 to 2599 are there most often."""
    held = candidate.hold(Recipe("range", (-10_000, 10_000, 1))).new("__mul__", 49)
    for first, end, times in ((0, 9_000, 1), (2_000, 8_000, 1), (2_500, 2_600, 50)):
        held.call("extend", candidate.hold(Recipe("range", (first, end, 1))).new("__mul__", times))
    expected = list(range(2_500, 2_600))
    return candidate.ask(FUNCTION, held, 100).satisfies(
        lambda given: _numbers(given) and sorted(given) == expected, "2500 to 2599"
    )


def type_hints(candidate: Candidate) -> Finding:
    """Parameters and result are annotated, and what is in the lists is said."""
    tree = python_text(candidate.source, ENTRY).trees[0]
    names = {target.id: node.value for node in tree.body for target, node in _assigned(node)}
    function = _function(tree, names)
    if function is None:
        return fail(f"{ENTRY} defines no function {FUNCTION}")
    given = function.args
    parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    hints = {each.arg: each.annotation for each in parameters if each.arg not in {"self", "cls"}}
    hints["the result"] = function.returns
    for name, hint in hints.items():
        if hint is None:
            return fail(f"{name} has no type hint")
    lists = [next(iter(hints)), "the result"]
    bare = [name for name in lists if not _says_what_is_in_it(hints[name], names)]
    return fail(f"the hint of {bare[0]} does not say what is in the list") if bare else ok(", ".join(hints))


def no_counter(candidate: Candidate) -> Finding:
    """Neither the text nor what is called at run time is a Counter, under whatever name."""
    if used := python_text(candidate.source, ENTRY).uses("Counter", "_count_elements"):
        return fail(", ".join(used))
    right = False
    for nums, k in COUNTED:
        watch = _watch(candidate, nums, k)
        if ("Counter", 0) in watch.calls:
            return fail(f"{watch.answer.asked} used a Counter")
        right |= not watch.answer.raised and _is_right(nums, k)(watch.answer.value)
    return ok("no Counter") if right else fail(f"no Counter, and none of {len(COUNTED)} answers is right")


def selects(candidate: Candidate) -> Finding:
    """Nothing sorts all: not the library, nor code whose work for each number grows when there are more."""

    def found() -> Iterator[Finding]:
        yield _sorts(_right(candidate, _shuffled(MANY, 1)))
        for tied in (False, True):
            costs: list[float] = []
            for size, times in SIZES:
                watches = [_right(candidate, _shuffled(size, seed, tied=tied)) for seed in range(times)]
                costs.append(sum(map(_work, watches)) / size / times)
                if costs[-1] > QUADRATIC * costs[0]:
                    break
            yield _grown(costs, GROWTH, "equally frequent numbers" if tied else "shuffled numbers")

    return all_of(found())


def ties_not_sorted(candidate: Candidate) -> Finding:
    """Nor does the library sort all where they are equally frequent."""
    return _sorts(_right(candidate, _shuffled(MANY, 2, tied=True)))


def not_all_heaped(candidate: Candidate) -> Finding:
    """No heap has all on it."""

    def found() -> Iterator[Finding]:
        for tied in (False, True):
            nums = _shuffled(MANY, 3, tied=tied)
            heaps = [size for name, size in _right(candidate, nums).calls if name.startswith(HEAPS)]
            largest = max(*heaps, _by_hand(candidate, nums), 0)
            said = f"a heap of {largest} where {WANTED} of {MANY} are wanted"
            yield fail(f"{said}; at most {LARGE}") if largest > LARGE else ok(said)

    return all_of(found())


def in_any_order(candidate: Candidate) -> Finding:
    """Numbers in order do not make the work quadratic."""

    def found() -> Iterator[Finding]:
        for step in (1, -1):
            costs: list[float] = []
            for size, times in ORDERED_SIZES:
                nums = [3 * number for number in range(size)][::step]
                costs.append(sum(_work(_right(candidate, nums)) for _ in range(times)) / size / times)
                yield _grown(costs, QUADRATIC, "ascending" if step > 0 else "descending")

    return all_of(found())


def grows_with_k(candidate: Candidate) -> Finding:
    """Work is not in proportion to the number of those that are wanted."""
    lists = [_shuffled(MANY, seed) for seed in (4, 5)]
    costs = [
        sum(_work(_right(candidate, nums, k)) for nums in lists) / MANY / len(lists)
        for k in (FEW_WANTED, MANY_WANTED)
    ]
    return _grown(costs, IN_PROPORTION, f"{FEW_WANTED} wanted and {MANY_WANTED}")


def _each(candidate: Candidate, cases: Sequence[tuple[list[int], int]]) -> Finding:
    """Tell whether each answer has just the right numbers, in whatever order."""
    return all_of(
        candidate.ask(FUNCTION, nums, k).satisfies(
            _is_right(nums, k), f"{_best(nums, k)}, or in the other order"
        )
        for nums, k in cases
    )


def _best(nums: list[int], k: int) -> list[int]:
    counts = Counter(nums)
    return sorted(counts, key=lambda number: (-counts[number], number))[: max(k, 0)]


def _is_right(nums: list[int], k: int) -> Callable[[Any], bool]:
    expected = sorted(_best(nums, k))
    return lambda given: _numbers(given) and sorted(given) == expected


def _numbers(given: object) -> bool:
    return type(given) is list and all(type(each) is int for each in given)


def _shuffled(distinct: int, seed: int, *, tied: bool = False) -> list[int]:
    """Return numbers out of one range whatever their count: each once, or a few more often."""
    chance = Random(f"{distinct} {seed}")
    numbers = chance.sample(range(-1_000_000, 1_000_000), distinct)
    if not tied:
        often = [number for times, number in enumerate(numbers[:WANTED], 2) for _ in range(times)]
        numbers += [*numbers[::2], *often]
    chance.shuffle(numbers)
    return numbers


def _watch(candidate: Candidate, nums: list[int], k: int) -> Watched:
    """Ask while it is counted. Raises CandidateFailed where the count cannot be believed."""
    _refuse(python_text(candidate.source, ENTRY).evasions)
    watch = watched(candidate, FUNCTION, nums, k)
    _refuse(watch.meddling)
    return watch


def _right(candidate: Candidate, nums: list[int], k: int = WANTED) -> Watched:
    """Watch, and see that k of the most frequent came; which of equally frequent ones is asked elsewhere."""
    _refuse(python_text(candidate.source, ENTRY).hidden_sorts)
    watch = _watch(candidate, nums, k)
    counts, given = Counter(nums), watch.answer.value
    if not _numbers(given) or len(set(given)) != len(given):
        raise CandidateFailed(f"{watch.answer.asked} gave no list of numbers, each once")
    if sorted(counts[each] for each in given) != sorted(counts[each] for each in _best(nums, k)):
        raise CandidateFailed(f"{watch.answer.asked} gave others than the most frequent")
    return watch


def _by_hand(candidate: Candidate, nums: list[int]) -> int:
    """Return the size of the largest heap that code of the answer's own makes of a list."""
    names = candidate.hold({})
    candidate.ask("builtins:exec", HEAPS_BY_HAND, names)
    largest = names.new("__getitem__", "largest")
    answer = largest.call(None, candidate.source[ENTRY], FUNCTION, nums, WANTED)
    if answer.raised:  # with notes in it; without them it has given the right numbers
        return 0
    if type(answer.value) is not int:
        raise CandidateFailed(f"{answer.asked} gave no number")
    return answer.value


def _refuse(found: Sequence[str]) -> None:
    """Raise CandidateFailed where something gets at the count of what is done, or around it."""
    if found:
        raise CandidateFailed(f"what is done cannot be counted: {', '.join(found):.300}")


def _sorts(watch: Watched) -> Finding:
    sizes = [(size, times) for (name, size), times in watch.calls.items() if name in ("sorted", "list.sort")]
    entries = sum(size * times for size, times in sizes if size > PIECE)
    longest = max((size for name, size in watch.calls if name.startswith(KEPT_SORTED)), default=0)
    said = f"{entries} entries sorted, {longest} kept sorted, where {WANTED} of {MANY} are wanted"
    return fail(f"{said}; at most {LARGE}") if max(entries, longest) > LARGE else ok(said)


def _work(watch: Watched) -> float:
    """Return steps in Python, and what the library did meanwhile but for sorting, which is judged by itself.

    A heap's call counts 8 for each level, a pass through a list 1 for each entry.
    """
    work = float(watch.steps)
    for (name, size), times in watch.calls.items():
        if name.startswith((*HEAPS, *KEPT_SORTED)):
            work += 8 * times * log2(size + 1)
        elif name in PASSES:
            work += times * size
    return work


def _grown(costs: list[float], limit: float, of: str) -> Finding:
    said = f"{of}: {', '.join(f'{cost:.1f}' for cost in costs)} steps per number"
    return fail(f"{said}; at most {limit:g} times as many") if costs[-1] > limit * costs[0] else ok(said)


def _assigned(node: ast.stmt) -> list[tuple[ast.Name, Any]]:
    """Return the names that a statement gives to a value: ``Numbers = list[int]``."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [(each, node) for each in targets if isinstance(each, ast.Name) and getattr(node, "value", None)]


def _function(tree: ast.Module, names: dict[str, ast.expr]) -> ast.FunctionDef | None:
    """Return the definition that the name stands for in the end."""
    wanted, nodes = FUNCTION, list(tree.body)
    match names.get(FUNCTION):
        case ast.Name(id=wanted):
            pass
        case ast.Attribute(attr=wanted):  # of a class
            nodes = [node for each in tree.body if isinstance(each, ast.ClassDef) for node in each.body]
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    return next((each for each in reversed(functions) if each.name == wanted), None)


def _says_what_is_in_it(hint: ast.expr | None, names: dict[str, ast.expr]) -> bool:
    """Tell whether a hint has something in brackets; as a text, or behind a name, too."""
    for _ in range(4):
        if isinstance(hint, ast.Constant) and isinstance(hint.value, str):
            try:
                hint = ast.parse(hint.value.strip(), mode="eval").body
            except (SyntaxError, ValueError):
                return False
        elif isinstance(hint, ast.Name):
            hint = names.get(hint.id)
    return any(isinstance(node, ast.Subscript) for node in ast.walk(hint)) if hint else False
