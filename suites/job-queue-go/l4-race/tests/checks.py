"""Questions about a queue with several workers. Inside, a total is a ticket: what it holds is known out here.

canary 2469eb25-f77c-4ce1-aaa5-a0625138a898
"""

from collections.abc import Iterator, Sequence
from typing import Any

from codestone.grading import (
    Answer,
    Call,
    Callback,
    Candidate,
    CandidateFailed,
    Finding,
    Pending,
    Throw,
    all_of,
    fail,
    ok,
)

# What a working queue does at once: only wrong code waits this long for it.
SOON_S = 8.0
# What must not happen, or need not: wrong code needs milliseconds for it, and correct code waits this long.
GRACE_S = 0.8

MS = 1_000_000  # a time.Duration is in nanoseconds
FAR = 1_000_000

# Merges of one queue: right answers need a few for each job.
MANY = 1000

FAIL = (3, 7, 11)


class _Tickets:
    """A queue whose jobs give tickets. ``merge`` is withheld, and answered with another ticket."""

    def __init__(self, candidate: Candidate, *, workers: int) -> None:
        self.candidate = candidate
        self.empty = candidate.nonce()
        self._behind: dict[str, tuple[str, ...]] = {self.empty: ()}
        self.merge = candidate.callback(name="merge")
        self.open: Sequence[Callback] = ()
        self.queue = candidate.new("New", workers, self.empty, self.merge)

    def result(self, name: str) -> str:
        """Return a ticket for the result of one job."""
        ticket = self.candidate.nonce()
        self._behind[ticket] = (name,)
        return ticket

    def add(self, group: str, job: Callback) -> Any:
        """Add a job; return its id, which has to be there at once."""
        return self.queue.begin("AddJob", group, job).answer(limit_s=SOON_S).value

    def begin(self, job_id: Any, limit: int = 0) -> Pending:
        """Ask for the result of a job; what becomes of it is waited for later."""
        return self.queue.begin("Result", job_id, limit)

    def total(self, group: str) -> Pending:
        """Ask for a total; what becomes of it is waited for later."""
        return self.queue.begin("Total", group)

    def ask(self, job_id: Any, limit: int = 0) -> Answer:
        """Ask for the result of a job, and answer merges until it is there."""
        return self.answers([self.begin(job_id, limit)])[0]

    def answers(self, pending: Sequence[Pending]) -> list[Answer]:
        """Answer merges until all of these have returned."""
        while not all(each.answered for each in pending):
            if not self.candidate.wait(
                lambda: self._waiting() or all(each.answered for each in pending), limit_s=SOON_S
            ):
                late = next(each for each in pending if not each.answered)
                raise CandidateFailed(f"{late.asked}: no answer within {SOON_S:g} s")
            self.answer_merges()
        return [each.answer() for each in pending]

    def collide(self, count: int) -> None:
        """Withhold merges until so many coincide, or no more of them begin; then answer them all."""
        self.merging(count)
        self.answer_merges()

    def merging(self, count: int) -> bool:
        """Wait a while for so many merges to be under way at the same time."""
        return self.candidate.wait(lambda: len(self.merge.held) >= count, limit_s=GRACE_S)

    def answer_merges(self) -> None:
        """Answer all merges that are under way, the newest first, and let go what kept workers busy."""
        if len(self.merge.calls) > MANY:
            raise CandidateFailed(f"merge was called {len(self.merge.calls)} times")
        for call in reversed(list(self.merge.held)):
            self.merge.release(self._merged(call), call=call)
        for gate in self.open:
            if gate.held:
                gate.release(self.result(gate.name))

    def holds(self, group: str, *names: str) -> Finding:
        """Tell whether a group's total has just these results in it, each once."""
        return self.judged(self.answers([self.total(group)])[0], names)

    def judged(self, total: Answer, names: Sequence[str]) -> Finding:
        """Tell whether a total has just these results in it, each once."""
        ticket = total.value
        if not isinstance(ticket, str) or ticket not in self._behind:
            return fail(f"{total.asked} gave {ticket!r:.80}, which is no total that merge has given")
        there = sorted(self._behind[ticket])
        said = f"{total.asked} has the results of {', '.join(there) or 'no job'}"
        return (
            ok(said) if there == sorted(names) else fail(f"{said}; expected {', '.join(names) or 'no job'}")
        )

    def _waiting(self) -> bool:
        return bool(self.merge.held) or any(gate.held for gate in self.open)

    def _merged(self, call: Call) -> str | Throw:
        parts = [self._behind.get(each) if isinstance(each, str) else None for each in call.args]
        if len(parts) != 2 or None in parts:
            return Throw("TypeError", "merge takes two totals")
        ticket = self.candidate.nonce()
        self._behind[ticket] = tuple(name for part in parts if part is not None for name in part)
        return ticket


def first_results(candidate: Candidate) -> Finding:
    """Two jobs of a new group finish at the same time: both are in the total."""
    tickets = _Tickets(candidate, workers=2)
    known = _together(tickets, {"a": "north", "b": "north"})
    return all_of(_finished(tickets, known, {"north": ["a", "b"]}, rounds=(2,)))


