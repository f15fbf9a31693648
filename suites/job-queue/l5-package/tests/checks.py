"""Questions about a package that was one class before: what it did, where that is now, what needs what.

canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
"""

import ast
import contextlib
import itertools
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from codestone.grading import (
    Answer,
    Callback,
    Candidate,
    CandidateFailed,
    Finding,
    Handle,
    Throw,
    all_of,
    fail,
    ok,
)

# What works at once: only wrong code waits this long for it.
SOON_S = 4.0
# What must not happen: wrong code needs milliseconds for it, and correct code waits this long.
GRACE_S = 0.5
# A pause that was asked for may seem a little shorter: its ends are stamped out here, one after the other.
SHORTER = 0.9

OLD = "job_queue.py"
PARTS = {
    "jobs/core.py": "JobQueue",
    "jobs/retry.py": "Retry",
    "jobs/priority.py": "PriorityLine",
}
PACKAGE = ("jobs/__init__.py", *PARTS)
MODULES = {"jobs.core", "jobs.retry", "jobs.priority"}
MAY_NEED = {
    OLD: {"jobs", "jobs.core"},
    "jobs/__init__.py": {"jobs.core", "jobs.retry", "jobs.priority"},
    "jobs/core.py": {"jobs.retry", "jobs.priority"},
    "jobs/retry.py": set[str](),
    "jobs/priority.py": set[str](),
}
LOADERS = {"__import__", "exec", "eval", "importlib", "runpy", "pkgutil", "zipimport"}
MOST = 3 / 4


def kept_jobs(candidate: Candidate) -> Finding:
    """Jobs have ids, arguments, results and errors as before, and are executed in their order."""
    words = [candidate.nonce() for _ in range(6)]
    gate, job = candidate.callback(name="gate"), candidate.callback(name="job")
    queue = _queue(candidate, retries=0)
    first = _added(queue, gate)
    if not gate.wait_for(1, limit_s=SOON_S):
        return fail("the first job was not begun")
    known = [_added(queue, job, number, more=number) for number in range(6)]

    def found() -> Iterator[Finding]:
        yield queue.begin("waiting").answer(limit_s=SOON_S).gives(6)
        yield _asked(queue, first, timeout=0.1).raises("TimeoutError")
        gate.release()
        yield _asked(queue, first).gives(None)
        for number, word in enumerate(words):
            if not job.wait_for(number + 1, limit_s=SOON_S):
                yield fail(f"{number} of 6 jobs were executed")
            call = job.calls[number]
            given = call.args, call.kwargs
            yield _same("the next job was called with", given, ((number,), {"more": number}))
            job.release(word if number % 2 else Throw("OSError", word))
        for job_id, (number, word) in zip(known, enumerate(words), strict=True):
            answer = _asked(queue, job_id)
            yield answer.gives(word) if number % 2 else answer.raises("OSError", saying=word)
        yield _asked(queue, known[5]).gives(words[5])
        yield _apart([first, *known, *(_added(queue, job) for _ in range(13))])
        yield _asked(queue, f"{first}-0" if isinstance(first, str) else -1).raises("KeyError")

    return all_of(found())


def kept_retries(candidate: Candidate) -> Finding:
    """A job that fails is executed again as often as before, after the pauses of before, before any other."""
    sleep = candidate.callback(lambda *_, **__: None, name="sleep")
    usual = _queue(candidate, sleep=sleep)
    short = _queue(candidate, 1, 0.5, sleep)
    never = _queue(candidate, retries=0, sleep=sleep)
    cases: list[tuple[Handle, int, list[float]]] = [
        (usual, 0, []),
        (usual, 2, [1, 2]),
        (usual, 3, [1, 2, 4]),
        (usual, 9, [1, 2, 4]),
        (usual, 1, [1]),
        (short, 1, [0.5]),
        (short, 9, [0.5]),
        (never, 9, []),
    ]

    def found() -> Iterator[Finding]:
        for queue, failures, pauses in cases:
            job = _Failing(candidate, failures)
            before = len(sleep.calls)
            answer = _asked(queue, _added(queue, job.callback))
            yield job.judged(answer, attempts=len(pauses) + 1)
            yield _same("sleep was called with", _arguments(sleep, before), pauses)
        yield candidate.ask("jobs:JobQueue", retries=-1).raises("ValueError")
        yield _undisturbed(candidate, usual)

    return all_of(found())


