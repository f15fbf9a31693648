"""What is particular to JavaScript: how files are loaded, and values that Python does not have."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from codestone.errors import ToolchainMissing
from codestone.grading import Candidate, CandidateFailed, Handle, Throw, Undefined
from codestone.grading.session import Session
from codestone.languages import javascript

Open = Callable[[str, Mapping[str, str]], Session]

ES = 'import { two } from "./lib/two.js";\nexport const one = () => 1;\nexport { two };\n'
COMMON = (
    '#!/usr/bin/env node\nconst { two } = require("./lib/two.js");\nmodule.exports = { one: () => 1, two };\n'
)
ES_TWO, COMMON_TWO = "export const two = () => 2;\n", "exports.two = () => 2;\n"
VALUES = """\
export const nothing = () => {};
export const big = () => 5n;
export const map = () => new Map([[1, "a"], ["1", null]]);
export const nested = () => new Map([[[1], 2]]);
export const sets = () => new Set([[1]]);
export const dated = () => new Date(0);
export const typed = () => new Uint8Array([1, 2]);
export const holes = () => [1, , 3];
export const bare = () => Object.assign(Object.create(null), { a: undefined });
export const half = (x) => x / 2;
export const kindOf = (x) => Object.prototype.toString.call(x);
export const extra = (a, options) => [a, options];
export const rest = (...all) => all.length;
export const fragment = () => { throw "only text"; };
export const named = () => { throw Object.assign(new Error("m"), { name: "ValidationError" }); };
export const posing = () => { throw Object.assign(new Error("m"), { name: "TypeError" }); };
export const trap = () => { throw { get message() { throw new Error("no"); } }; };
export const rejected = async () => { throw new RangeError("late"); };
const never = () => new Promise(() => {});
export const later = () => { setTimeout(() => { throw new TypeError("uncaught"); }, 1); return never(); };
export const stray = () => { Promise.reject(new TypeError("stray")); return never(); };
export async function* counted(n) { for (let i = 0; i < n; i++) yield i; }
export function Old(x) { this.x = x; }
export class Shelf {
  books = [1];
  take() { return this.books; }
  list = function () { return this.books; };
}
export const sorted = (xs, compare) => [...xs].sort(compare);
export const same = (a, b) => a === b;
export const both = (f) => Promise.all([f(1), f(2)]);
export const relay = (f) => new Promise((resolve) => setTimeout(() => resolve(f(1)), 1));
export const main = () => process.argv.slice(1);
"""


@pytest.fixture(scope="module")
def session(open_session: Open) -> Iterator[Session]:
    """A box with many values."""
    with open_session("javascript", {"values.mjs": VALUES}) as opened:
        yield opened


@pytest.fixture
def candidate(session: Session) -> Iterator[Candidate]:
    """A fresh worker."""
    with session.candidate(seed=1, limit_s=60) as fresh:
        yield fresh


@pytest.mark.parametrize("package", [None, "module", "commonjs", "broken"])
@pytest.mark.parametrize(
    ("entry", "files"),
    [
        ("a.js", {"a.js": ES, "lib/two.js": ES_TWO}),
        ("a.js", {"a.js": COMMON, "lib/two.js": COMMON_TWO}),
        ("a.js", {"a.js": ES, "lib/two.js": COMMON_TWO}),
        ("a.mjs", {"a.mjs": ES, "lib/two.js": ES_TWO}),
        ("a.cjs", {"a.cjs": COMMON, "lib/two.js": COMMON_TWO}),
        ("deep er/a.js", {"deep er/a.js": ES, "deep er/lib/two.js": ES_TWO}),
    ],
    ids=["es", "common", "mixed", "mjs", "cjs", "folder"],
)
def test_syntax_decides(open_session: Open, entry: str, files: dict[str, str], package: str | None):
    """What a file is written as decides how it is loaded, whatever a package.json beside it says."""
    more = {"package.json": f'{{"type": "{package}"}}'} if package in {"module", "commonjs"} else {}
    if package == "broken":
        more = {"node_modules/x/package.json": "{}", "lib/package.json": '{"type": "commonjs"}'}
    with (
        open_session("javascript", {**files, **more}) as opened,
        opened.candidate(seed=1, limit_s=60) as fresh,
    ):
        assert fresh.ask("one").gives(1).passed, fresh.ask("one").raised
        assert fresh.ask("two").gives(2).passed
        assert fresh.ask("lib/two.js:two").gives(2).passed or entry.startswith("deep")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("export const f = () => {\n", None),
        ("const a = 1;\n\nconst b = ;\n", "a.js:3"),
        ("null.x;\n", "a.js:1"),
    ],
)
def test_does_not_load(open_session: Open, text: str, line: str | None):
    """A file that cannot be loaded is the failure of each question, with its place."""
    with open_session("javascript", {"a.js": text}) as opened, opened.candidate(seed=1, limit_s=60) as fresh:
        for _ in range(2):
            raised = fresh.ask("f").raised
            assert raised is not None
            assert raised.types[0] in {"SyntaxError", "TypeError"}
            assert line is None or raised.line == line


def test_undefined_is_not_null(candidate: Candidate):
    """A function that returns nothing gives undefined."""
    assert candidate.ask("nothing").gives(Undefined()).passed
    assert not candidate.ask("nothing").gives(None).passed
    assert candidate.ask("kindOf", Undefined()).value == "[object Undefined]"


def test_numbers(candidate: Candidate):
    """A whole number comes back as int, also where a float went in; BigInt only where it is needed."""
    assert candidate.ask("half", 4).gives(2).passed
    assert candidate.ask("half", 4.0).gives(2).passed
    assert candidate.ask("half", 3).gives(1.5).passed
    assert candidate.ask("big").gives(5).passed
    assert candidate.ask("kindOf", 2**53).value == "[object BigInt]"


def test_containers(candidate: Candidate):
    """Maps, bytes, holes and objects without a prototype have a value; a Date stays inside."""
    assert candidate.ask("map").gives({1: "a", "1": None}).passed
    assert candidate.ask("typed").gives(b"\x01\x02").passed
    assert candidate.ask("holes").gives([1, Undefined(), 3]).passed
    assert candidate.ask("bare").gives({"a": Undefined()}).passed
    dated = candidate.ask("dated").value
    assert isinstance(dated, Handle)
    assert (dated.kind, dated.call("toISOString").value) == ("Date", "1970-01-01T00:00:00.000Z")
    assert candidate.ask("kindOf", {"a": 1}).value == "[object Object]"
    assert candidate.ask("kindOf", {1: 1}).value == "[object Map]"
    assert candidate.ask("kindOf", (1, 2)).value == "[object Array]"
    assert candidate.ask("kindOf", b"").value == "[object Uint8Array]"


@pytest.mark.parametrize("function", ["nested", "sets"])
def test_keys_that_cannot_cross(candidate: Candidate, function: str):
    """An array as a key, or in a set, is refused with the reason."""
    with pytest.raises(CandidateFailed, match="array"):
        candidate.ask(function)


def test_named_arguments(candidate: Candidate):
    """Named arguments are one object after the others."""
    assert candidate.ask("extra", 1, limit=2).gives([1, {"limit": 2}]).passed
    assert candidate.ask("rest", 1, 2).gives(2).passed


def test_thrown(candidate: Candidate):
    """Whatever is thrown is told, and a name that was put on makes no Error a TypeError."""
    assert candidate.ask("fragment").raises("string").passed
    assert candidate.ask("named").raises("ValidationError").passed
    assert candidate.ask("named").raises("Error").passed
    assert not candidate.ask("posing").raises("TypeError").passed
    assert candidate.ask("trap").raised is not None


def test_rejected(candidate: Candidate):
    """A promise that was rejected raises when it is awaited, however late."""
    promise = candidate.ask("rejected").value
    assert promise.kind == "Promise"
    assert candidate.ask("nothing").value == Undefined()
    assert promise.await_().raises("RangeError").passed


@pytest.mark.parametrize("function", ["later", "stray"])
def test_uncaught(candidate: Candidate, function: str):
    """An error that nobody catches ends Node: no answer, and no exception that a check could take for one."""
    with pytest.raises(CandidateFailed, match=r"TypeError|ended"):
        candidate.ask(function).value.await_()


def test_asynchronous_iterator(candidate: Candidate):
    """An asynchronous generator gives one after the other, and its end."""
    numbers = candidate.new("counted", 2)
    assert [numbers.next_().value, numbers.next_().value] == [0, 1]
    assert numbers.next_().raises("StopAsyncIteration").passed


def test_new(candidate: Candidate):
    """A class and a constructor of the old style are constructed; a method is called."""
    assert candidate.new("Old", 3).get("x").value == 3
    shelf = candidate.new("Shelf")
    assert shelf.new("take").call("push", 9).value == 2
    assert shelf.new("list").get("length").value == 2


def test_globals(candidate: Candidate):
    """What Node has globally can be made and called; what it has not is told."""
    chunk = candidate.new("globalThis:Uint8Array", b"ab")
    assert (chunk.kind, chunk.value().value) == ("Uint8Array", b"ab")
    sums = candidate.new("globalThis:Function", "a", "b", "return a + b")
    assert sums.call(None, 2, 3).gives(5).passed
    assert candidate.ask("globalThis:parseInt", "12", 8).gives(10).passed
    assert candidate.ask("globalThis:nowhere").raises("TypeError", saying="exports no nowhere").passed


def test_globals_before_the_candidate(open_session: Open):
    """Asking of the globals loads nothing of the candidate's, whose code could have changed them."""
    text = "globalThis.loaded = 1;\nexport const f = () => 2;\n"
    with open_session("javascript", {"a.js": text}) as opened, opened.candidate(seed=1, limit_s=60) as fresh:
        assert fresh.ask("globalThis:Object", "x").raised is None
        assert fresh.get("globalThis:loaded").raised is not None
        assert fresh.ask("f").gives(2).passed
        assert fresh.get("globalThis:loaded").gives(1).passed


