"""Questions about retries. Each call of a job arrives, and is stamped, out here; nothing here sleeps.

canary 24540b34-72a8-4bdf-9cc0-58d3a6801341
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from time import perf_counter_ns
from typing import Any

from codestone.grading import (
    Callback,
    Candidate,
    CandidateFailed,
    Finding,
    Handle,
    NotMeasured,
    Pending,
    Throw,
    all_of,
    fail,
    ok,
)

# What happens at once in a queue that works: only wrong code waits this long for it.
SOON_S = 5.0
# Seconds before each retry: what was told, what is too early, and up to when a busy machine may be why.
# A machine can only lengthen a wait. README.md here has the figures.
WAITS_S = ((1.0, 0.95, 1.8), (2.0, 1.9, 2.8), (4.0, 3.8, 5.5))
# Queues that are measured beside one another: the shortest wait counts.
QUEUES = 3
# Courses that must all have been too late before the queue is blamed for it.
COURSES = 2
# A slice of our own waiting took so much longer: the machine stood still, and a late retry says nothing.
STALLED_S = 0.4
SLICE_S = 0.1
# Calls that a job may come to before it counts as endless: right is 4.
MANY = 100


def retry_on_failure(candidate: Candidate) -> Finding:
    """Jobs that fail once, each with another error, are called again, and that gives their results."""
    words = {kind: candidate.nonce() for kind in ("Error", "TypeError", "RangeError", "SyntaxError")}
    asked = []
    for kind, word in words.items():
        queue = candidate.new("JobQueue")
        job = _failing(candidate, [Throw(kind, "not yet")], word)
        asked.append(_asked(queue, _added(queue, job)))
    return all_of(each.answer().gives(word) for each, word in zip(asked, words.values(), strict=True))


def at_most_three_retries(candidate: Candidate) -> Finding:
    """A job that always fails is called four times; then the failure is told, and not after more."""
    job = _failing(candidate, [Throw("TypeError", "never")] * MANY)
    queue = candidate.new("JobQueue")
    asked = _asked(queue, _added(queue, job))
    candidate.wait(lambda: asked.answered or len(job.calls) > 4)
    if not asked.answered:
        return fail(f"calls: {len(job.calls)}, and no failure told; expected 4, and TypeError")
    answer = asked.answer()
    told = ok(f"rejected with {answer.raised}") if answer.raised else answer.raises("TypeError")
    return all_of([_calls(job, 4), told])


def first_wait(candidate: Candidate) -> Finding:
    """1 second before the first retry."""
    return _waited(candidate, 1)


def second_wait(candidate: Candidate) -> Finding:
    """2 seconds before the second."""
    return _waited(candidate, 2)


def third_wait(candidate: Candidate) -> Finding:
    """4 seconds before the third."""
    return _waited(candidate, 3)


def no_retry_on_success(candidate: Candidate) -> Finding:
    """While another queue's job fails twice, those that succeed are called once, without a wait between."""
    clock = _failing(candidate, [Throw("Error", "not yet")] * 2, "late")
    words = [candidate.nonce() for _ in range(5)]
    job = candidate.callback(lambda *args: _word(words, args), name="job", asynchronous=True)
    other, queue = candidate.new("JobQueue"), candidate.new("JobQueue")
    asked = _asked(other, _added(other, clock))
    known = [_added(queue, job, number) for number in range(5)]

    def found() -> Iterator[Finding]:
        for number in range(5):
            yield _asked(queue, known[number]).answer().gives(words[number])
        yield asked.answer().gives("late")
        yield _calls(job, 5)
        shortest = min(_gaps_s(job))
        said = f"at least {shortest:.2f} s from one successful job to the next"
        yield ok(said) if shortest < WAITS_S[0][1] else fail(f"{said}; expected no wait")

    return all_of(found())


