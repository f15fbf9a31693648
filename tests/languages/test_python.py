"""What is particular to Python's worker: names that the library has too, callbacks from several threads."""

from collections.abc import Callable, Mapping

import pytest

from codestone.grading.channel import CandidateFailed
from codestone.grading.session import Session
from codestone.languages import python

Open = Callable[[str, Mapping[str, str]], Session]

THREADS = """\
import asyncio
from concurrent.futures import ThreadPoolExecutor

def many(f, threads, times):
    with ThreadPoolExecutor(threads) as pool:
        rows = pool.map(lambda t: [f(t, i) for i in range(times)], range(threads))
        return list(rows)

def loop(f, times):
    async def go():
        return await asyncio.gather(*(f(0, i) for i in range(times)))
    return asyncio.run(go())
"""


def test_names_of_the_library(open_session: Open):
    """A package that must be called ``queue`` is found, although our worker has imported the library's."""
    files = {
        "queue/__init__.py": "from .core import Queue\n",
        "queue/core.py": "import json, workspace\n\nclass Queue:\n    size = workspace.SIZE\n",
        "workspace.py": "SIZE = 42\n",
        "json.py": "raise RuntimeError('shadowed as Python itself would')\n",
    }
    with open_session("python", files) as box, box.candidate(seed=1, limit_s=60) as candidate:
        assert candidate.ask("queue:Queue").raises("RuntimeError").passed
    files.pop("json.py")
    with open_session("python", files) as box, box.candidate(seed=1, limit_s=60) as candidate:
        assert candidate.new("queue:Queue").get("size").value == 42


def test_many_threads(open_session: Open):
    """Callbacks from many threads at once each get their own answer."""
    with (
        open_session("python", {"many.py": THREADS}) as opened,
        opened.candidate(seed=1, limit_s=120) as candidate,
    ):
        add = candidate.callback(lambda t, i: 1000 * t + i, name="add")
        expected = [[1000 * t + i for i in range(200)] for t in range(8)]
        for _ in range(3):
            assert candidate.ask("many", add, 8, 200).gives(expected).passed
        later = candidate.callback(lambda t, i: 1000 * t + i, name="later", asynchronous=True)
        assert candidate.ask("loop", later, 50).gives(list(range(50))).passed


def test_threads_and_questions(open_session: Open):
    """While threads wait for withheld answers, questions are answered; each thread then gets its own."""
    with (
        open_session("python", {"many.py": THREADS}) as opened,
        opened.candidate(seed=1, limit_s=120) as candidate,
    ):
        gate = candidate.callback(name="gate")
        add = candidate.callback(lambda t, i: t + i, name="add")
        begun = [candidate.begin("many", gate, 2, 1) for _ in range(3)]
        assert gate.wait_for(6)
        for _ in range(20):
            assert candidate.ask("many", add, 2, 5).value == [[t + i for i in range(5)] for t in range(2)]
        for call in reversed(list(gate.held)):
            gate.release(call.args[0], call=call)
        assert [pending.answer().value for pending in begun] == [[[0], [1]]] * 3


CHANCE = """\
import random, sys, tempfile, uuid

def drawn():
    return [random.random(), str(uuid.uuid4()), next(tempfile._get_candidate_names())]

def loaded(names):
    return [name for name in names if name in sys.modules]

def mark():
    random.mark = 1

def marked():
    return hasattr(random, "mark")
"""


def test_a_module_loaded_beforehand_starts_anew_in_each_worker(open_session: Open):
    """No two workers draw the same numbers, and what one does to a module the next one does not see."""
    drawn = []
    with open_session("python", {"chance.py": CHANCE}) as box:
        for _ in range(3):
            with box.candidate(seed=1, limit_s=60) as candidate:
                drawn.append(candidate.ask("drawn").value)
                assert candidate.ask("marked").value is False
                candidate.ask("mark")
                assert candidate.ask("marked").value is True
    for column in zip(*drawn, strict=True):
        assert len(set(column)) == len(drawn)


def test_the_worker_of_a_candidate_has_no_verb_of_the_shell(open_session: Open):
    """Commands and files are asked of a worker of their own, and only that one has their module."""
    with (
        open_session("python", {"chance.py": CHANCE}) as box,
        box.candidate(seed=1, limit_s=60) as candidate,
    ):
        assert candidate.run("echo", "yes").stdout == b"yes\n"
        assert candidate.ask("loaded", ["subprocess", "workspace"]).value == []
        with pytest.raises(CandidateFailed, match="no verb is called 'listing'"):
            candidate.question("listing", None, (), {})


def test_a_module_that_the_text_mentions_is_loaded_beforehand():
    """A word is enough, and what it needs comes with it; a text without any loads nothing."""
    assert python.warm(["import random\n", "async def f(): ...\n"]) == [
        "asyncio",
        "concurrent.futures.thread",
        "random",
    ]
    assert python.warm(["def add(a, b): return a + b\n"]) == []


LATE = """\
import sys

def loaded(names):
    return [name for name in names if name in sys.modules]

class Answer:
    def __%s__(self):
        return iter(())
"""


def test_awaiting_where_the_library_is_shadowed(open_session: Open):
    """What is awaited is awaited by the library's event loop, whatever the candidate's modules are called."""
    files = {
        "late.py": LATE % "await",
        "queue.py": "raise RuntimeError\n",
        "heapq.py": "raise RuntimeError\n",
    }
    with open_session("python", files) as box, box.candidate(seed=1, limit_s=60) as candidate:
        assert candidate.new("Answer").await_().value is None
    with (
        open_session("python", {"late.py": LATE % "iter"}) as box,
        box.candidate(seed=1, limit_s=60) as candidate,
    ):
        assert candidate.ask("loaded", ["asyncio", "random"]).value == []
