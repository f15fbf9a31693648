"""Questions about a job queue. Each job is a function of ours: its calls arrive, and are ordered, out here.

canary c4f5175c-e45f-4dd6-a06a-b6682cc6eeca
"""

from collections.abc import Iterator, Sequence
from typing import Any

from codestone.grading import (
    Answer,
    Callback,
    Candidate,
    Finding,
    Handle,
    Pending,
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
# What nothing here waits for, and no limit at all.
PATIENT, ENDLESS = 600_000 * MS, 0

# More than a channel of a usual size holds, and fewer than the race detector's limit on goroutines.
MANY = 3000
FAR = 1_000_000


def ids(candidate: Candidate) -> Finding:
    """Jobs are added while one is under way, and again when some were fetched: ids at once, none twice."""
    job = _held(candidate)
    queue = _queue(candidate)
    known = [_added(queue, job) for _ in range(3)]
    for count in range(1, 4):
        if not job.wait_for(count, limit_s=SOON_S):
            return fail(f"{count - 1} of 3 jobs were executed")
        job.release()
    for job_id in known:
        _result(queue, job_id)
    known += [_added(queue, job) for _ in range(17)]
    said = f"20 jobs have {len({*known})} ids: {known!r:.200}"
    return ok(said) if len({*known}) == len(known) else fail(said)


def results(candidate: Candidate) -> Finding:
    """What finished jobs gave is given, the second time too."""
    values = [candidate.nonce(), 0, "", None, False, [1, {"word": candidate.nonce()}]]
    queue = _queue(candidate)
    jobs = [(_added(queue, _giving(candidate, value)), value) for value in values]
    _let_finish(candidate, queue)
    return all_of(_result(queue, job_id).gives(value) for _ in range(2) for job_id, value in jobs)


def waits(candidate: Candidate) -> Finding:
    """Who asks for an unfinished job gets its result, whichever job finishes before it."""
    job = _held(candidate)
    queue = _queue(candidate)
    first = _added(queue, job)
    if not job.wait_for(1, limit_s=SOON_S):
        return fail("the first job was not begun")
    second = _added(queue, job)
    asked = [_asked(queue, first), _asked(queue, first, PATIENT)]
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
    """When the time is over the error says so, and the result is to be had later."""
    job = _held(candidate)
    queue = _queue(candidate)
    job_id = _added(queue, job)

    def found() -> Iterator[Finding]:
        for milliseconds in (100, 200):
            yield _fails(_result(queue, job_id, milliseconds * MS), "ErrTimeout")
        if not job.wait_for(1, limit_s=SOON_S):
            yield fail("the job was not begun")
            return
        word = candidate.nonce()
        job.release(word)
        yield _result(queue, job_id, PATIENT).gives(word)

    return all_of(found())


def several_jobs(candidate: Candidate) -> Finding:
    """Of many jobs each is executed once and has its own result, also behind one that fails."""
    words = [candidate.nonce() for _ in range(12)]
    gate = _held(candidate)
    jobs = [
        _failing(candidate, "TypeError", word) if number == 4 else _giving(candidate, word)
        for number, word in enumerate(words)
    ]
    queue = _queue(candidate)
    _added(queue, gate)
    known = [_added(queue, job) for job in jobs]
    asked = [(_asked(queue, known[number]), number) for number in (7, 0, 11, 5, 4, 3, 9, 1, 10, 2, 8, 6)]
    if not gate.wait_for(1, limit_s=SOON_S):
        return fail("the first job was not begun")
    gate.release()

    def found() -> Iterator[Finding]:
        for pending, number in asked:
            answer = pending.answer(limit_s=SOON_S)
            if number != 4:  # what becomes of the failure is another check's
                yield answer.gives(words[number])
        _let_finish(candidate, queue)
        times = [len(job.calls) for job in jobs]
        said = f"executed, by job: {times}"
        yield ok(said) if times == [1] * 12 else fail(f"{said}; expected once each")

    return all_of(found())


def in_order(candidate: Candidate) -> Finding:
    """Jobs that were added while one was under way are executed as they were added."""
    gate = _held(candidate)
    order: list[int] = []
    queue = _queue(candidate)
    _added(queue, gate)
    if not gate.wait_for(1, limit_s=SOON_S):
        return fail("the first job was not begun")
    for number in range(8):
        _added(queue, _noting(candidate, order, number))
    if order:
        return fail(f"job {order[0]} began while the first job, added before it, was under way")
    gate.release()
    candidate.wait(lambda: len(order) >= 8, limit_s=SOON_S)
    said = f"executed in the order {order}; added 0 to 7"
    return ok(said) if order == [*range(8)] else fail(said)


def one_at_a_time(candidate: Candidate) -> Finding:
    """No job begins while another is under way."""
    job = _held(candidate)
    queue = _queue(candidate)
    for _ in range(4):
        _added(queue, job)
    if not job.wait_for(1, limit_s=SOON_S):
        return fail("the first job was not begun")
    if job.wait_for(2, limit_s=GRACE_S):
        return fail("a second job began while the first was under way")
    job.release()
    if not job.wait_for(2, limit_s=SOON_S):
        return fail("no job began after the first had finished")
    return ok("the second job began when the first had finished")


def unknown_id(candidate: Candidate) -> Finding:
    """An error of its own for what was never given out, by this queue or by any."""
    queue, empty = _queue(candidate), _queue(candidate)
    known = _added(queue, _giving(candidate, candidate.nonce()))

    def found() -> Iterator[Finding]:
        for each in (known + FAR, known - FAR):
            for limit in (ENDLESS, PATIENT):
                yield _fails(_result(queue, each, limit), "ErrUnknownID")
        yield _fails(_result(empty, known + FAR), "ErrUnknownID")

    return all_of(found())


def failing_job(candidate: Candidate) -> Finding:
    """The error that a job returned is given on, as often as one asks, and the next job is executed."""
    word, other = candidate.nonce(), candidate.nonce()
    queue = _queue(candidate)
    job_id = _added(queue, _failing(candidate, "SyntaxError", word))
    next_id = _added(queue, _giving(candidate, other))
    _let_finish(candidate, queue)

    def found() -> Iterator[Finding]:
        for _ in range(2):
            yield _result(queue, job_id).raises("SyntaxError", saying=word)
        yield _result(queue, next_id).gives(other)

    return all_of(found())


def panicking_job(candidate: Candidate) -> Finding:
    """The jobs behind one that panics are executed, and asking for it comes to an end."""
    queue = _queue(candidate)
    job_id = _panicking(candidate, queue, candidate.nonce(), as_error=False)
    word = candidate.nonce()
    next_id = _added(queue, _giving(candidate, word))
    _let_finish(candidate, queue)

    def found() -> Iterator[Finding]:
        yield ok(f"of the job that panicked: {_told(_result(queue, job_id))}")
        yield _result(queue, next_id).gives(word)

    return all_of(found())


def panic_told(candidate: Candidate) -> Finding:
    """Jobs that panic, with a text and with an error, have failed with an error that says so."""
    words = [candidate.nonce(), candidate.nonce()]
    queue = _queue(candidate)
    known = [_panicking(candidate, queue, word, as_error=word == words[1]) for word in words]
    _let_finish(candidate, queue)

    def found() -> Iterator[Finding]:
        for job_id, word in zip(known, words, strict=True):
            answer = _result(queue, job_id)
            yield answer.raises("ErrPanic", saying=word)
            yield _fails(answer, "ErrPanic")

    return all_of(found())


def many_waiting(candidate: Candidate) -> Finding:
    """Thousands of jobs are added while one is under way."""
    gate = _held(candidate)
    queue = _queue(candidate)
    _added(queue, gate)
    if not gate.wait_for(1, limit_s=SOON_S):
        return fail("the first job was not begun")
    last = candidate.begin("fill", queue, MANY)
    if not candidate.wait(lambda: last.answered, limit_s=SOON_S):
        return fail(f"{MANY} jobs could not be added while one was under way")
    gate.release()
    _let_finish(candidate, queue)
    return _result(queue, last.answer().value).gives(MANY - 1)


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


def own_queues(candidate: Candidate) -> Finding:
    """While one queue is busy, another executes its jobs."""
    gate, word = _held(candidate), candidate.nonce()
    busy, queue = _queue(candidate), _queue(candidate)
    _added(busy, gate)
    if not gate.wait_for(1, limit_s=SOON_S):
        return fail("the first job was not begun")
    job_id = _added(queue, _giving(candidate, word))
    _let_finish(candidate, queue)
    return _result(queue, job_id).gives(word)


def _queue(candidate: Candidate) -> Handle:
    return candidate.new("New")


def _held(candidate: Candidate) -> Callback:
    """Return a job that is under way until it is released."""
    return candidate.callback(name="job")


def _giving(candidate: Candidate, value: Any) -> Callback:
    return candidate.callback(lambda: value, name="job")


def _failing(candidate: Candidate, kind: str, message: str) -> Callback:
    def fails() -> None:
        raise Throw(kind, message)

    return candidate.callback(fails, name="job")


def _panicking(candidate: Candidate, queue: Handle, word: str, *, as_error: bool) -> Any:
    """Add a job that panics with a word, as it is or in an error; return its id."""
    return _added(queue, candidate.new("panicking", candidate.callback(lambda: word, name="say"), as_error))


def _noting(candidate: Candidate, order: list[int], number: int) -> Callback:
    return candidate.callback(lambda: order.append(number), name=f"job {number}")


def _added(queue: Handle, job: Callback | Handle) -> Any:
    """Add a job; return its id, which has to be there at once."""
    return queue.begin("AddJob", job).answer(limit_s=SOON_S).value


def _asked(queue: Handle, job_id: Any, limit: int = ENDLESS) -> Pending:
    return queue.begin("Result", job_id, limit)


def _result(queue: Handle, job_id: Any, limit: int = ENDLESS) -> Answer:
    """Ask for the result of a job that has nothing to wait for."""
    return _asked(queue, job_id, limit).answer(limit_s=SOON_S)


def _fails(answer: Answer, sentinel: str) -> Finding:
    """Judge an error that wraps one of the package's, and no other."""
    others: Sequence[str] = [each for each in ("ErrPanic", "ErrTimeout", "ErrUnknownID") if each != sentinel]
    if answer.raised and any(answer.raised.is_a(each) for each in others):
        return fail(f"{answer.asked} gave {answer.raised}; expected {sentinel} alone")
    return answer.raises(sentinel)


def _let_finish(candidate: Candidate, queue: Handle) -> None:
    """Wait for a last job to begin: those before it have finished then, and nobody has waited for them."""
    last = _giving(candidate, None)
    _added(queue, last)
    last.wait_for(1, limit_s=SOON_S)


def _told(answer: Answer) -> str:
    return f"it gave {answer.raised}" if answer.raised else f"it gave {answer.value!r:.80}"


def _same(came: Any, expected: Any, what: str) -> Finding:
    said = f"{what}: {came!r:.200}"
    return ok(said) if came == expected else fail(f"{said}; expected {expected!r}")