def mixed_jobs(candidate: Candidate) -> Finding:
    """One that succeeds (with null), one that fails once, one that fails for good, and one behind them."""
    word, last = candidate.nonce(), candidate.nonce()
    jobs = [
        _failing(candidate, [], None),
        _failing(candidate, [Throw("Error", "not yet")], word),
        _failing(candidate, [Throw("TypeError", "never")] * MANY),
        _failing(candidate, [], last),
    ]
    queue = candidate.new("JobQueue")
    asked = [_asked(queue, job_id) for job_id in [_added(queue, job) for job in jobs]]

    def found() -> Iterator[Finding]:
        yield asked[0].answer().gives(None)
        yield asked[1].answer().gives(word)
        yield asked[3].answer().gives(last)
        yield asked[2].answer().raises("TypeError")
        succeeding = [len(jobs[number].calls) for number in (0, 1, 3)]  # the other's count is another check's
        said = f"called {', '.join(map(str, succeeding))} times"
        yield ok(said) if succeeding == [1, 2, 1] else fail(f"{said}; expected 1, 2, 1")

    return all_of(found())


def own_count(candidate: Candidate) -> Finding:
    """Two jobs of one queue that each need two retries."""
    words = [candidate.nonce(), candidate.nonce()]
    queue = candidate.new("JobQueue")
    jobs = [_failing(candidate, [Throw("Error", "not yet")] * 2, word) for word in words]
    asked = [_asked(queue, job_id) for job_id in [_added(queue, job) for job in jobs]]
    return all_of(each.answer().gives(word) for each, word in zip(asked, words, strict=True))


def last_error(candidate: Candidate) -> Finding:
    """Each call fails with another error, and that of the last is told, twice."""
    kinds = ("Error", "TypeError", "RangeError", "SyntaxError")
    raised = [Throw(kind, candidate.nonce()) for kind in (*kinds, *["SyntaxError"] * MANY)]
    job = _failing(candidate, raised)
    queue = candidate.new("JobQueue")
    job_id = _added(queue, job)
    asked = _asked(queue, job_id)

    def found() -> Iterator[Finding]:
        for again in (False, True):
            answer = (_asked(queue, job_id) if again else asked).answer()
            last = raised[len(job.calls) - 1]
            yield answer.raises(last.kind, saying=last.message)

    return all_of(found())


def same_arguments(candidate: Candidate) -> Finding:
    """Both calls have the arguments that the job was added with."""
    args = (7, "seven", None, {"where": ["here", 1.5], "timeout": 3})
    word = candidate.nonce()
    job = _failing(candidate, [Throw("Error", "not yet")], word)
    queue = candidate.new("JobQueue")
    job_id = _added(queue, job, *args)

    def found() -> Iterator[Finding]:
        yield _asked(queue, job_id).answer().gives(word)
        for call in job.calls:
            said = f"called with {call.args!r}"
            yield ok(said) if call.args == args else fail(f"{said}; expected {args!r}")

    return all_of(found())


def plain_functions(candidate: Candidate) -> Finding:
    """A job that is no asynchronous function throws, and then returns."""
    word = candidate.nonce()
    job = _failing(candidate, [Throw("EvalError", "not yet")], word, asynchronous=False)
    queue = candidate.new("JobQueue")
    return _asked(queue, _added(queue, job)).answer().gives(word)


def unasked_failure(candidate: Candidate) -> Finding:
    """A job fails for good and nobody asks for it; the program goes on, and so does the queue."""
    job, clock = (_failing(candidate, [Throw("TypeError", "never")] * MANY) for _ in range(2))
    queue, other = candidate.new("JobQueue"), candidate.new("JobQueue")
    _added(queue, job)
    over = _asked(other, _added(other, clock))  # added later: when it has failed for good, so has the first

    def found() -> Iterator[Finding]:
        told = over.answer()
        yield ok(f"the other queue's: {told.raised}")
        for _ in range(3):
            word = candidate.nonce()
            yield _asked(queue, _added(queue, _failing(candidate, [], word))).answer().gives(word)

    return all_of(found())


