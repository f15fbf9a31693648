"""Questions about retries, in virtual time: each call tells when it was, and is told what comes of it.

canary d2d5dcce-93c2-4a1d-8a62-9c8e9f6c94c4
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from codestone.grading import (
    Answer,
    Candidate,
    CandidateFailed,
    Finding,
    Handle,
    Throw,
    all_of,
    fail,
    ok,
)

# What takes no time where time is virtual: only wrong code waits this long for it.
SOON_S = 15.0
# Microseconds of virtual time by which something may come later than told, as the instruction has it.
LATE_US = 10_000
SECOND_US = 1_000_000
WAITS_US = (1 * SECOND_US, 2 * SECOND_US, 4 * SECOND_US)

# Calls that a job may come to before the failing ones end: right is 4.
MANY = 40
FAR = 1_000_000


@dataclass
class _Call:
    """One call of a job, in microseconds of virtual time; how many calls of its queue were under way then."""

    job: int
    began_us: int
    ended_us: int
    under_way: int


@dataclass
class _Course:
    """Jobs that were executed until all questions had an answer."""

    calls: list[_Call] = field(default_factory=list)
    over: Handle | None = None

    def of(self, job: int) -> list[_Call]:
        return [call for call in self.calls if call.job == job]

    def answer(self, question: int = 0) -> Answer:
        assert self.over is not None
        return self.over.candidate.ask("outcome", self.over, question)

    def at_us(self, question: int = 0) -> int:
        """Return when a question was answered."""
        assert self.over is not None
        times = self.over.get("AtUs").value
        return int(times[question])


Outcome = Callable[[int], Any]
"""What comes of a job's call, by its count from 1: what it returns, or a Throw that it raises."""


def _course(
    candidate: Candidate,
    outcomes: Sequence[Outcome],
    *,
    queues: Sequence[int] = (),
    took_ms: int = 0,
    questions: Sequence[tuple[int, int, int]] = (),
) -> _Course:
    """Let jobs be executed, and ask for each of them where no other ``questions`` are told."""
    course = _Course()

    def tell(*told: int) -> Any:
        call = _Call(*told)
        course.calls.append(call)
        return outcomes[call.job](len(course.of(call.job)))

    jobs = [(queues[number] if queues else 0, took_ms) for number in range(len(outcomes))]
    asked = list(questions) or [(number, 0, 0) for number in range(len(outcomes))]
    job = candidate.callback(tell, name="job")
    over = candidate.begin("course", jobs, asked, job).answer(limit_s=SOON_S).value
    if not isinstance(over, Handle):
        raise CandidateFailed(f"what became of the jobs is {over!r:.80}")
    course.over = over
    return course


def _failing(failures: Sequence[Throw], value: Any = None) -> Outcome:
    """Fail once for each of the errors, and then give the value."""

    def outcome(count: int) -> Any:
        if count <= len(failures):
            raise failures[count - 1]
        return value

    return outcome


def _never() -> Outcome:
    return _failing([Throw("TypeError", "never")] * MANY)


def retry_on_failure(candidate: Candidate) -> Finding:
    """Jobs that fail once, some with errors of the library, are called again; that gives the results."""
    words = {kind: candidate.nonce() for kind in ("Canceled", "DeadlineExceeded", "EOF", "Error")}
    jobs = [_failing([Throw(kind, "not yet")], word) for kind, word in words.items()]
    course = _course(candidate, jobs, queues=range(4))
    return all_of(course.answer(number).gives(word) for number, word in enumerate(words.values()))


def at_most_three_retries(candidate: Candidate) -> Finding:
    """A job that always fails is called four times; its failure is told when the last of them has ended."""
    course = _course(candidate, [_never()])

    def found() -> Iterator[Finding]:
        yield _same(len(course.calls), 4, "calls")
        yield course.answer().raises("TypeError")
        later_us = course.at_us() - course.calls[-1].ended_us
        said = f"the failure was told {later_us / 1000:g} ms after the last call"
        yield ok(said) if 0 <= later_us <= LATE_US else fail(said)

    return all_of(found())


def first_wait(candidate: Candidate) -> Finding:
    """1 second before the first retry."""
    return _waited(_course(candidate, [_never()]), 1)


def second_wait(candidate: Candidate) -> Finding:
    """2 seconds before the second."""
    return _waited(_course(candidate, [_never()]), 2)


def third_wait(candidate: Candidate) -> Finding:
    """4 seconds before the third."""
    return _waited(_course(candidate, [_never()]), 3)


def waits_from_the_end(candidate: Candidate) -> Finding:
    """Calls take 700 ms: what is waited for begins at their ends, whatever it is."""
    took_ms = 700
    slow, fast = _course(candidate, [_never()], took_ms=took_ms), _course(candidate, [_never()])
    gaps, expected = _gaps_us(slow), _gaps_us(fast)
    said = f"waited {_seconds(gaps)} where calls take {took_ms} ms, and {_seconds(expected)} where none"
    alike = len(gaps) == len(expected) > 0 and all(
        abs(gap - other) <= LATE_US for gap, other in zip(gaps, expected, strict=True)
    )
    return ok(said) if alike else fail(said)


def no_retry_on_success(candidate: Candidate) -> Finding:
    """Jobs that succeed, with nil too, each for 1 ms, are called once, in their order, without a wait."""
    values = [candidate.nonce(), None, 0, "", False, candidate.nonce()]
    course = _course(candidate, [_failing([], value) for value in values], took_ms=1)

    def found() -> Iterator[Finding]:
        for number, value in enumerate(values):
            yield course.answer(number).gives(value)
        yield _same([call.job for call in course.calls], [*range(len(values))], "jobs that were called")
        last_us = course.calls[-1].began_us
        said = f"the last of them began after {last_us / 1000:g} ms"
        yield ok(said) if last_us <= len(values) * (1000 + LATE_US) else fail(f"{said}; expected no wait")

    return all_of(found())


