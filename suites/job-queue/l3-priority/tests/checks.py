"""Questions about priorities, all asked while a first job is under way, which ends when we let it.

So the worker chooses when every job is there, and a correct queue has no race to lose, whatever else it does.

canary 5e7b9f36-90a4-4d1b-a7c5-1f8d24e6b0c9
"""

from collections.abc import Iterable, Iterator, Sequence
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

# What happens at once in a queue that works: only wrong code waits this long for it.
SOON_S = 5.0

MIXED = (3, -2, 10, 3, 9, 0, -10, 10, 1, 100, -2, 9, 0, 2)


def higher_first(candidate: Candidate) -> Finding:
    """Jobs of different priorities."""
    return _ordered(candidate, [4, 1, 5, 9, 2, 6])


def first_added_first(candidate: Candidate) -> Finding:
    """Jobs of one priority."""
    return _ordered(candidate, [2] * 8)


def mixed_priorities(candidate: Candidate) -> Finding:
    """Of several digits, below 0 and more than once, fixed ones and some by chance."""
    chance = candidate.random()
    more = [chance.randint(-1000, 1000) for _ in range(10)]
    return all_of(_ordered(candidate, priorities) for priorities in (MIXED, more + more[:5]))


def default_priority(candidate: Candidate) -> Finding:
    """A job without a priority between one of -1 and one of 1."""
    return _ordered(candidate, [-1, None, 1])


def arguments(candidate: Candidate) -> Finding:
    """A job is called with its arguments, and without the priority."""
    args, kwargs = (5, "five", [None, 0.5]), {"name": "five", "timeout": 2, "key": {"k": (1, 2)}}
    word = candidate.nonce()
    job = candidate.callback(lambda *_, **__: word, name="job")
    queue, gate = _held(candidate)
    known = [_added(queue, job, *args, **extra, **kwargs) for extra in ({"priority": 7}, {})]
    gate.release()

    def found() -> Iterator[Finding]:
        for job_id in known:
            yield _result(queue, job_id).gives(word)
        for call in job.calls:
            said = f"called with {call.args!r} and {call.kwargs!r}"
            right = (call.args, call.kwargs) == (args, kwargs)
            yield ok(said) if right else fail(f"{said}; expected {args!r} and {kwargs!r}")

    return all_of(found())


def late_but_urgent(candidate: Candidate) -> Finding:
    """More urgent jobs are added while less urgent ones wait, and while one of these is under way."""
    queue, gate = _held(candidate)
    job = candidate.callback(name="job")  # each ends when we let it
    begun: list[Any] = []

    def next_begun() -> Finding:
        begun.append(None)
        if not job.wait_for(len(begun), limit_s=SOON_S):
            return fail(f"no job began after {begun[:-1]}")
        begun[-1] = job.calls[len(begun) - 1].args[0]
        return ok(f"{begun[-1]} began")

    def found() -> Iterator[Finding]:
        for name, priority in (("slow", 0), ("slower", -1)):
            _added(queue, job, name, priority=priority)
        gate.release()
        yield next_begun()
        for name, priority in (("idle", -2), ("urgent", 3)):
            _added(queue, job, name, priority=priority)
        for _ in range(3):
            job.release()
            yield next_begun()
        yield _same_order(begun, ["slow", "urgent", "slower", "idle"])

    return all_of(found())


def own_result(candidate: Candidate) -> Finding:
    """Each id has the result of its own job, also of one that fails, and of two with one priority."""
    words = [candidate.nonce() for _ in range(6)]

    def work(number: int) -> str:
        if number == 3:
            raise Throw("LookupError", words[3])
        return words[number]

    job = candidate.callback(work, name="job")
    queue, gate = _held(candidate)
    known = [_added(queue, job, number, priority=each) for number, each in enumerate((1, 3, 2, 6, 3, 4))]
    gate.release()

    def found() -> Iterator[Finding]:
        for number, job_id in enumerate(known):
            answer, word = _result(queue, job_id), words[number]
            yield answer.raises("LookupError", saying=word) if number == 3 else answer.gives(word)

    return all_of(found())


def _ordered(candidate: Candidate, priorities: Sequence[int | None]) -> Finding:
    """Add jobs of these priorities (None: without one), let them go, and compare the order of their calls."""
    queue, gate = _held(candidate)
    job = candidate.callback(lambda _: None, name="job")
    for number, priority in enumerate(priorities):
        _added(queue, job, number, **({} if priority is None else {"priority": priority}))
    gate.release()
    job.wait_for(len(priorities), limit_s=SOON_S)
    order = [call.args[0] for call in job.calls]
    # sorted() leaves equal ones in their order
    expected = sorted(range(len(priorities)), key=lambda number: -(priorities[number] or 0))
    return _same_order(_named(order, priorities), _named(expected, priorities))


def _held(candidate: Candidate) -> tuple[Handle, Callback]:
    """Return a queue whose worker is under way with a first job, and that job."""
    queue = candidate.new("JobQueue")
    gate = candidate.callback(name="gate")
    _added(queue, gate)
    if not gate.wait_for(1, limit_s=SOON_S):
        raise CandidateFailed("no job began")
    return queue, gate


def _added(queue: Handle, job: Callback, *args: Any, **kwargs: Any) -> Any:
    """Add a job; return its id, which has to be there at once."""
    return queue.begin("add_job", job, *args, **kwargs).answer(limit_s=SOON_S).value


def _result(queue: Handle, job_id: Any) -> Answer:
    return queue.begin("get_result", job_id).answer(limit_s=SOON_S)


def _named(order: Iterable[int], priorities: Sequence[int | None]) -> list[str]:
    """Write each job as number:priority, numbers as they were added."""
    return [f"{number}:{'none' if priorities[number] is None else priorities[number]}" for number in order]


def _same_order(came: Sequence[Any], expected: Sequence[Any]) -> Finding:
    said = f"executed {', '.join(map(str, came)) or 'nothing'}"
    return ok(said) if [*came] == [*expected] else fail(f"{said}; expected {', '.join(map(str, expected))}")