def _waited(candidate: Candidate, retry: int) -> Finding:
    """Measure what passes before a retry until it is right, too early, or late without the machine's help.

    A retry too late while this machine stood still was not measured: it is asked again.
    """
    told, earliest, latest = WAITS_S[retry - 1]
    shortest, late = None, 0
    while late < COURSES:
        if candidate.left_s < 2 * sum(each[2] for each in WAITS_S[:retry]):
            raise NotMeasured(f"retry {retry} came late each time, and each time this machine stood still")
        jobs, ended, lost_s = _course(candidate, retry)
        gaps = [_gaps_s(job)[retry - 1] for job in jobs if len(job.calls) > retry]
        if not gaps and ended:
            return fail(f"calls of a job that always fails: {len(jobs[0].calls)}; there is no retry {retry}")
        shortest = min([*gaps, *([] if shortest is None else [shortest])], default=None)
        if shortest is not None and shortest <= latest:
            break
        late += lost_s < STALLED_S
    came = "did not come" if shortest is None else f"came {shortest:.2f} s after the failure"
    said = f"retry {retry} {came}; expected {told:g} s"
    return ok(said) if shortest is not None and earliest <= shortest <= latest else fail(said)


def _course(candidate: Candidate, retry: int) -> tuple[list[Callback], bool, float]:
    """Let a job fail in some queues at once, until one retry of each has come or is much too late.

    Returns the jobs, whether all of them had ended before, and for how many seconds this machine stood still.
    """
    jobs = [_failing(candidate, [Throw("TypeError", "never")] * MANY) for _ in range(QUEUES)]
    asked = []
    for job in jobs:
        queue = candidate.new("JobQueue")
        asked.append(_asked(queue, _added(queue, job)))

    def over() -> bool:
        return all(len(job.calls) > retry or each.answered for job, each in zip(jobs, asked, strict=True))

    lost_s = _wait(candidate, over, limit_s=2 * sum(each[0] for each in WAITS_S[:retry]) + 2)
    return jobs, all(each.answered for each in asked), lost_s


def _wait(candidate: Candidate, over: Callable[[], bool], *, limit_s: float) -> float:
    """Wait in slices until something is over; return by how many seconds the longest slice was too long."""
    started_ns = now_ns = perf_counter_ns()
    lost_s = 0.0
    while now_ns - started_ns < limit_s * 1e9:
        happened = candidate.wait(over, limit_s=SLICE_S)
        before_ns, now_ns = now_ns, perf_counter_ns()
        took_s = (now_ns - before_ns) / 1e9
        lost_s = max(lost_s, took_s - SLICE_S)
        if happened or took_s < SLICE_S / 2:
            break  # where it did not happen the candidate is gone, as the next question will tell
    return lost_s


def _failing(
    candidate: Candidate, failures: list[Throw], value: Any = None, *, asynchronous: bool = True
) -> Callback:
    """Return a job that fails once for each of the errors, and then gives the value."""

    def work(*_: Any) -> Any:
        count = len(job.calls)  # this call is counted already
        if count <= len(failures):
            raise failures[count - 1]
        return value

    job = candidate.callback(work, name="job", asynchronous=asynchronous)
    return job


def _word(words: list[str], args: tuple[Any, ...]) -> str:
    return next((word for number, word in enumerate(words) if args == (number,)), "not a job's arguments")


def _gaps_s(job: Callback) -> list[float]:
    """Return the seconds from each call to the next."""
    stamps = [call.at_ns for call in job.calls]
    return [(later - earlier) / 1e9 for earlier, later in pairwise(stamps)]


def _calls(job: Callback, expected: int) -> Finding:
    said = f"calls: {len(job.calls)}"
    return ok(said) if len(job.calls) == expected else fail(f"{said}; expected {expected}")


def _added(queue: Handle, job: Callback, *args: Any) -> Any:
    """Add a job; return its id, which has to be there at once."""
    return queue.begin("addJob", job, *args).answer(limit_s=SOON_S).value


def _asked(queue: Handle, job_id: Any) -> Pending:
    """Ask for a result: the promise has to be there at once; its end is waited for by who wants it."""
    answer = queue.begin("getResult", job_id).answer(limit_s=SOON_S)
    if not isinstance(answer.value, Handle):
        raise CandidateFailed(f"{answer.asked} gave {answer.value!r:.80}, which is no promise")
    pending = answer.value.begin_await()
    pending.asked = f"await {answer.asked}"
    return pending