def later_results(candidate: Candidate) -> Finding:
    """Three jobs of a group that has a total finish at the same time: all are in it."""
    tickets = _Tickets(candidate, workers=3)
    tickets.ask(tickets.add("north", _giving(tickets, "early")))
    known = _together(tickets, {"a": "north", "b": "north", "c": "north"})
    expected = {"north": ["early", "a", "b", "c"]}
    return all_of(_finished(tickets, known, expected, rounds=(3, 2)))


def added_meanwhile(candidate: Candidate) -> Finding:
    """A job is added and finishes while a result of its group is being merged: both are in the total."""
    tickets = _Tickets(candidate, workers=3)
    known = [tickets.add("north", _giving(tickets, "early"))]
    tickets.ask(known[0])
    known.append(tickets.add("north", _giving(tickets, "a")))
    tickets.merging(1)
    second = _giving(tickets, "b")
    known.append(tickets.add("north", second))
    if not second.wait_for(1, limit_s=SOON_S):
        return fail("a job that was added while a result was being merged did not begin")
    return all_of(_finished(tickets, known, {"north": ["early", "a", "b"]}, rounds=(2,)))


def two_groups(candidate: Candidate) -> Finding:
    """Jobs of two groups finish at the same time: each is in the total of its group."""
    tickets = _Tickets(candidate, workers=2)
    known = _together(tickets, {"a": "north", "b": "south"})
    return all_of(_finished(tickets, known, {"north": ["a"], "south": ["b"]}, rounds=(2,)))


def side_by_side(candidate: Candidate) -> Finding:
    """As many jobs of one group as there are workers are executed at the same time."""
    tickets = _Tickets(candidate, workers=3)
    _together(tickets, {"a": "north", "b": "north", "c": "north"})
    return ok("3 jobs of one group were under way at the same time on 3 workers")


def no_more_workers(candidate: Candidate) -> Finding:
    """No more jobs are under way than there are workers; the next begins when one has finished."""
    tickets = _Tickets(candidate, workers=2)
    job = candidate.callback(name="job")
    for _ in range(3):
        tickets.add("north", job)
    if not job.wait_for(2, limit_s=SOON_S):
        return fail(f"{len(job.calls)} of 3 jobs began on 2 workers")
    if job.wait_for(3, limit_s=GRACE_S):
        return fail("3 jobs were under way at the same time on 2 workers")
    job.release(tickets.result("a"))
    while len(job.calls) < 3 and candidate.wait(
        lambda: bool(tickets.merge.held) or len(job.calls) > 2, limit_s=SOON_S
    ):
        tickets.answer_merges()
    said = f"{len(job.calls)} of 3 jobs had begun when the first had finished"
    return ok(said) if len(job.calls) == 3 else fail(said)


def while_merging(candidate: Candidate) -> Finding:
    """While a result is being merged, a job is added and begins, and a finished one's result is fetched."""
    tickets = _Tickets(candidate, workers=3)
    early = tickets.add("north", _giving(tickets, "early"))
    tickets.ask(early)
    tickets.add("north", _giving(tickets, "a"))
    tickets.merging(1)
    job = candidate.callback(name="job")

    def found() -> Iterator[Finding]:
        fetched = tickets.begin(early).answer(limit_s=SOON_S)
        yield fetched.satisfies(lambda value: isinstance(value, str), "the result of the finished job")
        tickets.add("south", job)
        began = job.wait_for(1, limit_s=SOON_S)
        yield ok("the next job began") if began else fail("no job began while a result was being merged")

    return all_of(found())


def own_results(candidate: Candidate) -> Finding:
    """Each job has the result that it gave; else the error says that it is late, or unknown."""
    tickets = _Tickets(candidate, workers=2)
    words = [tickets.result(name) for name in "abcd"]
    gates = _busy(tickets, 2)
    known = [tickets.add("north", candidate.callback(lambda word=word: word, name="job")) for word in words]
    _let_go(gates, tickets)

    def found() -> Iterator[Finding]:
        for _ in range(2):
            for job_id, word in zip(known, words, strict=True):
                yield tickets.ask(job_id).gives(word)
        held = tickets.add("north", candidate.callback(name="gate"))
        yield tickets.ask(held, 100 * MS).raises("ErrTimeout")
        yield tickets.ask(max([*known, held]) + FAR).raises("ErrUnknownID")

    return all_of(found())


def failing_jobs(candidate: Candidate) -> Finding:
    """What jobs returned as an error is given on, also when asked late; the total has the others."""
    tickets = _Tickets(candidate, workers=1)
    words = [candidate.nonce(), candidate.nonce()]
    jobs = [_failing(candidate, word) for word in words]
    known = [tickets.add("north", job) for job in (*jobs, _giving(tickets, "a"))]

    def found() -> Iterator[Finding]:
        answer = tickets.ask(known[2])
        yield answer.satisfies(lambda value: isinstance(value, str), "the result of the job behind them")
        for job_id, word in zip(known, words, strict=False):
            yield tickets.ask(job_id).raises("SyntaxError", saying=word)
        yield tickets.holds("north", "a")
        yield tickets.holds("south")

    return all_of(found())


