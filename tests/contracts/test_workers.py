"""What every language's worker must do, asked through a real box."""

import math
from collections.abc import Callable, Iterator, Mapping
from time import perf_counter_ns
from typing import Any

import pytest

from codestone.grading import Candidate, CandidateFailed, Element, Handle, Recipe, Throw
from codestone.grading.session import Session
from codestone.grading.values import same

PYTHON = """\
import asyncio, os, stat, sys, threading

print("noise while it is loaded")

class Rejected(ValueError):
    pass

class Counter:
    def __init__(self, start):
        self.value = start

    def add(self, amount):
        self.value += amount
        return self.value

def echo(x): return x
def kind(x): return type(x).__name__
def total(xs): return sum(xs)
def fail(message):
    raise Rejected(message)
def hang():
    while True: pass
def leave(): os._exit(0)
def noise():
    print("x" * 100_000)
    sys.stderr.write("y" * 100_000)
    os.write(1, b"z" * 100_000)
    return "quiet"
def forge(data):
    for name in os.listdir("/proc/self/fd"):
        try:
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode): os.write(int(name), data)
        except OSError: pass
    return 0
def use(f, x): return f(x)
def twice(f): return [f(1), f(2)]
def give(f): return f
def caught(f):
    try: f()
    except KeyError as e: return type(e).__name__
def numbers(n):
    for i in range(n): yield i
async def soon(x): return x
async def await_it(f, x): return await f(x)
def deep(n):
    whole = []
    for _ in range(n): whole = [whole]
    return whole
def largest(elements):
    best = elements[0]
    for e in elements:
        if e > best: best = e
    return best
kept = []
def keep(x):
    kept.append(x)
    return len(kept)
"""
JAVASCRIPT = """\
import { writeSync } from "node:fs";

console.log("noise while it is loaded");

class Rejected extends TypeError {}

export class Counter {
  constructor(start) { this.value = start; }
  add(amount) { this.value += amount; return this.value; }
}
export const echo = (x) => x;
export const kind = (x) => x === null ? "NoneType" : typeof x;
export const total = (xs) => xs.reduce((a, b) => a + b, 0);
export function fail(message) {
  throw new Rejected(message);
}
export function hang() { for (;;); }
export const leave = () => process.exit(0);
export function noise() {
  console.log("x".repeat(100_000));
  console.error("y".repeat(100_000));
  writeSync(1, "z".repeat(100_000));
  return "quiet";
}
export function forge(data) { writeSync(3, data); return 0; }
export const use = (f, x) => f(x);
export const twice = (f) => [f(1), f(2)];
export const give = (f) => f;
export function caught(f) {
  try { f(); } catch (e) { return e.name; }
}
export function* numbers(n) { for (let i = 0; i < n; i++) yield i; }
export const soon = async (x) => x;
export const await_it = async (f, x) => await f(x);
export function deep(n) {
  let whole = [];
  for (let i = 0; i < n; i++) whole = [whole];
  return whole;
}
export function largest(elements, compare) {
  let best = elements[0];
  for (const e of elements) if (compare(e, best) > 0) best = e;
  return best;
}
const kept = [];
export const keep = (x) => kept.push(x);
"""
TYPESCRIPT = "// @ts-nocheck\ninterface Unused { a: number }\nexport enum Level { Low, High }\n" + JAVASCRIPT
FILES: dict[str, dict[str, str]] = {
    "python": {"answer.py": PYTHON},
    "javascript": {"answer.js": JAVASCRIPT},
    "typescript": {"answer.ts": TYPESCRIPT},
}
LINES = {
    file: next(i for i, line in enumerate(text.splitlines(), start=1) if "Rejected(message)" in line)
    for files in FILES.values()
    for file, text in files.items()
}
WHOLE = (0, 1, -1, 2**53 - 1, 1 - 2**53, 2**53, -(2**64), 10**400)
VALUES = (
    None,
    True,
    False,
    *WHOLE,
    1.5,
    -0.0,
    math.nan,
    math.inf,
    -math.inf,
    5e-324,
    1.7976931348623157e308,
    "",
    "naïve 😀 \x00\n\u2028",
    "\ud800",
    b"",
    bytes(range(256)),
    [],
    [1, [2, [3]], None, [True]],
    {},
    {"a": 1, "__proto__": 2, "b": [{"c": None}]},
    {1: "one", "1": "text", None: 0, 2.5: []},
    {1, 2, 3},
    set(),
)
Open = Callable[[str, Mapping[str, str]], Session]


