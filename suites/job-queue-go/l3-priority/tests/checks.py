"""Questions about priorities, all asked while a first job is under way, which ends when we let it.

So the queue chooses when every job is there, and a correct one has no race to lose, whatever else it does.

canary 7bc76920-7275-4aa7-81cc-3f63712a0159
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
SOON_S = 8.0
# What must not happen: wrong code needs milliseconds for it, and correct code waits this long.
GRACE_S = 0.5

MS = 1_000_000  # a time.Duration is in nanoseconds
ENDLESS = 0
FAR = 1_000_000

MIXED = (3, -2, 10, 3, 9, 0, -10, 10, 1, 100, -2, 9, 0, 2)
LOWEST, HIGHEST = -(2**63), 2**63 - 1


def higher_first(candidate: Candidate) -> Finding:
    """Jobs of different priorities."""
    return _ordered(candidate, [4, 1, 5, 9, 2, 6])


def first_added_first(candidate: Candidate) -> Finding:
    """Jobs of one priority, fewer and more of them."""
    return all_of(_ordered(candidate, [priority] * count) for priority, count in ((2, 8), (-1, 30)))


def mixed_priorities(candidate: Candidate) -> Finding:
    """Of several digits, below 0 and more than once, fixed ones and some by chance."""
    chance = candidate.random()
    more = [chance.randint(-1000, 1000) for _ in range(10)]
    return all_of(_ordered(candidate, priorities) for priorities in (MIXED, more + more[:5]))


def default_priority(candidate: Candidate) -> Finding:
    """A job without a priority between one of 1 and one of -1, before one of 0, and behind one of 0."""
    return all_of(_ordered(candidate, each) for each in ([1, None, -1], [None, 0], [0, None]))


def any_int(candidate: Candidate) -> Finding:
    """The lowest and the highest int, which have no number of the other sign or no difference."""
    return _ordered(candidate, [0, LOWEST, HIGHEST, LOWEST + 1, -1, HIGHEST - 1, 1])


def late_but_urgent(candidate: Candidate) -> Finding:
    """More urgent jobs are added while less urgent ones wait, and while one of these is under way."""
    queue, gate = _held(candidate)
    jobs = {name: candidate.callback(name=name) for name in ("slow", "slower", "idle", "urgent")}
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
            _added(queue, jobs[name], priority)
        gate.release()
        yield next_begun()
        for name, priority in (("idle", -2), ("urgent", 3)):
            _added(queue, jobs[name], priority)
        for _ in range(3):
            jobs[begun[-1]].release()
            yield next_begun()
        yield _same_order(begun, ["slow", "urgent", "slower", "idle"])

    return all_of(found())


def one_at_a_time(candidate: Candidate) -> Finding:
    """However urgent a job is, it does not begin while another is under way."""
    queue, gate = _held(candidate)
    job = candidate.callback(name="job")
    for priority in (5, 1_000_000):
        _added(queue, job, priority)
    if job.wait_for(1, limit_s=GRACE_S):
        return fail("an urgent job began while another was under way")
    gate.release()
    if not job.wait_for(1, limit_s=SOON_S):
        return fail("no job began after the first had finished")
    if job.wait_for(2, limit_s=GRACE_S):
        return fail("two jobs were under way at the same time")
    return ok("one job was under way at a time")


def own_result(candidate: Candidate) -> Finding:
    """Each id has the result of its own job, whatever has overtaken it; others have none."""
    words = [candidate.nonce() for _ in range(6)]
    jobs = [_giving(candidate, word) for word in words]
    queue, gate = _held(candidate)
    known = [_added(queue, job, each) for job, each in zip(jobs, (1, 3, 2, 6, 3, 4), strict=True)]

    def found() -> Iterator[Finding]:
        yield _result(queue, known[3], 100 * MS).raises("ErrTimeout")
        gate.release()
        for _ in range(2):
            for job_id, word in zip(known, words, strict=True):
                yield _result(queue, job_id).gives(word)
        yield _result(queue, max(known) + FAR).raises("ErrUnknownID")

    return all_of(found())


def failing_jobs(candidate: Candidate) -> Finding:
    """A job returns an error, which is told; the job behind it is executed."""
    word = candidate.nonce()

    def fails() -> None:
        raise Throw("SyntaxError", word)

    return _failing(candidate, candidate.callback(fails, name="job"), "SyntaxError", word)


def panicking_jobs(candidate: Candidate) -> Finding:
    """A job panics, which is told; the job behind it is executed."""
    word = candidate.nonce()
    panics = candidate.new("panicking", candidate.callback(lambda: word, name="say"))
    return _failing(candidate, panics, "ErrPanic", word)


def together(candidate: Candidate) -> Finding:
    """Many goroutines add jobs and ask for their results at the same time; the race detector watches."""
    chance = candidate.random()
    numbers = [chance.randrange(10**9) for _ in range(400)]
    answer = candidate.ask("crowd", 8, numbers)

    def found() -> Iterator[Finding]:
        came = answer.value
        wrong = [(want, got) for want, got in zip(numbers, came, strict=True) if got["Result"] != want]
        yield (
            fail(f"{len(wrong)} of 400 results are others, as {wrong[0]!r:.200}")
            if wrong
            else ok("400 results")
        )
        different, calls = len({each["ID"] for each in came}), {each["Calls"] for each in came}
        yield _same(different, 400, "different ids of 400 jobs")
        yield _same(sorted(calls), [1], "executed so many times each")
        yield _same(candidate.ask("races").value, 0, "data races")

    return all_of(found())


def _failing(candidate: Candidate, job: Callback | Handle, kind: str, word: str) -> Finding:
    """Judge what is told of a job that fails, and that an other one, less urgent, is executed behind it."""
    other = candidate.nonce()
    queue, gate = _held(candidate)
    known = [_added(queue, each, 2 - number) for number, each in enumerate((job, _giving(candidate, other)))]
    gate.release()

    def found() -> Iterator[Finding]:
        yield _result(queue, known[1]).gives(other)
        yield _result(queue, known[0]).raises(kind, saying=word)

    return all_of(found())


def _ordered(candidate: Candidate, priorities: Sequence[int | None]) -> Finding:
    """Add jobs of these priorities (None: without one), let them go, and compare the order of their calls."""
    order: list[int] = []
    queue, gate = _held(candidate)
    for number, priority in enumerate(priorities):
        _added(queue, _noting(candidate, order, number), priority)
    gate.release()
    candidate.wait(lambda: len(order) >= len(priorities), limit_s=SOON_S)
    # sorted() leaves equal ones in their order
    expected = sorted(range(len(priorities)), key=lambda number: -(priorities[number] or 0))
    return _same_order(_named(order, priorities), _named(expected, priorities))


def _noting(candidate: Candidate, order: list[int], number: int) -> Callback:
    return candidate.callback(lambda: order.append(number), name=f"job {number}")


def _held(candidate: Candidate) -> tuple[Handle, Callback]:
    """Return a queue that is under way with a first job, and that job."""
    queue = candidate.new("New")
    gate = candidate.callback(name="gate")
    _added(queue, gate, 0)
    if not gate.wait_for(1, limit_s=SOON_S):
        raise CandidateFailed("the first job was not begun")
    return queue, gate


def _giving(candidate: Candidate, value: str) -> Callback:
    return candidate.callback(lambda: value, name="job")


def _added(queue: Handle, job: Callback | Handle, priority: int | None) -> Any:
    """Add a job; return its id, which has to be there at once."""
    asked = (
        queue.begin("AddJob", job) if priority is None else queue.begin("AddJobWithPriority", priority, job)
    )
    return asked.answer(limit_s=SOON_S).value


def _result(queue: Handle, job_id: Any, limit: int = ENDLESS) -> Answer:
    """Ask for the result of a job that has nothing to wait for."""
    return queue.begin("Result", job_id, limit).answer(limit_s=SOON_S)


def _named(order: Iterable[int], priorities: Sequence[int | None]) -> list[str]:
    """Write each job as number:priority, numbers as they were added."""
    return [f"{number}:{'none' if priorities[number] is None else priorities[number]}" for number in order]


def _same_order(came: Sequence[Any], expected: Sequence[Any]) -> Finding:
    said = f"executed {', '.join(map(str, came)) or 'nothing'}"
    return ok(said) if [*came] == [*expected] else fail(f"{said}; expected {', '.join(map(str, expected))}")


def _same(came: Any, expected: Any, what: str) -> Finding:
    said = f"{what}: {came!r:.200}"
    return ok(said) if came == expected else fail(f"{said}; expected {expected!r}")
