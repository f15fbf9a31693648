"""What is particular to Python's worker: names that the library has too, callbacks from several threads."""

from collections.abc import Callable, Mapping

from codestone.grading.session import Session

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
