"""Runs inside the box: counts the steps of candidate code, and its calls of what sorts, searches or counts.

The host loads this before any candidate's code. It does nothing until a check asks ``watched``: then the
library's functions are wrapped, and only then is the candidate's module imported. Counted are

- steps: lines executed, calls and returns, in the candidate's Python and in the library's;
- calls of ``sorted``, ``min``, ``max``, of list methods that go through a list, of ``heapq`` and of
  ``bisect.insort``, each with the number of entries that it was called on;
- entries that go through ``map``, ``filter``, ``filterfalse`` and ``compress``, which may compare meanwhile;
- uses of ``collections.Counter``, under whatever name, and of the function that counts for it.

All this is in the candidate's own process: who sets out to forge it can. What Python announces by itself (an
audit hook stays for good), and whether the instrument is in place at the end, is told as ``meddling``. What
code could do beyond that has to be looked for in its text, outside.
"""

import importlib
import itertools
import operator
import os
import sys

from python_worker import give_way

THREAD = "a thread was started"
LIST_METHODS = frozenset({"sort", "insert", "remove", "index", "count"})
HEAPS = ("heapify", "heappop", "heappush", "heapreplace", "heappushpop", "_heapify_max", "_heappop_max")
HEAPS += (
    "_heapreplace_max",
    "heapify_max",
    "heappop_max",
    "heappush_max",
    "heapreplace_max",
    "heappushpop_max",
)
INSERTIONS = ("insort", "insort_left", "insort_right")
SIEVES = {"map": 1, "filter": 1, "filterfalse": 1, "compress": 0}
"""What goes through entries in C, and which of its arguments they are."""

through, first_of = map, operator.itemgetter(0)
MEDDLING = (
    *("sys.settrace", "sys.setprofile", "sys.addaudithook", "sys._current_frames", "sys.monitoring", "gc."),
    *("ctypes.", "code.__new__", "function.__new__", "subprocess.", "os.fork", "os.exec", "os.posix_spawn"),
    "os.system",
)
"""How the audit events begin that candidate code has no business to cause."""

SEED = 20260321
"""Of `random` in the first call, one more in the next: a pivot that is drawn is the same in each grading."""


class Tally:
    """What was counted since ``reset``."""

    def __init__(self):
        self.listening = False
        self.reset()

    def reset(self):
        """Begin anew."""
        self.calls, self.meddling, self.passages = {}, {}, []

    def note(self, name, entries):
        """Count a call."""
        self.calls[name, entries] = self.calls.get((name, entries), 0) + 1

    def passing(self, name, entries):
        """Return the same entries, of which each will be counted when it is taken."""
        taken = itertools.count()
        self.passages.append((name, taken))
        return through(first_of, zip(entries, taken))  # noqa: B905 - in C, and one of them has no end

    def passed(self):
        """Count the entries that were taken."""
        for name, taken in self.passages:
            if times := next(taken):
                self.calls[name, 1] = self.calls.get((name, 1), 0) + times

    def hear(self, event, _):
        """Take an audit event."""
        if self.listening and event.startswith(MEDDLING):
            self.meddling[event] = None

    def profile(self, _, event, what):
        """Take what ``sys.setprofile`` tells."""
        if event == "c_call" and what.__name__ in LIST_METHODS:
            entries = getattr(what, "__self__", None)
            if isinstance(entries, list):
                self.note(f"list.{what.__name__}", list.__len__(entries))

    def tracer(self):
        """Return a function for ``sys.settrace`` that counts all but our own, and one that tells how many."""
        steps = 0

        def step(*_):
            nonlocal steps
            steps += 1
            return step

        def enter(frame, *_):
            return None if frame.f_code.co_filename == __file__ else step()

        return enter, lambda: steps


class Stand:
    """Stands for a function of the library; unlike a function of ours it makes no method in a class."""

    __slots__ = ("__name__", "_call")

    def __init__(self, call, name):
        self._call, self.__name__ = call, name

    def __call__(self, *args, **kwargs):
        return self._call(*args, **kwargs)


def wrapped(function, name, note):
    """Return what does the same on a list, and is noted with the number of its entries."""

    def first(*args, **kwargs):
        for entries in (*args, *kwargs.values())[:1]:
            note(name, len(entries))
        return function(*args, **kwargs)

    return Stand(first, name)


def spread(function, name, note):
    """Return the same for ``sorted``, ``min`` or ``max``, whose entries may be any iterable, or arguments."""

    def first(*args, **kwargs):
        if len(args) == 1 and not hasattr(args[0], "__len__"):
            args = (list(args[0]),)
        if len(args) != 2:  # the larger of two is no pass through anything
            note(name, len(args[0] if len(args) == 1 else args))
        return function(*args, **kwargs)

    return Stand(first, name)