def kept_pauses(candidate: Candidate) -> Finding:
    """Without a ``sleep`` of ours the pauses are real ones."""
    queue = _queue(candidate, first_pause=0.4)
    job = _Failing(candidate, 2)
    answer = queue.begin("get_result", _added(queue, job.callback)).answer(limit_s=4 * SOON_S)

    def found() -> Iterator[Finding]:
        yield job.judged(answer, attempts=3)
        came = [call.at_ns for call in job.callback.calls]
        for asked_s, (one, next_) in zip((0.4, 0.8), itertools.pairwise(came), strict=True):
            said = f"{(next_ - one) / 1e9:.2f} s between two attempts, {asked_s} s were asked for"
            yield ok(said) if next_ - one >= asked_s * SHORTER * 1e9 else fail(said)

    return all_of(found())


def kept_priorities(candidate: Candidate) -> Finding:
    """Waiting jobs are executed by priority, in their order where it is the same."""
    gate, queue = candidate.callback(name="gate"), _queue(candidate)
    job = candidate.callback(lambda *_, **__: None, name="job")
    _added(queue, gate)
    if not gate.wait_for(1, limit_s=SOON_S):
        return fail("the first job was not begun")
    priorities = (0, 5, -2, None, 5, 1, -2, 10, 5, None)
    for number, priority in enumerate(priorities):
        _added(queue, job, number, **({} if priority is None else {"priority": priority}))
    gate.release()
    job.wait_for(len(priorities), limit_s=SOON_S)

    def found() -> Iterator[Finding]:
        for call in job.calls:
            yield _same("a job got the keyword arguments", call.kwargs, {})
        order = sorted(range(len(priorities)), key=lambda number: -(priorities[number] or 0))
        yield _same("jobs were executed in the order", _arguments(job), order)

    return all_of(found())


def old_entry(candidate: Candidate) -> Finding:
    """The class in job_queue is that in jobs: what is written on the one is read from the other."""
    old, new = _member(candidate, "job_queue", "JobQueue"), _member(candidate, "jobs", "JobQueue")

    def found() -> Iterator[Finding]:
        yield from _one_object(candidate, old, new, "job_queue.JobQueue and jobs.JobQueue")
        word = candidate.nonce()
        queue = candidate.new("job_queue:JobQueue")
        yield _asked(queue, _added(queue, candidate.callback(lambda: word, name="job"))).gives(word)

    return all_of(found())


def exports(candidate: Candidate) -> Finding:
    """The package offers the three classes by their names, and no more; there is no star."""

    def found() -> Iterator[Finding]:
        offered = candidate.get("jobs:__all__").value
        said = f"jobs.__all__ is {offered!r:.200}"
        names = sorted(PARTS.values())
        right = isinstance(offered, list | tuple) and all(isinstance(name, str) for name in offered)
        yield ok(said) if right and sorted(offered) == names else fail(f"{said}; expected {', '.join(names)}")
        for path, name in PARTS.items():
            module = path.removesuffix(".py").replace("/", ".")
            pair = _member(candidate, "jobs", name), _member(candidate, module, name)
            yield from _one_object(candidate, *pair, f"jobs.{name} and {module}.{name}")
        for path in (OLD, *PACKAGE):
            for node in ast.walk(_tree(candidate, path)):
                if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                    yield fail(f"{path}:{node.lineno} imports *")
            yield ok(f"no import * in {path}")

    return all_of(found())