@pytest.fixture(scope="module", params=sorted(FILES))
def session(request: pytest.FixtureRequest, open_session: Open) -> Iterator[Session]:
    """A box with the same answer in each language."""
    with open_session(request.param, FILES[request.param]) as opened:
        opened.language = request.param  # type: ignore[attr-defined]
        yield opened


@pytest.fixture
def candidate(session: Session) -> Iterator[Candidate]:
    """A fresh worker."""
    with session.candidate(seed=1, limit_s=60) as fresh:
        yield fresh


def is_python(session: Session) -> bool:
    return session.language == "python"  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: ascii(value)[:30])
def test_value_round_trip(candidate: Candidate, value: Any):
    """A value goes in and comes back the same, types included."""
    finding = candidate.ask("echo", value).gives(value)
    assert finding.passed, finding.evidence


def test_true_is_no_number(candidate: Candidate, session: Session):
    """A truth value arrives as one."""
    assert candidate.ask("kind", True).value == ("bool" if is_python(session) else "boolean")


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe("integers", (7, 500, -50, 50)),
        Recipe("integers", (2**64 - 1, 200, 0, 2**40)),
        Recipe("integers", (0, 50, -(2**70), 2**70)),
        Recipe("range", (0, 100, 3)),
        Recipe("range", (5, -5, -2)),
        Recipe("repeat", ("ab", 50)),
    ],
    ids=lambda recipe: f"{recipe.name}{recipe.args}"[:40],
)
def test_recipe(candidate: Candidate, recipe: Recipe):
    """A recipe makes inside the list that it makes outside."""
    assert candidate.ask("echo", recipe).gives(recipe.made()).passed


def test_raised(candidate: Candidate, session: Session):
    """An error tells its types, most derived first, its message, and the line in the candidate's own file."""
    answer = candidate.ask("fail", "no such rank")
    raised = answer.raised
    assert raised is not None
    (file,) = FILES[session.language]  # type: ignore[attr-defined]
    assert (raised.message, raised.line) == ("no such rank", f"{file}:{LINES[file]}")
    assert answer.raises("Rejected").passed
    assert answer.raises("ValueError" if is_python(session) else "TypeError").passed
    assert not answer.raises("KeyError").passed


def test_unknown_name(candidate: Candidate):
    """A function that is not there is an error of the candidate's, and the next question is answered."""
    assert candidate.ask("no_such_function").raised is not None
    assert candidate.ask("echo", 1).value == 1


def test_handles(candidate: Candidate):
    """An object stays inside: made, called, read, dropped."""
    counter = candidate.new("Counter", 5)
    assert counter.kind.endswith("Counter")
    assert counter.call("add", 3).value == 8
    assert counter.get("value").value == 8
    inside = candidate.ask("echo", counter).value
    assert isinstance(inside, Handle)
    assert inside.call("add", 1).value == 9
    counter.drop()
    with pytest.raises(CandidateFailed):
        assert counter.call("add", 1).value


def test_hold(candidate: Candidate):
    """A value is put inside, passed on, and read back."""
    held = candidate.hold([3, 1, 2])
    assert candidate.ask("total", held).value == 6
    assert held.value().value == [3, 1, 2]


def test_iterator(candidate: Candidate):
    """An iterator gives one after the other, and tells its end as StopIteration."""
    numbers = candidate.new("numbers", 2)
    assert [numbers.next_().value, numbers.next_().value] == [0, 1]
    assert numbers.next_().raises("StopIteration").passed


def test_await(candidate: Candidate):
    """What is awaited is a handle until it is."""
    pending = candidate.ask("soon", 7).value
    assert isinstance(pending, Handle)
    assert pending.await_().value == 7


def test_callback(candidate: Candidate):
    """A function of ours is called with values, and what it gives arrives."""
    double = candidate.callback(lambda x: x * 2, name="double")
    assert candidate.ask("use", double, 21).value == 42
    assert candidate.ask("twice", double).value == [2, 4]
    assert [call.args for call in double.calls] == [(21,), (1,), (2,)]
    assert candidate.ask("give", double).value is double


def test_callback_throws(candidate: Candidate, session: Session):
    """What our function throws is raised inside, under its own name."""

    def refuse() -> None:
        raise Throw("KeyError", "nothing")

    assert candidate.ask("caught", candidate.callback(refuse)).value == "KeyError"


