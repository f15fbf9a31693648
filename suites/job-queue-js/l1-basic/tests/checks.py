"""Questions about a job queue. Each job is a function of ours: its calls arrive, and are ordered, out here.

canary ecaa49f0-c333-40e2-9893-4471639f5a5d
"""

from collections.abc import Iterator, Sequence
from typing import Any

from codestone.grading import (
    Answer,
    Callback,
    Candidate,
    CandidateFailed,
    Finding,
    Handle,
    Pending,
    Throw,
    Undefined,
    all_of,
    fail,
    ok,
)

# What happens at once in a queue that works: only wrong code waits this long for it.
SOON_S = 5.0
# What must not happen: wrong code needs milliseconds for it, and correct code waits this long.
GRACE_S = 0.5
# Milliseconds that nothing here waits for.
PATIENT_MS = 60_000


def ids(candidate: Candidate) -> Finding:
    """Jobs are added while one is under way, and again when some have finished: ids at once, none twice."""
    job = _held(candidate)
    queue = _queue(candidate)
    known = [_added(queue, job) for _ in range(3)]
    for count in range(1, 4):
        if not job.wait_for(count, limit_s=SOON_S):
            return fail(f"{count - 1} of 3 jobs were executed")
        job.release()
    known += [_added(queue, job) for _ in range(17)]
    if not all(type(each) in (int, str) for each in known):
        return fail(f"the ids {known!r:.200} are not all a string or a whole number")
    said = f"20 jobs have {len({*known})} ids: {known!r}"
    return ok(said) if len({*known}) == len(known) else fail(said)


def results(candidate: Candidate) -> Finding:
    """What finished jobs gave is given, the second time too."""
    values = [candidate.nonce(), 0, "", None, False, Undefined(), [1, {"word": candidate.nonce()}]]
    queue = _queue(candidate)
    jobs = [(_added(queue, _giving(candidate, value)), value) for value in values]
    _let_finish(candidate, queue)
    return all_of(_result(queue, job_id).gives(value) for _ in range(2) for job_id, value in jobs)


def arguments(candidate: Candidate) -> Finding:
    """A job is called with the arguments that it was added with, also with none."""
    every = [(3, "x", [1.5, None], {"timeout": 7, "priority": 2}), ()]
    word = candidate.nonce()
    job = candidate.callback(lambda *_: word, name="job", asynchronous=True)
    queue = _queue(candidate)
    known = [_added(queue, job, *args) for args in every]
    _let_finish(candidate, queue)

    def found() -> Iterator[Finding]:
        for job_id in known:
            yield _result(queue, job_id).gives(word)
        for call, args in zip(job.calls, every, strict=False):
            said = f"the job was called with {call.args!r}"
            yield ok(said) if call.args == args else fail(f"{said}; expected {args!r}")

    return all_of(found())


def waits(candidate: Candidate) -> Finding:
    """Who asks for an unfinished job gets its result, whichever job finishes before it."""
    job = _held(candidate)
    queue = _queue(candidate)
    first = _added(queue, job)
    if not job.wait_for(1, limit_s=SOON_S):
        return fail("the first job was not begun")
    second = _added(queue, job)
    asked = [_asked(queue, first), _asked(queue, first, PATIENT_MS)]
    later = [_asked(queue, second) for _ in range(4)]

    def found() -> Iterator[Finding]:
        if candidate.wait(lambda: any(each.answered for each in asked + later), limit_s=GRACE_S):
            early = next(each for each in asked + later if each.answered)
            yield fail(f"{early.asked} did not wait for its job: {_told(early.answer())}")
        for number, pending in ((1, asked), (2, later)):
            word = candidate.nonce()
            if not job.wait_for(number, limit_s=SOON_S):
                yield fail("the second job was not begun after the first")
                return
            job.release(word)
            for each in pending:
                yield each.answer(limit_s=SOON_S).gives(word)

    return all_of(found())


def timeout(candidate: Candidate) -> Finding:
    """When the time is over the promise is rejected, and the result is to be had later."""
    job = _held(candidate)
    queue = _queue(candidate)
    job_id = _added(queue, job)

    def found() -> Iterator[Finding]:
        for milliseconds in (100, 200):
            yield _result(queue, job_id, milliseconds).raises("TimeoutError")
        if not job.wait_for(1, limit_s=SOON_S):
            yield fail("the job was not begun")
            return
        word = candidate.nonce()
        job.release(word)
        yield _result(queue, job_id, PATIENT_MS).gives(word)

    return all_of(found())