def layout(candidate: Candidate) -> Finding:
    """Each class stands in its module, nothing is defined elsewhere, and no module has nearly everything."""

    def found() -> Iterator[Finding]:
        for path, name in PARTS.items():
            there = [node.name for node in _tree(candidate, path).body if isinstance(node, ast.ClassDef)]
            said = f"{path} defines {', '.join(there) or 'no class'}"
            yield ok(said) if name in there else fail(f"{said}; expected {name}")
        for path in (OLD, "jobs/__init__.py"):
            for node in ast.walk(_tree(candidate, path)):
                if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                    yield fail(f"{path}:{node.lineno} defines something: that belongs into a part")
        sizes = {path: _size(_tree(candidate, path)) for path in PARTS}
        most = max(sizes, key=lambda path: sizes[path])
        share = sizes[most] / sum(sizes.values())
        said = f"{most} has {share:.0%} of the package's code"
        yield ok(said) if share <= MOST else fail(f"{said}; expected three quarters at most")

    return all_of(found())


def imports(candidate: Candidate) -> Finding:
    """The parts need nothing, the queue needs the parts, and nothing is loaded by other means."""

    def found() -> Iterator[Finding]:
        for path in (OLD, *PACKAGE):
            for module, line in _needs(candidate, path):
                if module.partition(".")[0] in LOADERS:
                    yield fail(f"{path}:{line} imports {module}: another way of loading")
                if module.partition(".")[0] not in sys.stdlib_module_names and module not in MAY_NEED[path]:
                    may = ", ".join(["the standard library", *sorted(MAY_NEED[path])])
                    yield fail(f"{path}:{line} imports {module}; it may import from {may}")
            for node in ast.walk(_tree(candidate, path)):
                if isinstance(node, ast.Name) and node.id in LOADERS:
                    yield fail(f"{path}:{node.lineno} uses {node.id}: another way of loading")
            yield ok(f"{path} imports what it may")

    return all_of(found())


def retry_alone(candidate: Candidate) -> Finding:
    """A Retry can be used without a queue."""
    sleep = candidate.callback(lambda *_, **__: None, name="sleep")
    usual = candidate.new("jobs.retry:Retry", sleep=sleep)
    short = candidate.new("jobs.retry:Retry", 1, 0.5, sleep)
    real = candidate.new("jobs.retry:Retry", first_pause=0.05)

    def found() -> Iterator[Finding]:
        for retry, failures, pauses in (
            (usual, 0, []),
            (usual, 3, [1, 2, 4]),
            (usual, 9, [1, 2, 4]),
            (usual, 1, [1]),
            (short, 9, [0.5]),
            (real, 2, []),
        ):
            job = _Failing(candidate, failures)
            before = len(sleep.calls)
            answer = retry.begin("run", job.callback, 7, more="x").answer(limit_s=SOON_S)
            yield job.judged(answer, attempts=3 if retry is real else len(pauses) + 1)
            yield _same("sleep was called with", _arguments(sleep, before), pauses)
            for call in job.callback.calls:
                yield _same("the function was called with", (call.args, call.kwargs), ((7,), {"more": "x"}))
        yield candidate.ask("jobs.retry:Retry", retries=-1).raises("ValueError")

    return all_of(found())


def line_alone(candidate: Candidate) -> Finding:
    """A PriorityLine can be used without a queue; its entries need not be comparable."""
    line = candidate.new("jobs.priority:PriorityLine")

    def put(entry: Any, **kwargs: Any) -> None:
        answer = line.begin("put", entry, **kwargs).answer(limit_s=SOON_S)
        if answer.raised:
            raise CandidateFailed(f"{answer.asked} raised {answer.raised}")

    def found() -> Iterator[Finding]:
        priorities = (1, 0, None, 7, 1, -3, 7, None)
        for number, priority in enumerate(priorities):
            put({"entry": number}, **({} if priority is None else {"priority": priority}))
        yield line.begin("__len__").answer(limit_s=SOON_S).gives(len(priorities))
        for number in sorted(range(len(priorities)), key=lambda number: -(priorities[number] or 0)):
            yield line.begin("take").answer(limit_s=SOON_S).gives({"entry": number})
        yield line.begin("__len__").answer(limit_s=SOON_S).gives(0)
        waiting, word = line.begin("take"), candidate.nonce()
        if candidate.wait(lambda: waiting.answered, limit_s=GRACE_S):
            yield fail("take() of an empty line does not wait")
        put(word)
        yield waiting.answer(limit_s=SOON_S).gives(word)

    return all_of(found())