def test_withheld(candidate: Candidate):
    """A withheld answer holds the caller, and nobody else, until it is given."""
    gate = candidate.callback(name="gate", asynchronous=True)
    waiting = candidate.ask("await_it", gate, 1).value.begin_await()
    assert gate.wait_for(1)
    assert candidate.ask("echo", "meanwhile").value == "meanwhile"
    secret = candidate.nonce()
    gate.release(secret)
    assert waiting.answer().value == secret


def test_withheld_begin(candidate: Candidate):
    """A call that was begun and calls a withheld function waits for its answer."""
    gate = candidate.callback(name="gate")
    waiting = candidate.begin("use", gate, 1)
    assert gate.wait_for(1)
    gate.release("opened")
    assert waiting.answer().value == "opened"


def test_elements(candidate: Candidate, session: Session):
    """Opaque elements are ordered by comparisons that are counted outside."""
    elements = candidate.elements([3, 9, 4])
    more = () if is_python(session) else (candidate.comparator(),)
    best = candidate.ask("largest", elements, *more).value
    assert isinstance(best, Element)
    assert (best.rank, candidate.comparisons) == (9, 3)
    assert best is elements[1]


def test_elements_have_no_value(candidate: Candidate, session: Session):
    """An element cannot be added up, so that nothing can be learnt of it unasked."""
    assert candidate.ask("total", candidate.elements([1, 2])).raises("TypeError").passed


def test_too_deep(candidate: Candidate):
    """A value that cannot cross is this question's failure, not the next one's."""
    with pytest.raises(CandidateFailed, match="deeper than"):
        assert candidate.ask("deep", 200)
    assert candidate.ask("deep", 30).raised is None


def test_too_large(candidate: Candidate):
    """A message over the frame's limit is refused inside."""
    with pytest.raises(CandidateFailed, match="over the limit"):
        assert candidate.ask("echo", Recipe("repeat", ("x" * 1000, 20_000)))
    assert candidate.ask("echo", 1).value == 1


def test_large_both_ways(candidate: Candidate):
    """Megabytes go in and out whole."""
    data = bytes(range(256)) * 20_000
    assert candidate.ask("echo", data).value == data


def test_noise(candidate: Candidate):
    """What is printed, before and after the worker starts, never reaches the channel."""
    assert candidate.ask("noise").value == "quiet"


@pytest.mark.parametrize(
    "forged",
    [
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x02{]",
        b"\x00\x00\x00\x15" + b'{"answer":9,"gives":1}'[:21],
        b"no frame",
    ],
    ids=["endless", "no-json", "no-question", "text"],
)
def test_forged(session: Session, forged: bytes):
    """Bytes outside the protocol fail the question, and no other check."""
    with session.candidate(seed=1, limit_s=20) as candidate, pytest.raises(CandidateFailed):
        candidate.ask("forge", forged)
        candidate.ask("echo", 1)
    with session.candidate(seed=1, limit_s=60) as candidate:
        assert candidate.ask("echo", 1).value == 1


def test_exit(session: Session):
    """A candidate that exits costs its own check."""
    with session.candidate(seed=1, limit_s=60) as candidate, pytest.raises(CandidateFailed, match="ended"):
        candidate.ask("leave")
    with session.candidate(seed=1, limit_s=60) as candidate:
        assert candidate.ask("echo", 1).value == 1


def test_hang(session: Session):
    """A candidate that hangs is given up at the limit, and the next check finds a fresh worker."""
    began_ns = perf_counter_ns()
    with session.candidate(seed=1, limit_s=3) as candidate, pytest.raises(CandidateFailed, match="no answer"):
        candidate.ask("hang")
    assert perf_counter_ns() - began_ns < 30e9
    with session.candidate(seed=1, limit_s=60) as candidate:
        assert candidate.ask("echo", 1).value == 1


def test_fresh_worker(session: Session):
    """Nothing that one check left in memory is there in the next."""
    for _ in range(2):
        with session.candidate(seed=1, limit_s=60) as candidate:
            assert candidate.ask("keep", 1).value == 1


def test_command(candidate: Candidate):
    """Commands and files are there beside every language."""
    candidate.put("in put/x.txt", b"\x00data")
    ran = candidate.run("cat", "in put/x.txt")
    assert (ran.code, ran.stdout, ran.stderr) == (0, b"\x00data", b"")


def test_same_is_strict():
    """What these tests lean on: equal values of other types are not the same."""
    assert not same(1, 1.0)
    assert not same(True, 1)
    assert not same(0.0, -0.0)
