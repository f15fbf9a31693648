import pytest

from codestone.grading.style import _GRAMMARS
from codestone.grading.style.declared import declarations
from codestone.grading.style.idle import idle
from codestone.grading.style.parsing import parsed


def found(language, *texts, others=(), before=()):
    """Return the idle declarations of files in one language; each text is a file."""
    syntaxes = {f"{n}": parsed(text, _GRAMMARS[language]) for n, text in enumerate(texts)}
    assert None not in syntaxes.values()
    return sorted(idle(syntaxes, others=others, before=lambda _: frozenset(before)))


PYTHON = """
import functools

def wanted(): return _used()
def _used(): return Kept
def _idle(): return _idle()
class _Lost:
    def _within(self): pass
class Kept:
    def _step(self): pass
    def _go(self): return self._step()
    def __len__(self): return 0
    def start(self): self._go()
@functools.lru_cache(maxsize=None)
def _cached(): pass
@register("x")
def _handler(): pass
def test_it(): pass
if __name__ == "__main__":
    wanted()
"""
JAVASCRIPT = """
export function wanted() { return used() + arrow(); }
function used() {}
const arrow = () => 1;
const idleArrow = async () => idleArrow();
function* idle() { yield 1; }
export const other = () => 2, more = function () {};
export default class Queue {
  #lost() { return 1; }
  #kept() {}
  _alone() {}
  size() { return this.#kept(); }
  get length() { return 0; }
}
class Lost { constructor() {} peek() {} }
"""
TYPESCRIPT = """
interface Sink { put(x: number): void }
export abstract class Base { protected hook(): void {} private lost(): void {} }
class Store extends Base implements Sink {
  put(x: number): void {}
  hook(): void {}
  private peek(): number { return 1; }
  private kept = () => 1;
  size(): number { return this.kept(); }
}
export const make = (): Sink => new Store();
declare function ambient(): void;
function over(x: string): void;
function over(x: unknown): void { wanted(); }
function wanted(): void {}
function idle(): void {}
"""
GO = """package main

type Queue struct{ n int }
type lost struct{}
type sink interface{ put(n int) }

func (q *Queue) put(n int) {}
func (q *Queue) peek() int { return q.peek() }
func (l *lost) size() lost { return *l }
func (q Queue) Len() int { return 0 }
func helper() {}
func used(s sink) {}
func Exported() { used(nil) }
func init() {}
func main() {}
"""
RUST = """
use std::fmt;

#[derive(Debug)]
struct Lost { n: u32 }
impl Lost { fn new() -> Lost { Lost { n: 1 } } }
impl fmt::Display for Lost { fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { Ok(()) } }
#[derive(Default)]
struct Kept { #[serde(default = "when")] n: u32 }
impl Kept {
    fn used(&self) {}
    fn idle(&self) { self.idle() }
    pub fn shown(&self) {}
}
impl Drop for Kept { fn drop(&mut self) {} }
fn when() -> u32 { 1 }
trait Unnamed { fn a(&self) {} }
/// Says what.
#[inline]
fn alone() {}
#[tokio::main]
// why
#[allow(dead_code)]
async fn entry() {}
fn shout() {}
fn main() { let kept = Kept::default(); println!("{:?}", kept.used()); debug!(shout()); }
#[cfg(test)]
mod tests { fn only_here() {} #[test] fn works() {} }
"""


@pytest.mark.parametrize(
    ("language", "text", "idle"),
    [
        ("python", PYTHON, ["_Lost", "_cached", "_idle"]),
        ("javascript", JAVASCRIPT, ["#lost", "Lost", "_alone", "idle", "idleArrow"]),
        ("typescript", TYPESCRIPT, ["idle", "lost", "peek"]),
        ("tsx", f"{TYPESCRIPT}\nconst view = <b>{{unseen}}</b>;\n", ["idle", "lost", "peek"]),
        ("go", GO, ["helper", "lost", "peek"]),
        ("rust", RUST, ["Lost", "Unnamed", "alone", "idle"]),
    ],
)
def test_idle_is_what_nobody_names(language, text, idle):
    """Not what is exported, an entry, a test, an override or handed on; what names only itself is idle."""
    assert found(language, text) == idle


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "def f(x): return x._helper\nclass A:\n    def _helper(self): pass\nf(A)\n"),
        ("python", 'def _helper(): pass\nTABLE = {"x": "_helper"}\n'),
        ("python", '__all__ = ["A"]\nclass A:\n    def peek(self): pass\n'),
        ("python", "class A(B):\n    def _hook(self): pass\nA()\n"),
        (
            "python",
            "class A:\n    @property\n    def _x(self): pass\n    def y(self): return self._x\nA().y\n",
        ),
        (
            "python",
            "class A:\n    def _do_x(self): pass\n    def y(self, n): getattr(self, '_do_' + n)\nA().y\n",
        ),
        (
            "python",
            "from abc import abstractmethod\nclass A:\n    @abstractmethod\n    def _x(self): pass\nA\n",
        ),
        ("javascript", "class Q { peek() {} }\nmodule.exports = { Q };\n"),
        ("javascript", "class Q { peek() {} }\nmodule.exports = Q;\n"),
        ("javascript", "class Q { peek() {} }\nexport { Q as Queue };\n"),
        ("javascript", "class Base { peek() {} }\nexport class Q extends Base {}\n"),
        ("javascript", "class Q { _a() {} b(n) { return this[`_${n}`](); } }\nnew Q().b('a');\n"),
        ("javascript", "const f = () => 1;\nexports.g = f;\n"),
        ("javascript", "exports.handlers = { on() {}, off: () => 1, get size() { return 0; } };\n"),
        ("javascript", "export const Q = class { peek() {} };\n"),
        ("javascript", "function a() {}\nconst x = `${a()}`;\n"),
        ("typescript", "@tag class Q {}\nclass R { @tag() private x() {} }\nnew R();\n"),
        ("typescript", "export namespace N { export function f() {} }\n"),
        (
            "go",
            'package m\n\ntype t struct{}\n\nvar _ I = (*t)(nil)\n\nfunc (t) String() string { return "" }\n',
        ),
        ("go", 'package m\n\nfunc f() {}\n\nvar Table = map[string]func(){"f": f}\n'),
        ("rust", "macro_rules! m { () => { helper() } }\nfn helper() {}\n"),
        ("rust", 'struct W;\nimpl W { fn write_fmt(&self) {} }\nfn main() { write!(W, "a"); }\n'),
        ("rust", "#[arg(value_parser = parse)]\npub struct A;\nfn parse() {}\n"),
    ],
)
def test_in_doubt_nothing_is_idle(language, text):
    """Text names, and whoever is handed a thing may call what it has."""
    assert found(language, text) == []


