"""Questions about priorities, all asked while a first job is under way, which ends when we let it.

So the queue chooses when every job is there, and a correct one has no race to lose, whatever else it does.

canary 5c715947-00c2-48e4-8b7b-0a5883510e1d
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
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
# What must not happen: wrong code needs milliseconds for it, and correct code waits this long.
GRACE_S = 0.5

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
    """A job is called with its arguments and nothing else, also where there are none, and no options."""
    args = [5, "five", [None, 0.5], {"priority": 9, "args": [1]}]
    word = candidate.nonce()
    queue, gate = _held(candidate)
    cases: list[dict[str, Any]] = [{"args": args, "priority": 7}, {"args": args}, {"priority": -7}, {}]
    jobs = [_giving(candidate, word) for _ in cases]
    known = [_added(queue, job, **options) for job, options in zip(jobs, cases, strict=True)]
    gate.release()

    def found() -> Iterator[Finding]:
        for job_id, job, options in zip(known, jobs, cases, strict=True):
            yield _result(queue, job_id).gives(word)
            expected = tuple(options.get("args", ()))
            for call in job.calls:
                said = f"called with {call.args!r}"
                yield ok(said) if call.args == expected else fail(f"{said}; expected {expected!r}")

    return all_of(found())


def late_but_urgent(candidate: Candidate) -> Finding:
    """More urgent jobs are added while less urgent ones wait, and while one of these is under way."""
    queue, gate = _held(candidate)
    jobs = {name: _until_released(candidate, name) for name in ("slow", "slower", "idle", "urgent")}
    begun: list[str] = []

    def next_begun() -> Finding:
        def new() -> list[str]:
            return [name for name, job in jobs.items() if job.calls and name not in begun]

        if not candidate.wait(lambda: bool(new()), limit_s=SOON_S):
            return fail(f"no job began after {', '.join(begun) or 'the first'}")
        begun.append(new()[0])
        return ok(f"{begun[-1]} began")

    def found() -> Iterator[Finding]:
        for name, priority in (("slow", 0), ("slower", -1)):
            _added(queue, jobs[name], priority=priority)
        gate.release()
        yield next_begun()
        for name, priority in (("idle", -2), ("urgent", 3)):
            _added(queue, jobs[name], priority=priority)
        for _ in range(3):
            jobs[begun[-1]].release()
            yield next_begun()
        yield _same_order(begun, ["slow", "urgent", "slower", "idle"])

    return all_of(found())


def one_at_a_time(candidate: Candidate) -> Finding:
    """However urgent a job is, it does not begin while another is under way."""
    queue, gate = _held(candidate)
    job = _until_released(candidate, "job")
    for priority in (5, 1_000_000):
        _added(queue, job, priority=priority)
    if job.wait_for(1, limit_s=GRACE_S):
        return fail("an urgent job began while another was under way")
    gate.release()
    if not job.wait_for(1, limit_s=SOON_S):
        return fail("no job began after the first had finished")
    if job.wait_for(2, limit_s=GRACE_S):
        return fail("two jobs were under way at the same time")
    return ok("one job was under way at a time")


def own_result(candidate: Candidate) -> Finding:
    """Each id has the result of its own job, whatever has overtaken it, also of two with one priority."""
    words = [candidate.nonce() for _ in range(6)]
    jobs = [_giving(candidate, word) for word in words]
    queue, gate = _held(candidate)
    known = [_added(queue, job, priority=each) for job, each in zip(jobs, (1, 3, 2, 6, 3, 4), strict=True)]
    gate.release()
    return all_of(_result(queue, job_id).gives(word) for job_id, word in zip(known, words, strict=True))


def failing_jobs(candidate: Candidate) -> Finding:
    """Two urgent jobs fail, one a plain function; nobody asks before the one behind them has finished."""
    words = [candidate.nonce() for _ in range(3)]

    def fails(number: int) -> Callback:
        def work(*_: Any) -> None:
            raise Throw("SyntaxError", words[number])

        return candidate.callback(work, name="job", asynchronous=number == 0)

    last = _giving(candidate, words[2])
    queue, gate = _held(candidate)
    known = [_added(queue, job, priority=2 - number) for number, job in enumerate((fails(0), fails(1), last))]
    gate.release()

    def found() -> Iterator[Finding]:
        yield _result(queue, known[2]).gives(words[2])
        for number in range(2):
            yield _result(queue, known[number]).raises("SyntaxError", saying=words[number])

    return all_of(found())


def _ordered(candidate: Candidate, priorities: Sequence[int | None]) -> Finding:
    """Add jobs of these priorities (None: without one), let them go, and compare the order of their calls."""
    order: list[int] = []
    queue, gate = _held(candidate)
    for number, priority in enumerate(priorities):
        job = candidate.callback(_noting(order, number), name=f"job {number}", asynchronous=True)
        _added(queue, job, **({} if priority is None else {"priority": priority}))
    gate.release()
    candidate.wait(lambda: len(order) >= len(priorities), limit_s=SOON_S)
    # sorted() leaves equal ones in their order
    expected = sorted(range(len(priorities)), key=lambda number: -(priorities[number] or 0))
    return _same_order(_named(order, priorities), _named(expected, priorities))


def _noting(order: list[int], number: int) -> Callable[..., None]:
    return lambda *_: order.append(number)


def _held(candidate: Candidate) -> tuple[Handle, Callback]:
    """Return a queue that is under way with a first job, and that job."""
    queue = candidate.new("JobQueue")
    gate = _until_released(candidate, "gate")
    _added(queue, gate, priority=0)
    if not gate.wait_for(1, limit_s=SOON_S):
        raise CandidateFailed("the first job was not begun")
    return queue, gate


def _until_released(candidate: Candidate, name: str) -> Callback:
    """Return an asynchronous job that is under way until it is released."""
    return candidate.callback(name=name, asynchronous=True)


def _giving(candidate: Candidate, value: str) -> Callback:
    return candidate.callback(lambda *_: value, name="job", asynchronous=True)


def _added(queue: Handle, job: Callback, **options: Any) -> Any:
    """Add a job; return its id, which has to be there at once."""
    return queue.begin("addJob", job, **options).answer(limit_s=SOON_S).value


def _result(queue: Handle, job_id: Any) -> Answer:
    """Ask for a result: the promise has to be there at once, and its job has nothing to wait for."""
    answer = queue.begin("getResult", job_id).answer(limit_s=SOON_S)
    if not isinstance(answer.value, Handle):
        raise CandidateFailed(f"{answer.asked} gave {answer.value!r:.80}, which is no promise")
    pending = answer.value.begin_await()
    pending.asked = f"await {answer.asked}"
    return pending.answer(limit_s=SOON_S)


def _named(order: Iterable[int], priorities: Sequence[int | None]) -> list[str]:
    """Write each job as number:priority, numbers as they were added."""
    return [f"{number}:{'none' if priorities[number] is None else priorities[number]}" for number in order]


def _same_order(came: Sequence[Any], expected: Sequence[Any]) -> Finding:
    said = f"executed {', '.join(map(str, came)) or 'nothing'}"
    return ok(said) if [*came] == [*expected] else fail(f"{said}; expected {', '.join(map(str, expected))}")
