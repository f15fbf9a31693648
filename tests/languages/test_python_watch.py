"""What is counted of a candidate in Python while it is watched, and how meddling with the count shows."""

from collections.abc import Callable, Mapping

import pytest

from codestone.grading import CandidateFailed, Watched, watched
from codestone.grading.session import Session

Open = Callable[[str, Mapping[str, str]], Session]

WATCHED = """\
import bisect
import collections
import heapq
import operator
import statistics
from collections import Counter as Tally
from heapq import heappush
from itertools import compress, count, filterfalse

order = sorted

def loop(times):
    for _ in range(times):
        pass

def sorts(values):
    values = list(values)
    values.sort()
    list.sort(values)
    order(value for value in values)
    return next(map(order, [values[:2]]))

def heaps(values):
    heap = []
    for value in values:
        heappush(heap, value)
    heapq.heapify(heap)
    heapq.nsmallest(2, values, key=lambda value: -value)
    return max(values), min(3, 4), max(iter(values), default=0), max(*values)

def keeps(values):
    kept = []
    for value in values:
        bisect.insort(a=kept, x=value)
    kept.remove(values[0])
    return kept

def none(values):
    return {value: values.count(value) for value in values}

def renamed(values):
    return dict(Tally(values))

def derived(values):
    return dict(type("Mine", (getattr(collections, "Coun" + "ter"),), {})(values))

def helping(values):
    counts = {}
    operator.attrgetter("_count_" + "elements")(collections)(counts, values)
    return counts

def modes(values):
    return statistics.multimode(values)

def sieves(values):
    below = list(map((3).__gt__, values))
    return [*filter((2).__lt__, values), *compress(values, below), *filterfalse(None, iter(values))]

def endless(values):
    return next(filter((2).__lt__, count()))

class Chooser:
    best = max

    def choose(self, values):
        return self.best(values)

def chooses(values):
    return Chooser().choose(values)

def breaks(values):
    order(values)
    raise KeyError("no")
"""
MEDDLES = """\
import builtins
import gc
import os
import sys
import threading

KEPT = sys.gettrace, sys.settrace

def stops():
    sys.settrace(None)

def stops_and_starts():
    before = KEPT[0]()
    KEPT[1](None)
    KEPT[1](before)

def profiles():
    sys.setprofile(None)

def replaces():
    builtins.sorted = len

def looks():
    gc.get_referrers(sorted)

def starts():
    thread = threading.Thread(target=sorted, args=([],))
    thread.start()
    thread.join()

def forks():
    if os.fork() == 0:
        os._exit(0)
    os.wait()

def honest():
    return type(sorted).__name__
"""


def ask(open_session: Open, name: str, *args: object, source: str = WATCHED) -> Watched:
    """Watch one call in a box of its own."""
    with open_session("python", {"code.py": source}) as box, box.candidate(seed=1, limit_s=60) as candidate:
        return watched(candidate, name, *args)


def test_steps_are_in_proportion_to_what_is_done(open_session: Open):
    """Each round of a loop is a step or two, and the same call has the same number again."""
    with open_session("python", {"code.py": WATCHED}) as box, box.candidate(seed=1, limit_s=60) as candidate:
        none, some, many, again = (watched(candidate, "loop", n).steps for n in (0, 1000, 3000, 1000))
    assert some == again
    assert many - none == 3 * (some - none) >= 3000


@pytest.mark.parametrize(
    ("name", "calls"),
    [
        ("sorts", {("list.sort", 5): 2, ("sorted", 5): 1, ("map", 1): 1, ("sorted", 2): 1}),
        (
            "heaps",
            {
                **{("heappush", size): 1 for size in range(5)},
                ("heapify", 5): 1,
                ("max", 5): 3,
                ("_heapify_max", 2): 1,
                ("_heapreplace_max", 2): 3,
                ("list.sort", 2): 1,
            },
        ),
        ("keeps", {**{("insort", size): 1 for size in range(5)}, ("list.remove", 5): 1}),
        ("none", {("list.count", 5): 5}),
        ("chooses", {("max", 5): 1}),
        ("sieves", {("map", 1): 5, ("filter", 1): 5, ("compress", 1): 5, ("filterfalse", 1): 5}),
        ("endless", {("filter", 1): 4}),
    ],
)
def test_calls_are_told_with_their_entries(open_session: Open, name: str, calls: dict[tuple[str, int], int]):
    """Whatever the name under which the library's function is called, and from where."""
    told = ask(open_session, name, [1, 2, 3, 4, 5])
    assert told.calls == calls
    assert told.meddling == ()


@pytest.mark.parametrize("name", ["renamed", "derived", "helping", "modes"])
def test_a_counter_shows_under_any_name(open_session: Open, name: str):
    """Renamed, derived from, by the function that counts for it, or inside another module."""
    told = ask(open_session, name, [3, 3, 4])
    assert told.answer.value in ({3: 2, 4: 1}, [3])
    assert told.calls["Counter", 0] >= 1


def test_what_raises_is_counted_too(open_session: Open):
    """The exception is the answer."""
    told = ask(open_session, "breaks", [2, 1])
    assert told.answer.raises("LookupError", saying="no").passed
    assert told.calls == {("sorted", 2): 1}


@pytest.mark.parametrize(
    ("name", "shows"),
    [
        ("stops", "the count was switched off"),
        ("stops_and_starts", "sys.settrace"),
        ("profiles", "sys.setprofile"),
        ("replaces", "sorted was replaced"),
        ("looks", "gc.get_referrers"),
        ("starts", "a thread was started"),
        ("forks", "os.fork"),
    ],
)
def test_meddling_is_told(open_session: Open, name: str, shows: str):
    """Switching the count off for a moment too, and work that nobody would count."""
    assert shows in ask(open_session, name, source=MEDDLES).meddling


def test_nothing_is_wrapped_where_nobody_watches(open_session: Open):
    """The library is as it is for all other questions, and a watched call is no meddling of itself."""
    with open_session("python", {"code.py": MEDDLES}) as box, box.candidate(seed=1, limit_s=60) as candidate:
        assert candidate.ask("honest").value == "builtin_function_or_method"
    told = ask(open_session, "honest", source=MEDDLES)
    assert (told.answer.value, told.meddling) == ("Stand", ())


def test_a_module_that_is_loaded_already_cannot_be_watched(open_session: Open):
    """It has found the library as it is: a check that asks in this order is told so."""
    with open_session("python", {"code.py": MEDDLES}) as box, box.candidate(seed=1, limit_s=60) as candidate:
        candidate.ask("honest")
        with pytest.raises(CandidateFailed, match="code was loaded before anybody watched"):
            watched(candidate, "honest")


def test_modules_of_the_candidates_that_are_called_like_the_librarys(open_session: Open):
    """They are found by the candidate, and not by what watches it."""
    files = {
        "code.py": "import heapq\n\ndef f(values):\n    return heapq.SIZE, sorted(values)\n",
        "heapq.py": "SIZE = 7\n",
        "python_watch.py": "raise RuntimeError\n",
    }
    with open_session("python", files) as box, box.candidate(seed=1, limit_s=60) as candidate:
        told = watched(candidate, "f", [2, 1])
    assert told.answer.value == (7, [1, 2])
    assert told.calls == {("sorted", 2): 1}