PYTHON_STORE = "class Store:\n    def add(self): pass\n    def size(self): pass\n"
STORE = "class Store { add() {} size() {} }\n"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", f"{PYTHON_STORE}store = Store()\n"),
        ("python", f"{PYTHON_STORE}STORES = [Store() for _ in range(2)]\n"),
        ("python", f"{PYTHON_STORE}def make(): return Store()\n"),
        ("python", f"{PYTHON_STORE}def make():\n    store = Store()\n    return store\n"),
        ("python", f"{PYTHON_STORE}make = lambda: Store()\n"),
        ("python", f"{PYTHON_STORE}def make(rows): return list(map(Store, rows))\n"),
        ("python", f"{PYTHON_STORE}def make(kinds=(Store, 1)): return kinds[0]()\n"),
        (
            "python",
            f"{PYTHON_STORE}    @classmethod\n    def of(cls): return cls()\ndef make(): return Store.of()\n",
        ),
        ("python", f"@register\n{PYTHON_STORE}def make(): pass\n"),
        *(
            (language, STORE + use)
            for language in ("javascript", "typescript", "tsx")
            for use in (
                "export const store = new Store();\n",
                "export default new Store();\n",
                "module.exports = new Store();\n",
                "module.exports = { store: new Store() };\n",
                "export function make() { return new Store(); }\n",
                "export function make() { const store = new Store(); return store; }\n",
                "export const make = () => new Store();\n",
                "export const kind = () => Store;\n",
                "export const stores = [new Store()], kinds = [Store];\n",
                "export class App { store; constructor() { this.store = new Store(); } }\n",
                "register(Store);\n",
            )
        ),
        (
            "typescript",
            "class Store<T> { add(x: T): void {} }\nexport const make = () => new Store<number>();\n",
        ),
        (
            "go",
            "package m\n\ntype store int\n\nfunc (store) Add() {}\n\nfunc Make() store { panic(1) }\n",
        ),
        (
            "rust",
            "struct Store;\nimpl Store { pub fn add(&self) {} }\npub fn make() -> impl Sized { Store }\n",
        ),
    ],
)
def test_an_instance_that_is_made_may_be_handed_out(language, text):
    """Whoever gets it may call every public method, so none of them is idle."""
    assert found(language, text, others=["Write make()."]) == []


def test_a_class_of_which_nothing_is_made_hands_out_none():
    """Its public methods have to be named, its private ones always."""
    assert found("javascript", "class A { static b() {} static c() {} }\nA.b();\n") == ["c"]
    assert found("python", f"{PYTHON_STORE}    def _own(self): pass\nstore = Store()\n") == ["_own"]


def test_a_type_declared_often_has_its_parts_once():
    """A copy for each declaration would be the square of the text."""
    often = 100
    rust = parsed("struct A;\nimpl A {}\n" * often, _GRAMMARS["rust"])
    go = parsed("package a\n" + "type a int\nfunc (a) b() {}\n" * often, _GRAMMARS["go"])
    assert sum(len(one.spans) for one in declarations(rust)) == 2 * often
    assert sum(len(one.spans) for one in declarations(go)) == 3 * often


def test_other_texts_name_too():
    """The instruction, tests and whatever else is there; what the file began with is nobody's doing."""
    text = "def sums(): pass\ndef extra(): pass\ndef before(): pass\n"
    assert found("python", text) == ["before", "extra", "sums"]
    assert found("python", text, others=["Write `sums(a, b)`."], before=["before"]) == ["extra"]


def test_files_name_each_other():
    """An import is a use."""
    assert found("python", "from core import put\nput()\n", "def put(): pass\ndef get_one(): pass\n") == [
        "get_one"
    ]


def test_a_protocol_calls_members_only():
    """A class of writers is asked to write; a function by such a name has to be called."""
    text = "class _Sink:\n    def write(text): pass\n    def wipe(): pass\nprint(1, file=_Sink.shared)\n"
    assert found("python", f"{text}def write_all(): pass\n") == ["wipe", "write_all"]


def test_what_is_within_an_idle_one_is_not_counted_again():
    """The outermost stands for it, a type for its methods."""
    assert found("python", "def a():\n    def b(): pass\n") == ["a"]
    assert found("go", "package m\n\ntype a struct{}\n\nfunc (x *a) b() {}\n") == ["a"]
    assert found("rust", "struct A;\nimpl A { fn b() {} }\n") == ["A"]


@pytest.mark.parametrize("use", ["globals()", "eval(x)", "vars(x)[n]"])
def test_names_made_of_text_accuse_nobody(use):
    """Any of them may be what is looked up."""
    assert found("python", f"def a(): pass\n{use}\n") == []