def several_jobs(candidate: Candidate) -> Finding:
    """Of many jobs each is executed once and has its own result, also behind one that fails."""
    words = [candidate.nonce() for _ in range(12)]

    def work(*args: Any) -> str:
        if args == (4,):
            raise Throw("TypeError", words[4])
        return words[args[0]] if args in [(number,) for number in range(12)] else "not a job's arguments"

    gate, job = _held(candidate), candidate.callback(work, name="job", asynchronous=True)
    queue = _queue(candidate)
    _added(queue, gate)
    known = [_added(queue, job, number) for number in range(12)]
    order = (7, 0, 11, 5, 4, 3, 9, 1, 10, 2, 8, 6)
    asked = [(_asked(queue, known[number]), number) for number in order]
    if not gate.wait_for(1, limit_s=SOON_S):
        return fail("the first job was not begun")
    gate.release()

    def found() -> Iterator[Finding]:
        for pending, number in asked:
            answer = pending.answer(limit_s=SOON_S)
            if number != 4:  # what becomes of the failure is another check's
                yield answer.gives(words[number])
        _let_finish(candidate, queue)
        yield _once_each(job, range(12))

    return all_of(found())


def in_order(candidate: Candidate) -> Finding:
    """Jobs that were added while one was under way are executed as they were added."""
    gate = _held(candidate)
    job = candidate.callback(lambda *_: None, name="job", asynchronous=True)
    queue = _queue(candidate)
    _added(queue, gate)
    if not gate.wait_for(1, limit_s=SOON_S):
        return fail("the first job was not begun")
    for number in range(8):
        _added(queue, job, number)
    if job.calls:
        return fail(f"job {_shown(job, 0)} began while the first job, added before it, was under way")
    gate.release()
    job.wait_for(8, limit_s=SOON_S)
    order = [call.args for call in job.calls]
    said = f"executed in the order {[*map(_first, order)]}; added 0 to 7"
    return ok(said) if order == [(number,) for number in range(8)] else fail(said)


def one_at_a_time(candidate: Candidate) -> Finding:
    """No job begins while another is under way."""
    job = _held(candidate)
    queue = _queue(candidate)
    for number in range(4):
        _added(queue, job, number)
    if not job.wait_for(1, limit_s=SOON_S):
        return fail("the first job was not begun")
    if job.wait_for(2, limit_s=GRACE_S):
        return fail(f"job {_shown(job, 1)} began while job {_shown(job, 0)} was under way")
    job.release()
    if not job.wait_for(2, limit_s=SOON_S):
        return fail("no job began after the first had finished")
    return ok("the second job began when the first had finished")


def unknown_id(candidate: Candidate) -> Finding:
    """A promise that is rejected with RangeError for what was never given out, by this queue or by any."""
    queue, empty = _queue(candidate), _queue(candidate)
    known = _added(queue, _giving(candidate, candidate.nonce()))
    unknown = [known + 1000, -1] if isinstance(known, int) else [f"{known}-0", ""]

    def found() -> Iterator[Finding]:
        for each in unknown:
            yield _result(queue, each).raises("RangeError")
            yield _result(queue, each, PATIENT_MS).raises("RangeError")
        yield _result(empty, unknown[0]).raises("RangeError")

    return all_of(found())


def failing_job(candidate: Candidate) -> Finding:
    """What a job was rejected with is given on, as often as one asks, and the next job is executed."""
    word, other = candidate.nonce(), candidate.nonce()
    job = _held(candidate)
    queue = _queue(candidate)
    job_id = _added(queue, job)
    next_id = _added(queue, _giving(candidate, other))
    asked = _asked(queue, job_id)  # before it fails: whether a failure may go unasked is another check's
    if not job.wait_for(1, limit_s=SOON_S):
        return fail("the first job was not begun")
    job.release(Throw("SyntaxError", word))

    def found() -> Iterator[Finding]:
        yield asked.answer(limit_s=SOON_S).raises("SyntaxError", saying=word)
        yield _result(queue, job_id).raises("SyntaxError", saying=word)
        yield _result(queue, next_id).gives(other)

    return all_of(found())