def each_once(candidate: Candidate) -> Finding:
    """Every job is executed once, whether it succeeds or fails, also when merges coincide."""
    tickets = _Tickets(candidate, workers=3)
    jobs = [
        _failing(candidate, "fails") if number in FAIL else _giving(tickets, str(number))
        for number in range(12)
    ]
    gates = _busy(tickets, 3)
    known = [tickets.add("north" if number % 2 else "south", job) for number, job in enumerate(jobs)]
    _let_go(gates, tickets)
    tickets.collide(3)
    tickets.answers([tickets.begin(job_id) for job_id in known])
    wrong = [f"job {number} {len(job.calls)} times" for number, job in enumerate(jobs) if len(job.calls) != 1]
    return fail(f"executed: {', '.join(wrong)}") if wrong else ok("12 jobs were executed, each once")


def total_waits_for_jobs(candidate: Candidate) -> Finding:
    """A total is given when a job that was added before has finished, and not before."""
    tickets = _Tickets(candidate, workers=2)
    job = candidate.callback(name="job")
    tickets.add("north", job)
    total = tickets.total("north")
    if not job.wait_for(1, limit_s=SOON_S):
        return fail("the job did not begin")
    if candidate.wait(lambda: total.answered, limit_s=GRACE_S):
        return fail("the total was given while a job of the group was under way")
    job.release(tickets.result("a"))
    return tickets.judged(tickets.answers([total])[0], ["a"])


def total_waits_for_merges(candidate: Candidate) -> Finding:
    """A total is given when the result of a job that has finished is in it, and not before."""
    tickets = _Tickets(candidate, workers=2)
    tickets.add("north", _giving(tickets, "a"))
    tickets.merging(1)
    total = tickets.total("north")
    if not candidate.wait(lambda: total.answered, limit_s=GRACE_S):
        return tickets.judged(tickets.answers([total])[0], ["a"])
    return tickets.judged(total.answer(), ["a"])


def total_again(candidate: Candidate) -> Finding:
    """A total can be asked for again, and grows with later jobs only."""
    tickets = _Tickets(candidate, workers=2)

    def found() -> Iterator[Finding]:
        for names in (["a"], ["a", "b"]):
            tickets.ask(tickets.add("north", _giving(tickets, names[-1])))
            for _ in range(2):
                yield tickets.holds("north", *names)
        yield tickets.holds("south")

    return all_of(found())


def _together(tickets: _Tickets, groups: dict[str, str]) -> list[Any]:
    """Let jobs be under way at the same time, then finish; return their ids."""
    jobs = {name: tickets.candidate.callback(name=f"job {name}") for name in groups}
    known = [tickets.add(group, jobs[name]) for name, group in groups.items()]

    def begun() -> int:
        return sum(bool(job.calls) for job in jobs.values())

    if not tickets.candidate.wait(lambda: begun() == len(jobs), limit_s=SOON_S):
        raise CandidateFailed(
            f"{begun()} of {len(jobs)} jobs were under way at the same time on {len(jobs)} workers"
        )
    for name, job in jobs.items():
        job.release(tickets.result(name))
    return known


def _busy(tickets: _Tickets, workers: int) -> list[Callback]:
    """Keep all workers busy, so that nothing is merged while jobs are being added; return what keeps them."""
    gates = [tickets.candidate.callback(name=f"gate {number}") for number in range(workers)]
    for gate in gates:
        tickets.add("gates", gate)
    return gates


def _let_go(gates: Sequence[Callback], tickets: _Tickets) -> None:
    tickets.candidate.wait(lambda: all(gate.calls for gate in gates), limit_s=GRACE_S)
    tickets.open = (
        gates  # how many workers there are is another check's: the others are let go when they begin
    )
    tickets.answer_merges()


def _finished(
    tickets: _Tickets, known: Sequence[Any], groups: dict[str, list[str]], *, rounds: Sequence[int]
) -> Iterator[Finding]:
    """Let merges coincide, so many at a time; then ask for the results, and for the totals."""
    for count in rounds:
        tickets.collide(count)
    for answer in tickets.answers([tickets.begin(job_id) for job_id in known]):
        yield answer.satisfies(lambda value: isinstance(value, str), "the result of a job")
    for group, names in groups.items():
        yield tickets.holds(group, *names)


def _giving(tickets: _Tickets, name: str) -> Callback:
    """Return a job that returns at once."""
    ticket = tickets.result(name)
    return tickets.candidate.callback(lambda: ticket, name=f"job {name}")


def _failing(candidate: Candidate, word: str) -> Callback:
    def fails() -> None:
        raise Throw("SyntaxError", word)

    return candidate.callback(fails, name="job")
