"""Questions about a job queue. Each job is a function of ours: its calls arrive, and are ordered, out here.

canary 0a5be20d-7e93-4d50-9b3d-3a6a2b5c41f7
"""

from collections.abc import Iterator, Sequence
from typing import Any

from codestone.grading import Answer, Callback, Candidate, Finding, Handle, Throw, all_of, fail, ok

# What happens at once in a queue that works: only wrong code waits this long for it.
SOON_S = 5.0
# What must not happen: wrong code needs milliseconds for it, and correct code waits this long.
GRACE_S = 0.5


def ids(candidate: Candidate) -> Finding:
    """Jobs are added while one is under way, and again when some have finished: ids at once, none twice."""
    job = candidate.callback(name="job")  # under way until it is released
    queue = _queue(candidate)
    known = [_added(queue, job) for _ in range(3)]
    for count in range(1, 4):
        if not job.wait_for(count, limit_s=SOON_S):
            return fail(f"{count - 1} of 3 jobs were executed")
        job.release()
    known += [_added(queue, job) for _ in range(17)]
    if not all(type(each) in (int, str) for each in known):
        return fail(f"the ids {known!r} are not all a str or an int")
    said = f"20 jobs have {len({*known})} ids: {known!r}"
    return ok(said) if len({*known}) == len(known) else fail(said)


def results(candidate: Candidate) -> Finding:
    """What finished jobs returned is given, the second time too."""
    values = [candidate.nonce(), 0, "", None, False, [1, {"word": candidate.nonce()}]]
    queue = _queue(candidate)
    jobs = [(_added(queue, _giving(candidate, value)), value) for value in values]
    _let_finish(candidate, queue)
    return all_of(_asked(queue, job_id).gives(value) for _ in range(2) for job_id, value in jobs)


def arguments(candidate: Candidate) -> Finding:
    """A job is called with the arguments that it was added with."""
    args = (3, "x", [1.5], None)
    kwargs = {"timeout": 7, "job_id": "a", "name": {"k": (1, 2)}, "priority": 2}
    word = candidate.nonce()
    job = candidate.callback(lambda *_, **__: word, name="job")
    queue = _queue(candidate)
    job_id = _added(queue, job, *args, **kwargs)
    _let_finish(candidate, queue)

    def found() -> Iterator[Finding]:
        yield _asked(queue, job_id).gives(word)
        for call in job.calls:
            said = f"the job was called with {call.args!r} and {call.kwargs!r}"
            right = (call.args, call.kwargs) == (args, kwargs)
            yield ok(said) if right else fail(f"{said}; expected {args!r} and {kwargs!r}")

    return all_of(found())


def waits(candidate: Candidate) -> Finding:
    """Who asks for an unfinished job gets its result, whichever job finishes before it."""
    job = candidate.callback(name="job")
    queue = _queue(candidate)
    first = _added(queue, job)
    if not job.wait_for(1, limit_s=SOON_S):
        return fail("the first job was not begun")
    second = _added(queue, job)
    asked = [queue.begin("get_result", first), queue.begin("get_result", first, timeout=60)]
    later = [queue.begin("get_result", second) for _ in range(4)]

    def found() -> Iterator[Finding]:
        if candidate.wait(lambda: any(each.answered for each in asked + later), limit_s=GRACE_S):
            early = next(each for each in asked + later if each.answered)
            yield fail(f"{early.asked} did not wait for its job: {_told(early.answer())}")
        for number, pending in ((1, asked), (2, later)):
            word = candidate.nonce()
            if not job.wait_for(number, limit_s=SOON_S):
                yield fail("the second job was not begun after the first")
            job.release(word)
            for each in pending:
                yield each.answer(limit_s=SOON_S).gives(word)

    return all_of(found())


def timeout(candidate: Candidate) -> Finding:
    """When the time is over TimeoutError is raised, and the result is to be had later."""
    job = candidate.callback(name="job")
    queue = _queue(candidate)
    job_id = _added(queue, job)

    def found() -> Iterator[Finding]:
        for seconds in (0.1, 0.2):
            yield _asked(queue, job_id, timeout=seconds).raises("TimeoutError")
        if not job.wait_for(1, limit_s=SOON_S):
            yield fail("the job was not begun")
        word = candidate.nonce()
        job.release(word)
        yield _asked(queue, job_id, timeout=60).gives(word)

    return all_of(found())