def sieve(function, name, passing):
    """Return what does the same, and whose entries are counted as they go through: they may have no end."""
    place = SIEVES[name]

    def first(*args, **kwargs):
        if len(args) > place and hasattr(args[place], "__iter__"):
            args = (*args[:place], passing(name, args[place]), *args[place + 1 :])
        return function(*args, **kwargs)

    return Stand(first, name)


def wrappers(tally):
    """Return the library's functions that are watched, and what replaces each."""
    note, bisect, heapq = tally.note, library("bisect"), library("heapq")
    found = {function: spread(function, function.__name__, note) for function in (sorted, min, max)}
    for module, names in ((heapq, HEAPS), (bisect, INSERTIONS)):
        for name in names:
            function = getattr(module, name, None)
            if function is not None and function not in found:
                found[function] = wrapped(function, name, note)
    for function in (map, filter, itertools.filterfalse, itertools.compress):
        found[function] = sieve(function, function.__name__, tally.passing)
    counting, threads = library("_collections")._count_elements, library("_thread").start_new_thread
    found[counting] = marked(counting, "Counter", note)
    found[threads] = marked(threads, THREAD, note)
    return found


def marked(function, name, note):
    """Return a function that does the same, and is noted whatever it is called on."""

    def first(*args, **kwargs):
        note(name, 0)
        return function(*args, **kwargs)

    return first


def library(name):
    """Import a module of the library, though the workspace has one of that name."""
    path = sys.path[:]
    sys.path[:] = [folder for folder in path if folder not in ("", os.getcwd())]
    try:
        return importlib.import_module(name)
    finally:
        sys.path[:] = path


def replace(found):
    """Put the wrappers wherever a loaded module has an original; return the places."""
    places, originals = [], {id(function): wrapper for function, wrapper in found.items()}
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", None)
        if type(names) is not dict or names is globals():
            continue
        for name, value in list(names.items()):
            if id(value) in originals:
                names[name] = originals[id(value)]
                places.append((names, name, names[name]))
    return places


def mark_counter(note):
    """Note whoever makes a Counter or a class of that kind; return the places."""
    kind = library("collections").Counter

    def derived(cls, **kwargs):
        note("Counter", 0)
        super(kind, cls).__init_subclass__(**kwargs)

    kind.__init__, kind.update = (marked(method, "Counter", note) for method in (kind.__init__, kind.update))
    kind.__init_subclass__ = classmethod(derived)
    return [
        (kind.__dict__, name, kind.__dict__[name]) for name in ("__init__", "update", "__init_subclass__")
    ]


def instrument(tally):
    """Wrap what is watched, and hear what Python announces; return the places to look at afterwards."""
    places = [*mark_counter(tally.note), *replace(wrappers(tally))]
    give_way()  # to modules of the candidate's that have the names of those we needed
    sys.modules.pop(__name__, None)
    sys.addaudithook(tally.hear)
    return places


def counted(tally, function, args, kwargs):
    """Call a function while its steps are counted; return what it gives, what it raises, and how many."""
    enter, steps = tally.tracer()
    profile, value, raised = tally.profile, None, None
    try:
        sys.setprofile(profile)
        sys.settrace(enter)
        tally.listening = True
        value = function(*args, **kwargs)
    except Exception as error:
        raised = error
    finally:
        tally.listening = False
        if sys.gettrace() is not enter or sys.getprofile() is not profile:
            tally.meddling["the count was switched off"] = None
        sys.settrace(None)
        sys.setprofile(None)
    return value, None if raised is None else told(raised), steps()


def told(error):
    """Return the names of an exception's kinds, and its message."""
    try:
        message = str(error)[:500]
    except Exception:
        message = "(its message could not be read)"
    return [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__], message


def verbs(entry):
    """Return the verb ``watched`` for the candidate whose module is ``entry``."""
    tally, places, seeds = Tally(), [], itertools.count(SEED)

    def watched(name, args, kwargs):
        module, _, attribute = name.rpartition(":")
        if not places:
            if entry in sys.modules:
                raise RuntimeError(f"{entry} was loaded before anybody watched: ask this first")
            places.extend(instrument(tally))
        tally.reset()
        tally.listening = True
        function = getattr(importlib.import_module(module or entry), attribute)
        tally.listening = False
        tally.calls = {call: times for call, times in tally.calls.items() if call[0] == "Counter"}
        tally.passages.clear()
        if "random" in sys.modules:
            sys.modules["random"].seed(next(seeds))
        value, raised, steps = counted(tally, function, args, kwargs)
        tally.passed()
        if tally.calls.pop((THREAD, 0), None):
            tally.meddling[THREAD] = None
        for names, place, wrapper in places:
            if names.get(place) is not wrapper:
                tally.meddling[f"{place} was replaced"] = None
        calls = [(called, entries, times) for (called, entries), times in tally.calls.items()]
        return value, raised, steps, calls, list(tally.meddling)

    return {"watched": watched}
