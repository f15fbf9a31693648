"""Questions about task-queue.js: what worked still works, what did not does now. Time is the grader's.

canary 3c7186b4-8be6-415b-a300-07df30ea73e3
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
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

# What happens at once in code that works: only wrong code waits this long for it.
SOON_S = 5.0
# Timers of one advance: correct code sets a few, and only code that waits for 0 ms again and again sets more.
TIMERS = 200

# A number is pushed with itself as priority, None takes one out; at the end the rest is taken out.
MIXED: tuple[tuple[float | None, ...], ...] = (
    (3, 2, 6, 7, None, 1, 4, None, 5, 9, 8),
    (2, 6, 9, 1, 3, None, 5, 10, 7, 8, 4, None),
    (8, 1, 7, 6, 3, 2, 10, None, 4, 9, 5, 11),
    (10, 20, -30, None, 5, 25, None, 15, -40, -35, None, None, 0, 1.5, 12, 11, None, 7),
)
TIED = (2, 1, 2, 1, None, 1, 2, 3, None, 1, 2, 0, None, 2)
# Pushed one after the other, then all are taken out.
PLAIN = ((3, 1, 2), (5, 4, 3, 2, 1), (0, -1, 7, 2.5, -30, 11, 4), (2, 1, 2, 1, 1, 0, 2, 1, 0, 2))
NOTHING = {"added": 0, "waiting": 0, "running": 0, "completed": 0, "failed": 0, "cancelled": 0}

Questions = Callable[[Candidate], Iterator[Finding]]


def _check(questions: Questions) -> Callable[[Candidate], Finding]:
    """Make a check of questions: it ends with the first that fails."""
    return lambda candidate: all_of(questions(candidate))


class _Clock:
    """A clock of ours, in milliseconds: it stands still, and timers are due when we say so."""

    def __init__(self, candidate: Candidate) -> None:
        self.candidate = candidate
        self.now_ms: float = 1_000_000
        self.timers: dict[int, tuple[float, Handle]] = {}
        self.set = candidate.callback(self._set, name="setTimer")
        now = candidate.callback(lambda *_: self.now_ms, name="now")
        clear = candidate.callback(self._clear, name="clearTimer")
        self.options = {"clock": {"now": now, "setTimer": self.set, "clearTimer": clear}}

    def advance(self, ms: float, *, late: bool = False) -> None:
        """Let time pass; each timer that is due on the way acts at its own instant, or (late) at the end."""
        until = self.now_ms + ms
        _settle(self.candidate)
        for _ in range(TIMERS):
            due = sorted((at, number) for number, (at, _) in self.timers.items() if at <= until)
            if not due:
                self.now_ms = until
                return
            self.now_ms = until if late else due[0][0]
            _, action = self.timers.pop(due[0][1])
            _ = action.call().value
            _settle(self.candidate)
        raise CandidateFailed(f"{TIMERS} timers acted within {ms} ms")

    def _set(self, action: Any = None, ms: Any = None, *_: Any) -> int:
        if not isinstance(action, Handle) or not isinstance(ms, int | float) or not ms < float("inf"):
            raise Throw("TypeError", "setTimer takes a function and milliseconds")
        number = len(self.set.calls)
        self.timers[number] = (self.now_ms + max(0, ms), action)
        return number

    def _clear(self, number: Any = None, *_: Any) -> None:
        if isinstance(number, int):
            self.timers.pop(number, None)


@_check
def kept_events(candidate: Candidate) -> Iterator[Finding]:
    """Call listeners with the arguments, in their order, and tell what is subscribed."""
    log: list[str] = []
    first, second, third = (_listener(candidate, name, log) for name in ("first", "second", "third"))
    word = candidate.nonce()
    events = candidate.new("EventEmitter")
    yield events.call("emit", "x", 1).gives(False)
    yield events.call("off", "x", first).gives(False)
    for listener in (first, second, first):
        events.new("on", "x", listener)
    events.new("on", "y", third)
    yield events.call("listenerCount", "x").gives(3)
    yield events.call("listenerCount", "z").gives(0)
    yield events.call("emit", "x", word, [2, None]).gives(True)
    yield _same("the listeners", log, ["first", "second", "first"])
    yield _same("their arguments", first.calls[0].args, (word, [2, None]))
    yield events.call("off", "x", first).gives(True)
    yield events.call("listenerCount", "x").gives(2)
    log.clear()
    events.call("emit", "x")
    yield _same("the listeners after off", sorted(log), ["first", "second"])
    for name in ("on", "once"):
        end = events.new(name, "z", third)
        yield events.call("listenerCount", "z").gives(1)
        end.call()
        yield events.call("listenerCount", "z").gives(0)
    yield events.call("off", "y", third).gives(True)
    yield events.call("emit", "y").gives(False)
    yield _same("calls of one that was taken off", len(third.calls), 0)
    for name in ("on", "once"):
        yield events.call(name, "x", None).raises("TypeError")
    yield from _while_emitting(candidate)


@_check
def kept_priorities(candidate: Candidate) -> Iterator[Finding]:
    """Give values by priority, of equal ones the first, when all were pushed before; tell what is there."""
    for priorities in PLAIN:
        yield from _in_order(candidate, priorities)
    queue = candidate.new("PriorityQueue")
    for name in ("pop", "peek"):
        yield queue.call(name).gives(Undefined())
    queue.call("push", "low", 1)
    queue.call("push", None)
    queue.call("push", "high", -0.5)
    for priority in (float("nan"), float("inf"), "1", None):
        yield queue.call("push", "x", priority).raises("TypeError")
    yield queue.call("toArray").gives(["high", None, "low"])
    yield queue.get("size").gives(3)
    queue.call("clear")
    yield queue.get("size").gives(0)
    yield queue.call("toArray").gives([])
    queue.call("push", "again", 4)
    yield queue.call("pop").gives("again")


@_check
def kept_running(candidate: Candidate) -> Iterator[Finding]:
    """Execute each task once, by priority, as many at a time as may be, and tell its outcome."""
    parts = (_outcomes, _at_a_time, _refusals, _looked_up)
    return chain.from_iterable(part(candidate) for part in parts)


@_check
def kept_timeouts(candidate: Candidate) -> Iterator[Finding]:
    """Let a task that takes too long fail and give up its place, and no other."""
    clock = _Clock(candidate)
    slow, quick, free = _gates(candidate, "slow", "quick", "free")
    word, late = candidate.nonce(), candidate.nonce()
    queue = candidate.new("TaskQueue", timeoutMs=50, **clock.options)
    tasks = [
        queue.new("add", slow),
        queue.new("add", quick, timeoutMs=80),
        queue.new("add", free, timeoutMs=0),
    ]
    yield _called(slow)
    yield _same("timers of a task that has a limit", len(clock.timers), 1)
    clock.advance(49)
    yield tasks[0].get("state").gives("running")
    yield _same("tasks that began before the time-out", len(quick.calls), 0)
    clock.advance(1)
    yield _done(tasks[0]).raises("TimeoutError")
    yield _called(quick)
    slow.release(late)
    clock.advance(79)
    yield tasks[1].get("state").gives("running")
    quick.release(word)
    yield _done(tasks[1]).gives(word)
    yield _called(free)
    yield _same("timers of a task that has no limit", len(clock.timers), 0)
    clock.advance(10_000)
    free.release(word)
    yield _done(tasks[2]).gives(word)
    yield _done(tasks[0]).raises("TimeoutError")
    yield tasks[0].get("state").gives("failed")
    throws = candidate.callback(lambda *_: _throw(word), name="throws")
    yield _done(queue.new("add", throws)).raises("RangeError")
    _settle(candidate)
    yield _same("timers of a task that threw at once", len(clock.timers), 0)
    default = candidate.new("TaskQueue", **clock.options)
    last = default.new("add", free)
    yield _called(free, 2)
    clock.advance(1_000_000)
    free.release(late)
    yield _done(last).gives(late)


@_check
def kept_clearing(candidate: Candidate) -> Iterator[Finding]:
    """Reject what waits, let go on what runs, take new tasks; say each time that all work is done."""
    running, dropped, later = _gates(candidate, "running", "dropped", "later")
    drain = _listener(candidate, "drain")
    word = candidate.nonce()
    queue = candidate.new("TaskQueue")
    queue.new("on", "drain", drain)
    yield _resolved(queue.new("drained").begin_await())
    first = queue.new("add", running)
    waiting = [queue.new("add", dropped, priority=priority) for priority in (3, 1, 2)]
    empty = queue.new("drained").begin_await()
    yield _called(running)
    queue.call("clear")
    for task in waiting:
        yield task.get("state").gives("cancelled")
        yield _done(task).raises("CancelledError")
    yield first.get("state").gives("running")
    yield _same("drain events while a task runs", (len(drain.calls), empty.answered), (0, False))
    after = queue.new("add", later)
    running.release(word)
    yield _done(first).gives(word)
    yield _called(later)
    later.release(word)
    yield _done(after).gives(word)
    yield _resolved(empty)
    yield _called(drain)
    queue.call("pause")
    queue.new("add", dropped)
    queue.call("clear")
    yield _called(drain, 2)
    queue.call("resume")
    yield _same("calls of cancelled tasks", len(dropped.calls), 0)
    yield _same("drain events", len(drain.calls), 2)


@_check
def kept_statistics(candidate: Candidate) -> Iterator[Finding]:
    """Count tasks that are added, begin and end; a clear changes nothing for those that do not wait."""
    clock = _Clock(candidate)
    good, bad, slow, held = _gates(candidate, "good", "bad", "slow", "held")
    queue = candidate.new("TaskQueue", **clock.options)
    yield queue.get("stats").gives(NOTHING)
    copy = candidate.new("globalThis:Function", "queue", "return queue.stats").new(None, queue)
    tasks = [queue.new("add", good), queue.new("add", bad), queue.new("add", slow, timeoutMs=5)]
    yield _called(good)
    yield queue.get("stats").gives(NOTHING | {"added": 3, "waiting": 2, "running": 1})
    yield copy.value().gives(NOTHING)
    good.release(1)
    yield _called(bad)
    yield queue.get("stats").gives(NOTHING | {"added": 3, "waiting": 1, "running": 1, "completed": 1})
    bad.release(Throw("RangeError", "no"))
    yield _called(slow)
    clock.advance(5)
    yield _done(tasks[2]).raises("TimeoutError")
    slow.release(1)
    for _ in range(2):
        yield queue.get("stats").gives(NOTHING | {"added": 3, "completed": 1, "failed": 2})
        queue.call("clear")
    ended = [queue.new("add", held), queue.new("add", held)]
    yield _called(held)
    queue.call("prune")
    yield queue.get("stats").gives(
        NOTHING | {"added": 5, "waiting": 1, "running": 1, "completed": 1, "failed": 2}
    )
    queue.call("clear")
    yield _counted(queue, added=5, running=1, completed=1, failed=2)
    held.release(2)
    yield _done(ended[0]).gives(2)
    yield _counted(queue, added=5, running=0, completed=2, failed=2)


@_check
def kept_limits(candidate: Candidate) -> Iterator[Finding]:
    """Allow as many acquisitions within any interval as the limit says, and tell the time to the next."""
    clock = _Clock(candidate)
    limiter = candidate.new("RateLimiter", 3, 100, clock.options)
    yield limiter.get("available").gives(3)
    for ms, left in ((0, 2), (40, 1), (20, 0)):
        clock.advance(ms)
        yield limiter.call("waitMs").gives(0)
        yield limiter.call("tryAcquire").gives(True)
        yield limiter.get("available").gives(left)
    yield limiter.call("waitMs").gives(40)
    clock.advance(39)
    yield limiter.call("tryAcquire").gives(False)
    yield limiter.get("available").gives(0)
    clock.advance(1)
    yield limiter.get("available").gives(1)
    yield limiter.call("tryAcquire").gives(True)
    yield limiter.call("tryAcquire").gives(False)
    yield limiter.call("waitMs").gives(40)
    clock.advance(60)
    yield limiter.get("available").gives(2)
    clock.advance(500)
    yield limiter.get("available").gives(3)
    for limit, interval in ((0, 100), (-1, 100), (3, 0), (3, -5)):
        yield candidate.question("new", "RateLimiter", (limit, interval), {}).raises("RangeError")
    yield from _acquired_later(candidate)


@_check
def kept_schedules(candidate: Candidate) -> Iterator[Finding]:
    """Add each task at its interval, skip a turn while its last one has not ended, and count."""
    clock = _Clock(candidate)
    quick = candidate.callback(lambda *_: None, name="quick", asynchronous=True)
    (slow,) = _gates(candidate, "slow")
    runner = candidate.new("ScheduledTaskRunner", candidate.new("TaskQueue", concurrency=4), clock.options)
    runner.call("schedule", "quick", 30, quick)
    yield runner.call("schedule", "quick", 10, quick).raises("Error")
    clock.advance(500)
    yield _same("calls before start", len(quick.calls), 0)
    runner.call("start")
    runner.call("schedule", "slow", 50, slow, priority=-1)
    for ms, often, seldom in ((29, 0, 0), (1, 1, 0), (20, 1, 1), (100, 5, 1)):
        clock.advance(ms)
        yield _called(quick, often)
        yield _called(slow, seldom)
    slow.release(Throw("RangeError", "no"))
    clock.advance(50)
    yield _called(slow, 2)
    slow.release(1)
    _settle(candidate)
    report = {"quick": (6, 0, 0), "slow": (1, 1, 2)}
    counts = {
        name: dict(zip(("completed", "failed", "skipped"), each, strict=True))
        for name, each in report.items()
    }
    yield runner.call("report").gives(counts)
    yield runner.call("cancel", "slow").gives(True)
    yield runner.call("cancel", "slow").gives(False)
    for verb, ms, often in (("start", 10, 7), ("stop", 1000, 7), ("start", 30, 8)):
        runner.call(verb)
        clock.advance(ms)
        yield _called(quick, often)
        yield _same("calls of what was cancelled", len(slow.calls), 2)
    yield from _late_timers(candidate)


@_check
def heap_order(candidate: Candidate) -> Iterator[Finding]:
    """Give values by priority when they are pushed and taken out by turns."""
    chance = candidate.random()
    pairs = [(value, None) for value in chance.sample(range(1000), 30)]
    by_chance = [
        *chance.sample(range(1000, 2000), 5),
        *chain.from_iterable(pairs),
        *chance.sample(range(2000), 5),
    ]
    for moves in (*MIXED, by_chance):
        queue = candidate.new("PriorityQueue")
        there: list[float] = []
        for move in _to_the_end(moves):
            if move is not None:
                queue.call("push", move, move)
                there.append(move)
                continue
            least = min(there)
            there.remove(least)
            yield queue.call("peek").gives(least)
            yield queue.call("pop").gives(least)


@_check
def urgent_first(candidate: Candidate) -> Iterator[Finding]:
    """Begin waiting tasks by priority, equal ones in turn, also those that were added while others ran."""
    for moves in (*MIXED, TIED):
        queue = candidate.new("TaskQueue")
        (running,) = _gates(candidate, "first")
        queue.new("add", running)
        yield _called(running)  # while it runs, the others wait
        there: list[tuple[float, int, Callback]] = []
        for turn, move in enumerate(_to_the_end(moves)):
            if move is not None:
                (task,) = _gates(candidate, f"priority {move:g}, added as number {turn}")
                queue.new("add", task, priority=move)
                there.append((move, turn, task))
                continue
            running.release()
            there.sort()
            running = there[0][-1]
            yield _same("what began", _begun(candidate, [task for *_, task in there]), [running.name])
            del there[0]


@_check
def once_called_once(candidate: Candidate) -> Iterator[Finding]:
    """Call a listener of once for the next emit, with its arguments, and for no other."""
    word, other = candidate.nonce(), candidate.nonce()
    single, late, always = (_listener(candidate, name) for name in ("single", "late", "always"))
    events = candidate.new("EventEmitter")
    events.new("once", "x", single)
    events.new("on", "x", always)
    yield events.call("emit", "y", 1).gives(False)
    yield _told(single)
    yield events.call("emit", "x", word, 2).gives(True)
    events.new("once", "x", late)
    for _ in range(3):
        yield events.call("emit", "x", other).gives(True)
    yield _told(single, (word, 2))
    yield _told(late, (other,))
    yield _told(always, (word, 2), (other,), (other,), (other,))


@_check
def once_leaves(candidate: Candidate) -> Iterator[Finding]:
    """After its emit, a listener of once is subscribed no more."""
    word = candidate.nonce()
    single, other = (_listener(candidate, name) for name in ("single", "other"))
    events = candidate.new("EventEmitter")
    events.new("once", "x", single)
    events.new("once", "x", other)
    yield events.call("listenerCount", "x").gives(2)
    yield events.call("emit", "x", word).gives(True)
    yield _same("calls", (len(single.calls), len(other.calls)), (1, 1))
    yield events.call("listenerCount", "x").gives(0)
    yield events.call("emit", "x").gives(False)


@_check
def once_apart(candidate: Candidate) -> Iterator[Finding]:
    """Take nothing else away, and call once also where the listener emits the event itself, or throws."""
    both, always = (_listener(candidate, name) for name in ("both", "always"))
    events = candidate.new("EventEmitter")
    events.new("on", "x", both)
    events.new("once", "x", both)
    for calls in (2, 3, 4):
        events.call("emit", "x")
        yield _same("calls of a listener added by on and by once", len(both.calls), calls)
    emits = candidate.new("EventEmitter")
    emits.new("once", "x", _bound(emits, "emit", "x"))
    emits.new("on", "x", always)
    for calls in (2, 3):
        yield emits.call("emit", "x").gives(True)
        yield _same("calls of the listener beside one that emits", len(always.calls), calls)
    throws = candidate.callback(lambda *_: _throw("no"), name="throws")
    events.new("once", "y", throws)
    for _ in range(2):
        events.call("emit", "y")
        yield _same("calls of a listener that throws", len(throws.calls), 1)


@_check
def clear_waiting(candidate: Candidate) -> Iterator[Finding]:
    """No task is counted as waiting after a clear, and those that come later are counted from there."""
    return _through_clears(candidate, "waiting", (2, 0, 1, 0, 3, 0))


@_check
def clear_cancelled(candidate: Candidate) -> Iterator[Finding]:
    """Each task that a clear dropped is counted as cancelled."""
    return _through_clears(candidate, "cancelled", (0, 2, 2, 3, 3, 6))


@_check
def settled_once(candidate: Candidate) -> Iterator[Finding]:
    """A task that ends after its time-out settles nothing a second time."""
    array = _handle(candidate.hold([]).get("constructor"))
    watch = _handle(array.get("constructor")).new(
        None, Path(__file__).with_name("watch.js").read_text("utf-8")
    )
    again = watch.new(None)
    clock = _Clock(candidate)
    for end in (1, Throw("RangeError", "late")):
        queue = candidate.new("TaskQueue", timeoutMs=20, **clock.options)
        (run,) = _gates(candidate, "run")
        task = queue.new("add", run)
        yield _called(run)
        clock.advance(20)
        yield _done(task).raises("TimeoutError")
        run.release(end)
        _settle(candidate)
        yield again.value().gives([])


@_check
def strict_look_up(candidate: Candidate) -> Iterator[Finding]:
    """Find a task by its number only, not by what is loosely equal to it."""
    (run,) = _gates(candidate, "run")
    queue = candidate.new("TaskQueue")
    for _ in range(2):
        queue.new("add", run)
    for number in (1, 2):
        yield queue.new("getTask", number).get("id").gives(number)
    for almost in ("2", [2], "0x2", " 2 ", True):
        yield queue.call("getTask", almost).satisfies(_is_nothing, "null")


@_check
def drain_listeners(candidate: Candidate) -> Iterator[Finding]:
    """What drained() subscribed is gone when the work is done."""
    mine = _listener(candidate, "mine")
    (run,) = _gates(candidate, "run")
    queue = candidate.new("TaskQueue")
    queue.new("on", "drain", mine)
    for calls in (1, 2):
        queue.new("add", run)
        waiting = [queue.new("drained").begin_await() for _ in range(3)]
        yield _called(run, calls)
        run.release()
        for each in waiting:
            yield _resolved(each)
        yield _called(mine, calls)
        yield queue.call("listenerCount", "drain").gives(1)


def _while_emitting(candidate: Candidate) -> Iterator[Finding]:
    """Listeners that take others away, or add some, change nothing for the emit that is under way."""
    log: list[str] = []
    first, second, third, fourth = (_listener(candidate, name, log) for name in ("1", "2", "3", "4"))
    events = candidate.new("EventEmitter")
    takes_first = events.new("on", "x", first)
    for listener in (
        takes_first,
        second,
        _bound(events, "on", "x", fourth),
        _bound(events, "off", "x", third),
        third,
    ):
        events.new("on", "x", listener)
    for order in (["1", "2", "3"], ["2", "4"]):
        log.clear()
        events.call("emit", "x")
        yield _same("the listeners of one emit", log, order)


def _in_order(candidate: Candidate, priorities: Sequence[float]) -> Iterator[Finding]:
    queue = candidate.new("PriorityQueue")
    for turn, priority in enumerate(priorities):
        queue.call("push", f"{priority}#{turn}", priority)
    expected = [f"{priorities[turn]}#{turn}" for turn in _turns(priorities)]
    yield queue.get("size").gives(len(expected))
    yield queue.call("toArray").gives(expected)
    for value in expected:
        yield queue.call("peek").gives(value)
        yield queue.call("pop").gives(value)
    yield queue.get("size").gives(0)


def _outcomes(candidate: Candidate) -> Iterator[Finding]:
    """Tasks that give or throw, at once or later; what is told of them."""
    words = [candidate.nonce() for _ in range(4)]
    started, completed, failed = (_listener(candidate, name) for name in ("started", "completed", "failed"))
    runs = [
        candidate.callback(lambda *_: words[0], name="gives"),
        candidate.callback(lambda *_: words[1], name="gives later", asynchronous=True),
        candidate.callback(lambda *_: _throw(words[2]), name="throws"),
        candidate.callback(lambda *_: _throw(words[3]), name="throws later", asynchronous=True),
    ]
    queue = candidate.new("TaskQueue", concurrency=3)
    for event in (started, completed, failed):
        queue.new("on", event.name, event)
    tasks = [queue.new("add", run) for run in runs]
    for number, task in enumerate(tasks):
        yield task.get("id").gives(number + 1)
        done = _done(task)
        yield done.gives(words[number]) if number < 2 else done.raises("RangeError", saying=words[number])
        yield task.get("state").gives("completed" if number < 2 else "failed")
        yield _same(f"calls of task {number + 1}", len(runs[number].calls), 1)
    for event, ids in ((started, [1, 2, 3, 4]), (completed, [1, 2]), (failed, [3, 4])):
        yield _called(event, len(ids))
        yield _same(
            f"ids of {event.name}",
            sorted(str(call.args[:1]) for call in event.calls),
            [f"({i},)" for i in ids],
        )
    values = sorted(str(call.args[1:]) for call in completed.calls)
    yield _same("values of completed", values, sorted(str((word,)) for word in words[:2]))


def _at_a_time(candidate: Candidate) -> Iterator[Finding]:
    """Two at a time, in the order of their priorities; none while the queue is paused."""
    queue = candidate.new("TaskQueue", concurrency=2)
    runs = _gates(candidate, "0", "1", "2", "3", "4", "5")
    priorities = (4, 5, 2, 3, 2, 1)
    queue.call("pause")
    tasks = [queue.new("add", run, priority=each) for run, each in zip(runs, priorities, strict=True)]
    yield tasks[0].get("state").gives("waiting")
    yield _same("tasks that began while paused", sum(len(run.calls) for run in runs), 0)
    queue.call("resume")
    order = _turns(priorities)
    for index, turn in enumerate(order):
        yield _called(runs[turn])
        yield tasks[turn].get("state").gives("running")
        if index:
            begun = [turn for turn, run in enumerate(runs) if run.calls]
            yield _same("tasks that have begun", begun, sorted(order[: index + 1]))
            runs[order[index - 1]].release()
    runs[order[-1]].release()
    for task in tasks:
        yield _done(task).gives(None)


def _refusals(candidate: Candidate) -> Iterator[Finding]:
    queue = candidate.new("TaskQueue")
    for run in (None, "run", 5):
        yield queue.call("add", run).raises("TypeError")
    for concurrency in (0, -1, 1.5, float("nan")):
        yield candidate.question("new", "TaskQueue", (), {"concurrency": concurrency}).raises("RangeError")


def _looked_up(candidate: Candidate) -> Iterator[Finding]:
    """Tasks are found by their ids until they are forgotten."""
    (held,) = _gates(candidate, "held")
    queue = candidate.new("TaskQueue", concurrency=2)
    quick = queue.new("add", candidate.callback(lambda *_: None, name="quick"))
    yield _done(quick).gives(None)
    for _ in range(3):
        queue.new("add", held)
    yield _called(held, 2)
    for number, state in ((1, "completed"), (2, "running"), (3, "running"), (4, "waiting")):
        yield queue.new("getTask", number).get("id").gives(number)
        yield queue.new("getTask", number).get("state").gives(state)
    for number in (0, 5, -1):
        yield queue.call("getTask", number).gives(None)
    queue.call("prune")
    yield queue.call("getTask", 1).gives(None)
    for number in (2, 3, 4):
        yield queue.new("getTask", number).get("id").gives(number)


def _acquired_later(candidate: Candidate) -> Iterator[Finding]:
    """acquire() waits for its turn, without taking more than there is."""
    clock = _Clock(candidate)
    limiter = candidate.new("RateLimiter", 2, 100, clock.options)
    waiting = [limiter.new("acquire").begin_await() for _ in range(5)]
    for there in (2, 4, 5):
        _settle(candidate)
        for ms in (0, 99):
            clock.advance(ms)
            yield _same("acquisitions", sum(each.answered for each in waiting), there)
        clock.advance(1)


def _late_timers(candidate: Candidate) -> Iterator[Finding]:
    """A timer that acts late puts off no other turn."""
    clock = _Clock(candidate)
    run = candidate.callback(lambda *_: None, name="run", asynchronous=True)
    runner = candidate.new("ScheduledTaskRunner", candidate.new("TaskQueue"), clock.options)
    runner.call("schedule", "often", 30, run)
    runner.call("start")
    clock.advance(40, late=True)
    for ms, calls in ((0, 1), (19, 1), (1, 2)):
        clock.advance(ms)
        yield _called(run, calls)


def _through_clears(candidate: Candidate, count: str, expected: Sequence[int]) -> Iterator[Finding]:
    """Add two, one and three tasks beside one that runs, and clear each time; compare one of the counts."""
    run, last = _gates(candidate, "run", "last")
    queue = candidate.new("TaskQueue")
    queue.new("add", run)
    yield _called(run)
    for number, added in zip(expected, (2, 0, 1, 0, 3, 0), strict=True):
        for _ in range(added):
            queue.new("add", last)
        if not added:
            queue.call("clear")
        yield _counted(queue, **{count: number})
    run.release()
    task = queue.new("add", last)
    yield _called(last)
    last.release()
    yield _done(task).gives(None)
    yield _counted(queue, **{count: expected[-1]})


def _settle(candidate: Candidate) -> None:
    """Ask something: what was answered before has had all its effects when this has been answered."""
    candidate.hold(None)


def _bound(events: Handle, name: str, *args: Any) -> Handle:
    """Return a method of theirs with its first arguments, as a function to be called inside."""
    return _handle(events.get(name)).new("bind", events, *args)


def _handle(answer: Answer) -> Handle:
    if isinstance(answer.value, Handle):
        return answer.value
    raise CandidateFailed(f"{answer.asked} gave {answer.value!r:.80}, which is no object")


def _gates(candidate: Candidate, *names: str) -> list[Callback]:
    """Return functions that give promises, each to be resolved by release."""
    return [candidate.callback(name=name, asynchronous=True) for name in names]


def _listener(candidate: Candidate, name: str, log: list[str] | None = None) -> Callback:
    return candidate.callback(lambda *_: None if log is None else log.append(name), name=name)


def _throw(word: str) -> Any:
    raise Throw("RangeError", word)


def _done(task: Handle) -> Answer:
    return _handle(task.get("done")).begin_await().answer(limit_s=SOON_S)


def _resolved(promise: Pending) -> Finding:
    return promise.answer(limit_s=SOON_S).satisfies(lambda _: True, "a promise that is resolved")


def _called(callback: Callback, times: int = 1) -> Finding:
    """Tell whether it is called that often: it may take a moment, but no call too many."""
    callback.wait_for(times, limit_s=SOON_S)
    return _same(f"calls of {callback.name}", len(callback.calls), times)


def _begun(candidate: Candidate, runs: Sequence[Callback]) -> list[str]:
    """Wait until one of them has begun; return the names of those that have."""
    candidate.wait(lambda: any(run.calls for run in runs), limit_s=SOON_S)
    return [run.name for run in runs if run.calls]


def _told(listener: Callback, *calls: tuple[Any, ...]) -> Finding:
    return _same(f"what {listener.name} was called with", [call.args for call in listener.calls], [*calls])


def _counted(queue: Handle, **counts: int) -> Finding:
    def right(stats: Any) -> bool:
        return isinstance(stats, dict) and all(stats.get(name) == number for name, number in counts.items())

    return queue.get("stats").satisfies(
        right, ", ".join(f"{name}: {number}" for name, number in counts.items())
    )


def _to_the_end(moves: Sequence[float | None]) -> list[float | None]:
    """Add what takes out all that is left."""
    return [*moves, *[None] * (len(moves) - 2 * moves.count(None))]


def _turns(priorities: Sequence[float]) -> list[int]:
    """Return the order of priorities, by their places: sorted() leaves equal ones as they are."""
    return sorted(range(len(priorities)), key=lambda turn: priorities[turn])


def _is_nothing(value: Any) -> bool:
    return value is None or isinstance(value, Undefined)


def _same(what: str, came: Any, expected: Any) -> Finding:
    said = f"{what}: {came!r:.160}"
    return ok(said) if came == expected else fail(f"{said}; expected {expected!r:.160}")