def several_jobs(candidate: Candidate) -> Finding:
    """Of many jobs each is executed once and has its own result, also behind one that fails."""
    words = [candidate.nonce() for _ in range(12)]

    def work(number: int) -> str:
        if number == 4:
            raise Throw("ValueError", "job 4 fails")
        return words[number]

    gate, job = candidate.callback(name="gate"), candidate.callback(work, name="job")
    queue = _queue(candidate)
    _added(queue, gate)
    known = [_added(queue, job, number) for number in range(12)]
    order = (7, 0, 11, 5, 3, 9, 1, 10, 2, 8, 6)
    asked = [(queue.begin("get_result", known[number]), words[number]) for number in order]
    if not gate.wait_for(1, limit_s=SOON_S):
        return fail("the first job was not begun")
    gate.release()

    def found() -> Iterator[Finding]:
        for pending, word in asked:
            yield pending.answer(limit_s=SOON_S).gives(word)
        _let_finish(candidate, queue)
        yield _once_each(job, range(12))

    return all_of(found())


def in_order(candidate: Candidate) -> Finding:
    """Jobs that were added while one was under way are executed as they were added."""
    gate = candidate.callback(name="gate")
    job = candidate.callback(lambda _: None, name="job")
    queue = _queue(candidate)
    _added(queue, gate)
    if not gate.wait_for(1, limit_s=SOON_S):
        return fail("the first job was not begun")
    for number in range(8):
        _added(queue, job, number)
    if job.calls:
        return fail(f"job {job.calls[0].args[0]} began while the first job, added before it, was under way")
    gate.release()
    job.wait_for(8, limit_s=SOON_S)
    order = [call.args[0] for call in job.calls]
    said = f"executed in the order {order}; added 0 to 7"
    return ok(said) if order == list(range(8)) else fail(said)


def one_at_a_time(candidate: Candidate) -> Finding:
    """No job begins while another is under way."""
    job = candidate.callback(name="job")
    queue = _queue(candidate)
    for number in range(4):
        _added(queue, job, number)
    if not job.wait_for(1, limit_s=SOON_S):
        return fail("the first job was not begun")
    if job.wait_for(2, limit_s=GRACE_S):
        return fail(f"job {job.calls[1].args[0]} began while job {job.calls[0].args[0]} was under way")
    job.release()
    if not job.wait_for(2, limit_s=SOON_S):
        return fail("no job began after the first had finished")
    return ok("the second job began when the first had finished")


def unknown_id(candidate: Candidate) -> Finding:
    """KeyError for what was never given out, by this queue or by any."""
    queue, empty = _queue(candidate), _queue(candidate)
    known = _added(queue, _giving(candidate, candidate.nonce()))
    unknown = [known + 1000, -1] if isinstance(known, int) else [f"{known}-0", ""]

    def found() -> Iterator[Finding]:
        for each in unknown:
            yield _asked(queue, each).raises("KeyError")
            yield _asked(queue, each, timeout=60).raises("KeyError")
        yield _asked(empty, unknown[0]).raises("KeyError")

    return all_of(found())


def failing_job(candidate: Candidate) -> Finding:
    """What a job raised is raised, as often as one asks, and the next job is executed."""
    word, other = candidate.nonce(), candidate.nonce()

    def fails() -> None:
        raise Throw("ZeroDivisionError", word)

    queue = _queue(candidate)
    job_id = _added(queue, candidate.callback(fails, name="job"))
    next_id = _added(queue, _giving(candidate, other))
    _let_finish(candidate, queue)

    def found() -> Iterator[Finding]:
        for _ in range(2):
            yield _asked(queue, job_id).raises("ZeroDivisionError", saying=word)
        yield _asked(queue, next_id).gives(other)

    return all_of(found())


def _queue(candidate: Candidate) -> Handle:
    return candidate.new("JobQueue")


def _added(queue: Handle, job: Callback, *args: Any, **kwargs: Any) -> Any:
    """Add a job; return its id, which has to be there at once."""
    return queue.begin("add_job", job, *args, **kwargs).answer(limit_s=SOON_S).value


def _asked(queue: Handle, job_id: Any, **kwargs: Any) -> Answer:
    """Ask for the result of a job that has nothing to wait for."""
    return queue.begin("get_result", job_id, **kwargs).answer(limit_s=SOON_S)


def _let_finish(candidate: Candidate, queue: Handle) -> None:
    """Wait for a last job to begin: those before it have finished then, and nobody has waited for them."""
    last = candidate.callback(lambda: None, name="last")
    _added(queue, last)
    last.wait_for(1, limit_s=SOON_S)


def _giving(candidate: Candidate, value: Any) -> Callback:
    return candidate.callback(lambda: value, name="job")


def _told(answer: Answer) -> str:
    return f"it raised {answer.raised}" if answer.raised else f"it gave {answer.value!r}"


def _once_each(job: Callback, numbers: Sequence[int]) -> Finding:
    came = [call.args[0] for call in job.calls]
    times = {number: came.count(number) for number in numbers if came.count(number) != 1}
    return (
        fail(f"executed, by job: {times}; expected once each")
        if times
        else ok(f"{len(came)} jobs, once each")
    )