def plain_functions(candidate: Candidate) -> Finding:
    """Jobs that are no asynchronous functions: one throws, and the one behind it returns."""
    word, other = candidate.nonce(), candidate.nonce()
    gate, fails = _held(candidate), _failing(candidate, "EvalError", word, asynchronous=False)
    queue = _queue(candidate)
    _added(queue, gate)
    job_id = _added(queue, fails)
    next_id = _added(queue, candidate.callback(lambda *_: other, name="plain job"))
    asked = _asked(queue, job_id)
    if not gate.wait_for(1, limit_s=SOON_S):
        return fail("the first job was not begun")
    gate.release()

    def found() -> Iterator[Finding]:
        yield asked.answer(limit_s=SOON_S).raises("EvalError", saying=word)
        yield _result(queue, next_id).gives(other)

    return all_of(found())


def begins_later(candidate: Candidate) -> Finding:
    """The id is there before the job begins: a plain function that we hold stands in nobody's way."""
    job = candidate.callback(name="plain job")  # the whole candidate stands still while it is withheld
    queue = _queue(candidate)
    added = queue.begin("addJob", job)
    if not job.wait_for(1, limit_s=SOON_S):
        return fail("the job did not begin")
    if not added.answered:
        return fail("the job began while addJob was still under way")
    job.release()
    return ok("addJob had returned when the job began")


def unasked_failure(candidate: Candidate) -> Finding:
    """Jobs fail, nobody asks for them, and the program goes on."""
    word = candidate.nonce()
    queue = _queue(candidate)
    job_id = _added(queue, _failing(candidate, "TypeError", word))
    _let_finish(candidate, queue)

    def found() -> Iterator[Finding]:
        for _ in range(2):
            later = candidate.nonce()
            yield _result(queue, _added(queue, _giving(candidate, later))).gives(later)
        asked_at_last = _result(queue, job_id)
        yield ok(f"asked at last: {_told(asked_at_last)}")

    return all_of(found())


def _queue(candidate: Candidate) -> Handle:
    return candidate.new("JobQueue")


def _held(candidate: Candidate) -> Callback:
    """Return an asynchronous job that is under way until it is released."""
    return candidate.callback(name="job", asynchronous=True)


def _giving(candidate: Candidate, value: Any) -> Callback:
    return candidate.callback(lambda *_: value, name="job", asynchronous=True)


def _failing(candidate: Candidate, kind: str, message: str, *, asynchronous: bool = True) -> Callback:
    def fails(*_: Any) -> None:
        raise Throw(kind, message)

    return candidate.callback(fails, name="job", asynchronous=asynchronous)


def _added(queue: Handle, job: Callback, *args: Any) -> Any:
    """Add a job; return its id, which has to be there at once."""
    return queue.begin("addJob", job, *args).answer(limit_s=SOON_S).value


def _asked(queue: Handle, job_id: Any, *timeout: int) -> Pending:
    """Ask for a result: the promise has to be there at once; its end is waited for by who wants it."""
    answer = queue.begin("getResult", job_id, *timeout).answer(limit_s=SOON_S)
    if not isinstance(answer.value, Handle):
        raise CandidateFailed(f"{answer.asked} gave {answer.value!r:.80}, which is no promise")
    pending = answer.value.begin_await()
    pending.asked = f"await {answer.asked}"
    return pending


def _result(queue: Handle, job_id: Any, *timeout: int) -> Answer:
    """Ask for the result of a job that has nothing to wait for."""
    return _asked(queue, job_id, *timeout).answer(limit_s=SOON_S)


def _let_finish(candidate: Candidate, queue: Handle) -> None:
    """Wait for a last job to begin: those before it have finished then, and nobody has waited for them."""
    last = _giving(candidate, None)
    _added(queue, last)
    last.wait_for(1, limit_s=SOON_S)


def _told(answer: Answer) -> str:
    return f"it was rejected with {answer.raised}" if answer.raised else f"it gave {answer.value!r:.80}"


def _first(args: tuple[Any, ...]) -> Any:
    return args[0] if args else None


def _shown(job: Callback, index: int) -> Any:
    return _first(job.calls[index].args)


def _once_each(job: Callback, numbers: Sequence[int]) -> Finding:
    came = [call.args for call in job.calls]
    times = {number: came.count((number,)) for number in numbers if came.count((number,)) != 1}
    return (
        fail(f"executed, by job: {times}; expected once each")
        if times
        else ok(f"{len(came)} jobs, once each")
    )