def test_comparator(candidate: Candidate):
    """A sort asks outside, where each comparison is counted."""
    ranks = [5, 2, 9, 1]
    ordered = candidate.ask("sorted", candidate.elements(ranks), candidate.comparator()).value
    assert [element.rank for element in ordered] == sorted(ranks)
    assert 3 <= candidate.comparisons <= 8


def test_the_same_object_of_ours(candidate: Candidate):
    """A function or element of ours is the same object each time that it crosses."""
    function, (element,) = candidate.callback(lambda: None), candidate.elements([1])
    assert candidate.ask("same", function, function).value is True
    assert candidate.ask("same", element, element).value is True
    assert candidate.ask("same", function, candidate.callback(lambda: None)).value is False


def test_two_withheld(candidate: Candidate):
    """Asynchronous functions are asked side by side, and answered in any order."""
    gate = candidate.callback(name="gate", asynchronous=True)
    both = candidate.ask("both", gate).value.begin_await()
    assert gate.wait_for(2)
    first, second = gate.held
    gate.release("b", call=second)
    gate.release(Throw("RangeError", "a"), call=first)
    assert both.answer().raises("RangeError").passed


def test_call_from_the_event_loop(candidate: Candidate):
    """A function of ours may be called when no question is being executed."""
    assert candidate.ask("relay", candidate.callback(lambda x: x + 1)).value.await_().value == 2


def test_not_the_main_program(candidate: Candidate):
    """No path of ours is in the arguments that the candidate sees."""
    assert candidate.ask("main").value == []


def test_needed(tmp_path: Path):
    """A Node outside /usr is mounted as the one file that it is."""
    assert javascript.needed(Path("/usr/bin/node")) == ()
    assert javascript.needed(tmp_path / "node") == (tmp_path / "node",)


@pytest.mark.parametrize(
    ("says", "match"),
    [("echo /x/node; echo 16.20.0", "16.20.0"), ("exit 3", "that runs"), (None, "node")],
    ids=["old", "broken", "none"],
)
def test_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str | None, match: str):
    """Without a Node that is new enough the remedy is told."""
    if says:
        (tmp_path / "node").write_text(f"#!/bin/sh\n{says}\n")
        (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/nowhere" if says is None else f"{tmp_path}:/usr/bin:/bin")
    javascript.node.cache_clear()
    try:
        with pytest.raises(ToolchainMissing, match=match) as caught:
            javascript.runtime()
    finally:
        javascript.node.cache_clear()
    assert "Node.js" in caught.value.hint