def put_together(candidate: Candidate) -> Finding:
    """With another Retry.run and another PriorityLine.put jobs are executed, and added, by these."""
    word, other = candidate.nonce(), candidate.nonce()
    job = candidate.callback(lambda: other, name="job")

    def put(*_: Any, **__: Any) -> None:
        raise Throw("LookupError", other)

    run, refused = candidate.callback(lambda *_, **__: word, name="run"), candidate.callback(put, name="put")
    _replace(candidate, _member(candidate, "jobs.retry", "Retry"), "run", run)
    queue = _queue(candidate)

    def found() -> Iterator[Finding]:
        answer = _asked(queue, _added(queue, job))
        yield answer.satisfies(_is(word), "what our Retry.run gave: the queue executes no job by itself")
        said = "the job was executed beside Retry.run"
        yield fail(said) if job.calls else ok("the job was executed by Retry.run alone")
        _replace(candidate, _member(candidate, "jobs.priority", "PriorityLine"), "put", refused)
        later = _queue(candidate)
        added = later.begin("add_job", job, priority=7).answer(limit_s=SOON_S)
        if not added.raises("LookupError", saying=other).passed:
            yield fail(f"{added.asked} did not raise what our PriorityLine.put raised: it is not called")
        given = [part for call in refused.calls for part in (*call.args, *call.kwargs.values())]
        said = "PriorityLine.put was given the job's priority"
        yield ok(said) if any(type(part) is int and part == 7 for part in given) else fail(f"not so: {said}")

    return all_of(found())


def without_the_old_file(candidate: Candidate) -> Finding:
    """The package works where there is no job_queue. (The last check: it empties that file.)"""
    candidate.put(OLD, b"")
    loaded = _member(candidate, "sys", "modules")
    loaded.call("__setitem__", "job_queue", None)
    word = candidate.nonce()
    job = _Failing(candidate, 1)
    queue = _queue(candidate, first_pause=0.01)

    def found() -> Iterator[Finding]:
        yield job.judged(_asked(queue, _added(queue, job.callback, priority=1)), attempts=2)
        yield _asked(queue, _added(queue, candidate.callback(lambda: word, name="job"))).gives(word)
        usual = candidate.new("jobs:JobQueue")
        yield _asked(usual, _added(usual, candidate.callback(lambda: word, name="job"))).gives(word)

    return all_of(found())


class _Failing:
    """A job that fails some times before it gives a word, each time with a message of its own."""

    def __init__(self, candidate: Candidate, failures: int) -> None:
        self.failures, self.words = failures, [candidate.nonce() for _ in range(12)]
        self.callback = candidate.callback(self._called, name="job")

    def judged(self, answer: Answer, *, attempts: int) -> Finding:
        """Tell whether it was called so often, and the last call decided."""
        last = self.words[attempts - 1]
        counted = _same("a job was executed so often:", len(self.callback.calls), attempts)
        came = answer.gives(last) if attempts > self.failures else answer.raises("OSError", saying=last)
        return counted if not counted.passed else came

    def _called(self, *_: Any, **__: Any) -> str:
        number = len(self.callback.calls)
        word = self.words[min(number, len(self.words)) - 1]
        if number <= self.failures:
            raise Throw("OSError", word)
        return word


def _queue(candidate: Candidate, *args: Any, **kwargs: Any) -> Handle:
    return candidate.new("jobs:JobQueue", *args, **kwargs)


def _added(queue: Handle, job: Callback, *args: Any, **kwargs: Any) -> Any:
    """Add a job; return its id, which has to be there at once."""
    return queue.begin("add_job", job, *args, **kwargs).answer(limit_s=SOON_S).value