def mixed_jobs(candidate: Candidate) -> Finding:
    """One that succeeds, one that fails once, one that fails for good, and one behind them."""
    word, last = candidate.nonce(), candidate.nonce()
    jobs = [_failing([], "first"), _failing([Throw("Error", "not yet")], word), _never(), _failing([], last)]
    course = _course(candidate, jobs)

    def found() -> Iterator[Finding]:
        for number, value in ((0, "first"), (1, word), (3, last)):
            yield course.answer(number).gives(value)
        yield course.answer(2).raises("TypeError")
        yield _same([len(course.of(number)) for number in (0, 1, 3)], [1, 2, 1], "calls of the others")

    return all_of(found())


def own_count(candidate: Candidate) -> Finding:
    """Two jobs of one queue that each need two retries."""
    words = [candidate.nonce(), candidate.nonce()]
    course = _course(candidate, [_failing([Throw("Error", "not yet")] * 2, word) for word in words])
    return all_of(course.answer(number).gives(word) for number, word in enumerate(words))


def last_error(candidate: Candidate) -> Finding:
    """Each call fails with another error; that of the last is told, to all who ask, and no other."""
    kinds = ("Error", "TypeError", "RangeError", "SyntaxError")
    failures = [Throw(kind, candidate.nonce()) for kind in (*kinds, *["SyntaxError"] * MANY)]
    course = _course(candidate, [_failing(failures)], questions=[(0, 0, 0), (0, 0, 0), (0, 100_000, 0)])

    def found() -> Iterator[Finding]:
        last = failures[len(course.calls) - 1]
        for question in range(3):
            answer = course.answer(question)
            yield answer.raises(last.kind, saying=last.message)
            earlier = [each.kind for each in failures[: len(course.calls) - 1] if each.kind != last.kind]
            if answer.raised and any(answer.raised.is_a(kind) for kind in earlier):
                yield fail(f"{answer.asked} gave {answer.raised}, which wraps an earlier error")

    return all_of(found())


def panicking_calls(candidate: Candidate) -> Finding:
    """A call that panics has failed: one job succeeds then, another panics each time."""
    word, last = candidate.nonce(), candidate.nonce()
    jobs = [_failing([Throw("Panic", "not yet")], word), _failing([Throw("Panic", last)] * MANY)]
    course = _course(candidate, jobs, queues=(0, 1))
    return all_of([course.answer(0).gives(word), course.answer(1).raises("ErrPanic", saying=last)])


def one_at_a_time(candidate: Candidate) -> Finding:
    """Jobs that take 600 ms and fail: never two calls of a queue at a time, and first calls in order."""
    jobs = [_failing([Throw("Error", "not yet")] * count, "done") for count in (2, 0, 3, 1)]
    course = _course(candidate, jobs, took_ms=600)

    def found() -> Iterator[Finding]:
        yield _same(max((call.under_way for call in course.calls), default=0), 1, "calls at the same time")
        firsts = list(dict.fromkeys(call.job for call in course.calls))
        yield _same(firsts, [0, 1, 2, 3], "jobs in the order of their first calls")

    return all_of(found())


def limits(candidate: Candidate) -> Finding:
    """Who asks with a limit is told when it is over, also between retries; of an unknown job at once."""
    word = candidate.nonce()
    job = _failing([Throw("Error", "not yet")] * 3, word)
    course = _course(candidate, [job], questions=[(0, 500, 0), (0, 2500, 0), (0, 99_000, 0), (0, 9000, FAR)])

    def found() -> Iterator[Finding]:
        for question, kind, at_us in ((0, "ErrTimeout", 500_000), (1, "ErrTimeout", 2_500_000)):
            yield course.answer(question).raises(kind)
            yield _near(course.at_us(question), at_us, f"{kind} was told")
        yield course.answer(2).gives(word)
        yield course.answer(3).raises("ErrUnknownID")
        yield _near(course.at_us(3), 0, "ErrUnknownID was told")

    return all_of(found())


def _waited(course: _Course, retry: int) -> Finding:
    """Judge what passes from the end of a call to the retry that follows."""
    gaps = _gaps_us(course)
    if len(gaps) < retry:
        return fail(f"calls of a job that always fails: {len(course.calls)}; there is no retry {retry}")
    told, came = WAITS_US[retry - 1], gaps[retry - 1]
    said = f"retry {retry} came {came / SECOND_US:g} s after the failure"
    return ok(said) if told <= came <= told + LATE_US else fail(f"{said}; expected {told / SECOND_US:g} s")


def _gaps_us(course: _Course) -> list[int]:
    calls = course.calls
    return [later.began_us - earlier.ended_us for earlier, later in pairwise(calls)]


def _seconds(gaps: Sequence[int]) -> str:
    return ", ".join(f"{gap / SECOND_US:g}" for gap in gaps) + " s"


def _near(came_us: int, expected_us: int, what: str) -> Finding:
    said = f"{what} after {came_us / 1000:g} ms"
    good = expected_us <= came_us <= expected_us + LATE_US
    return ok(said) if good else fail(f"{said}; expected {expected_us / 1000:g}")


def _same(came: Any, expected: Any, what: str) -> Finding:
    said = f"{what}: {came!r:.200}"
    return ok(said) if came == expected else fail(f"{said}; expected {expected!r}")