def _asked(queue: Handle, job_id: Any, **kwargs: Any) -> Answer:
    return queue.begin("get_result", job_id, **kwargs).answer(limit_s=SOON_S)


def _undisturbed(candidate: Candidate, queue: Handle) -> Finding:
    """Tell whether the attempts of one job come one after the other, before the job behind it."""
    gate, failing = candidate.callback(name="gate"), _Failing(candidate, 9)
    other = candidate.callback(lambda: None, name="other")
    _added(queue, gate)
    if not gate.wait_for(1, limit_s=SOON_S):
        return fail("a job was not begun")
    _added(queue, failing.callback)
    last = _added(queue, other)
    gate.release()
    _asked(queue, last)
    attempts = sum(call.at_ns < other.calls[0].at_ns for call in failing.callback.calls) if other.calls else 0
    return _same("attempts of a failing job before the job behind it:", attempts, 4)


def _arguments(callback: Callback, since: int = 0) -> list[Any]:
    """Return all arguments of its calls, one after the other."""
    return [arg for call in callback.calls[since:] for arg in call.args]


def _apart(known: Sequence[Any]) -> Finding:
    if not all(type(each) in (int, str) for each in known):
        return fail(f"the ids {known!r:.200} are not all a str or an int")
    return _same(f"{len(known)} jobs have so many ids:", len({*known}), len(known))


def _same(words: str, came: object, expected: object) -> Finding:
    said = f"{words} {came!r:.200}"
    return ok(said) if came == expected else fail(f"{said}; expected {expected!r}")


def _member(candidate: Candidate, module: str, name: str) -> Handle:
    """Return a handle of what a module has under that name."""
    loaded = candidate.new("importlib:import_module", module)
    return candidate.new("builtins:getattr", loaded, name)


def _replace(candidate: Candidate, owner: Handle, name: str, value: Callback) -> None:
    _done(candidate.ask("builtins:setattr", owner, name, value))


def _done(answer: Answer) -> None:
    if answer.raised:
        raise CandidateFailed(f"{answer.asked} raised {answer.raised}")


def _one_object(candidate: Candidate, one: Handle, other: Handle, words: str) -> Iterator[Finding]:
    """Write on each and read from the other: a subclass sees what is above it, and is not seen from there."""
    for written, read in ((one, other), (other, one)):
        word = candidate.nonce()
        _done(candidate.ask("builtins:setattr", written, "marked", word))
        answer = candidate.ask("builtins:getattr", read, "marked", None)
        yield answer.satisfies(_is(word), f"one and the same: {words}")


def _is(word: str) -> Callable[[Any], bool]:
    return lambda value: bool(value == word)


def _tree(candidate: Candidate, path: str) -> ast.Module:
    if path not in candidate.source:
        raise CandidateFailed(f"there is no {path}")
    try:
        with warnings.catch_warnings(action="ignore"):
            return _parsed(candidate.source[path])
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise CandidateFailed(f"{path} is no Python that can be read: {error}") from None


def _parsed(text: str) -> ast.Module:
    # CPython 3.11 raises SystemError now and then while another thread parses too: so these checks are not
    # asked side by side, and try again, for a run reads replies meanwhile
    for _ in range(10):
        with contextlib.suppress(SystemError):
            return ast.parse(text)
    return ast.parse(text)


def _size(tree: ast.Module) -> int:
    """Count the nodes of a tree, without docstrings."""
    strings = sum(
        2
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
    return sum(1 for _ in ast.walk(tree)) - strings


def _needs(candidate: Candidate, path: str) -> Sequence[tuple[str, int]]:
    """Return the modules that a file imports, wherever in it, by their whole names; and the lines."""
    here = path.split("/")[:-1]
    found = []
    for node in ast.walk(_tree(candidate, path)):
        if isinstance(node, ast.Import):
            found += [(name.name, node.lineno) for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = here[: len(here) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            inside = [f"{module}.{name.name}" for name in node.names]
            found += [(each if each in MODULES else module, node.lineno) for each in inside]
    return found
