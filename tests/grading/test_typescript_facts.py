import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from codestone.errors import SandboxError
from codestone.grading import CandidateFailed, TypeScriptFacts, begin_typescript_facts, typescript_facts
from codestone.grading import typescript_facts as asked_by_name
from codestone.languages import typescript

ORIGINAL = """\
export enum Color { Red, Green = 7 }
export type Names = readonly string[];
export interface Point { readonly x: number; y?: number; move(by: number, twice?: boolean): void }
export interface Loose { run(task: string): void }
export const LIMIT: number = 3;
export function pick(color: Color, names?: Names): Color { return names ? color : Color.Red; }
export function parse(text: string): Point | null { return text ? null : null; }
export function list<T>(one: T): Promise<T[]> { return Promise.resolve([one]); }
export class Box<K, V> {
  private kept: V[] = [];
  constructor(readonly key: K, first?: V) { if (first !== undefined) this.kept.push(first); }
  get size(): number { return this.kept.length; }
  add(key: K, value: V): this { this.kept.push(value); return this; }
}
"""
REWRITTEN = """\
enum Color { Red = 0, Green = Red + 7 }
type Names = ReadonlyArray<string>;
type Task = (task: string) => void;
class Base<W> {
  protected readonly own = new Set<W>();
  #n = 0;
  get size(): number { return this.own.size + this.#n }
}
export { Color };
export type { Names };
export type Point = Readonly<Record<"x", number>> & Rest;
type Rest = { y?: number | undefined; move: (by: number, twice?: boolean) => void };
export type Loose = { run: Task };
export let LIMIT = 3;
export const pick = (...[color, names]: [color: Color, names?: Names]): Color => (names ? color : Color.Red);
export const parse: (text: string) => null | Point = () => null;
export async function list<Item>(one: Item) { return [one]; }
export class Box<Key, Value> extends Base<Value> {
  constructor(readonly key: Key, first?: Value) { super(); if (first !== undefined) this.own.add(first); }
  add(key: Key, value: Value) { this.own.add(value); return this; }
}
"""


def facts(answer: str, original: str = ORIGINAL) -> TypeScriptFacts:
    """Facts about one file."""
    return typescript_facts({"a.ts": answer}, {"a.ts": original}, entry="a.ts")


def test_a_type_may_be_written_in_another_way():
    """Aliases, intersections, inferred and private parts, and arrow functions change no type."""
    found = facts(REWRITTEN)
    assert found.errors == ()
    assert found.changed == {}
    assert found.exports == found.expected == tuple(sorted(found.expected))


@pytest.mark.parametrize(("green", "changed"), [("7", set()), ("8", {"Color", "pick"})])
def test_an_enum_may_have_another_name_inside(green: str, changed: set[str]):
    """The name that it is exported by counts, and its members do as ever."""
    answer = REWRITTEN.replace("Color", "Hue").replace("export { Hue };", "export { Hue as Color };")
    answer = answer.replace("protected", "protected hue: Hue = Hue.Red;\n  protected")
    found = facts(answer.replace("Red + 7", f"Red + {green}"))
    assert found.errors == ()
    assert set(found.changed) == changed


CHANGED = {
    "Color": ("export enum Color { Red, Green = 7 }", "export enum Color { Red, Green = 8 }"),
    "Names": ("readonly string[]", "string[]"),
    "Point": ("readonly x: number", "x: number"),
    "Loose": ("run(task: string)", "run(task: unknown)"),
    "LIMIT": ("LIMIT: number = 3", "LIMIT: string = ''"),
    "pick": (
        "pick(color: Color, names?: Names): Color { return names ? color",
        "pick(color: Color): Color { return color ? color",
    ),
    "parse": ("Point | null { return text ? null : null", "Point { return JSON.parse(text)"),
    "list": ("list<T>(one: T): Promise<T[]>", "list<T extends string>(one: T): Promise<T[]>"),
    "Box": (
        "constructor(readonly key: K, first?: V) { if",
        "constructor(readonly key: K) { const first = undefined; if",
    ),
}
ALSO_CHANGED = {
    "Color": (
        "export enum Color { Red, Green = 7 }",
        "export const Color = { Red: 0, Green: 7 } as const; export type Color = 0 | 7;",
    ),
    "Names": ("readonly string[]", "ReturnType<typeof JSON.parse>"),
    "Point": ("y?: number", "y: number | undefined"),
    "Loose": ("run(task: string): void", "run(task: string): void; also?: number"),
    "LIMIT": ("LIMIT: number = 3", "LIMIT = 3"),
    "pick": ("color: Color, names?: Names): Color {", "color: Color, names?: Names): number {"),
    "parse": (
        "parse(text: string): Point | null { return text ? null : null",
        "parse(text: string) { return JSON.parse(text)",
    ),
    "list": (
        "Promise<T[]> { return Promise.resolve([one])",
        "Promise<Parameters<typeof JSON.stringify>[0][]> { return Promise.resolve([one])",
    ),
    "Box": ("  private kept", "  kept"),
}


@pytest.mark.parametrize("changes", [CHANGED, ALSO_CHANGED])
def test_each_changed_type_is_seen(changes: Mapping[str, tuple[str, str]]):
    """Wider, narrower, any, a lost parameter, readonly or bound, one more member: each export is named."""
    answer = ORIGINAL
    for name, (old, new) in changes.items():
        assert old in answer, name
        answer = answer.replace(old, new)
    found = facts(answer)
    assert found.errors == ()
    assert found.silenced == ()
    assert set(changes) <= set(found.changed)


def test_one_change_alone_is_named_alone():
    """What uses a changed type by its structure alone is not blamed for it."""
    found = facts(ORIGINAL.replace("LIMIT: number = 3", "LIMIT = 3"))
    assert set(found.changed) == {"LIMIT"}
    assert "number" in found.changed["LIMIT"]


def test_exports_that_went_away_or_came():
    """Names are told as they are, types among them."""
    found = facts(ORIGINAL.replace("export interface Loose", "interface Loose") + "export const more = 1;\n")
    assert set(found.expected) - set(found.exports) == {"Loose"}
    assert set(found.exports) - set(found.expected) == {"more"}
    assert found.changed == {"Loose": "is gone"}


SILENCED = {
    "// @ts-nocheck": "@ts-nocheck",
    "const a = 1; // @ts-ignore": "@ts-ignore",
    "/* @ts-expect-error */ const b: string = 1;": "@ts-expect-error",
    "const c: any = 1;": "any",
    "const d = <any>1;": "any",
    "const e = (1 as unknown) as string;": "an assertion of an assertion",
    "const f: string = 1 as never;": "as never",
    "declare global { interface Array<T> { odd: T } }": "declare global",
    "const g = new Function('return 1');": "code in a string (Function)",
    "const h = (0, eval)('1');": "code in a string (eval)",
    "const i = import('data:text/javascript,1');": "import()",
    '/// <reference lib="dom" />': "/// <r",
}


def test_what_silences_the_compiler():
    """Each way not to be looked at is told with its line."""
    told = [f"a.ts:{line}: {words}" for line, words in enumerate(SILENCED.values(), start=1)]
    assert sorted(facts("\n".join(SILENCED)).silenced) == sorted(told)


def test_what_silences_nobody():
    """Constants, plain assertions, and words in names are nobody's fault."""
    found = facts(
        ORIGINAL + "const anything = [1] as const; const company = anything as readonly number[];\n"
    )
    assert (found.silenced, found.errors) == ((), ())


BODY = """\
  const %(all)s: string[] = [];
  for (const %(one)s of %(given)s) {
    if (%(one)s.length > %(limit)s && !%(all)s.includes(%(one)s)) %(all)s.push(%(one)s.trim());
  }
  return %(all)s.sort();
"""


def _function(name: str, **names: object) -> str:
    return f"export function {name}({names['given']}: string[]): string[] {{\n{BODY % names}}}\n"


def test_clones_with_other_names():
    """Copies are found whatever their variables and numbers are; a nested function is compared by itself."""
    one = _function("one", all="all", one="one", given="given", limit=3)
    two = _function("two", all="b", one="c", given="d", limit=4)
    inside = (
        f"export const outer = () => {{ const x = 1; {two.removeprefix('export ')} return [x, two]; }};\n"
    )
    assert facts(one + two, one).clones == (("one (line 1)", "two (line 8)"),)
    assert facts(one + inside, one).clones == (("one (line 1)", "two (line 8)"),)


def test_what_is_no_clone():
    """Short calls of one function are alike and no copies; neither is one function of itself."""
    calls = "".join(
        f"export function log{n}(text: string, more?: number): void {{ log('{n}', text, more ?? {n}); }}\n"
        for n in range(6)
    )
    rows = ", ".join(f"{{ name: 'n{n}', value: {n}, also: [{n}, {n}] }}" for n in range(20))
    log = f"function log(...words: unknown[]): unknown {{ return [words, {rows}]; }}\n"
    assert facts(calls + log, log).clones == ()


BRANCHES = (
    "if (n === 1) return 1; if (n === 2) return 2; if (n === 3 || n === 4) return 3; return n > 5 ? 6 : 7;"
)


MOVED = f"""
export function stays(n: number): number {{ {BRANCHES} }}

export const called = (n: number): number => decide(n);
function decide(n: number): number {{ {BRANCHES} }}

class Sorter {{
  sort(n: number): number {{ {BRANCHES} }}
  pass(n: number): number {{ return this.#own(n); }}
  #own(n: number): number {{ {BRANCHES} }}
}}
const one = new Sorter();
export const bound = one.sort.bind(one);
export const private_method = (n: number) => one.pass(n);

const make = () => ({{ by: (n: number): number => {{ {BRANCHES} }} }});
export const made = make().by;
"""


def test_what_was_moved_away_is_still_measured():
    """The branches of a function are counted wherever they stand now."""
    names = ("stays", "called", "bound", "private_method", "made")
    original = "".join(f"export function {name}(n: number): number {{ return n; }}\n" for name in names)
    found = facts(MOVED, original)
    assert {name: found.functions[name].paths for name in names} == dict.fromkeys(names, 6)
    assert {name: found.functions_were[name].paths for name in names} == dict.fromkeys(names, 1)


PLUS = ("return s + ' and ' + n;", "return (s + 'b') + (n + 'c');", "return s + s;")
COUNTING = (
    "for (let i = 0; i < a.length; i++) s += a[i];",
    "let i = 0; while (i < a.length) { s += a[i]; i += 1; }",
    "for (let i = a.length - 1; i >= 0; --i) { s += a[i - 1 + 1]; }",
)
BY_HAND = (
    "return o !== undefined ? o : s;",
    "return o === undefined || o === null ? s : o.trim();",
    "if (o !== undefined) { s = o; }",
    "if (o === undefined) o = s;",
    "if (o !== null && o !== undefined) return o.length;",
)
SHORT = (
    "return 'a' + 'b' + `c`;",
    "return n + n + 1;",
    "return `${s} and ${n + 1}`;",
    "return [s, n].join(' ');",
    "for (const [i, one] of a.entries()) s += `${i}${one}`;",
    "for (let i = 0; i < 3; i++) s += s;",
    "let left = n; while (left > 0) { left -= 1; s += a[0]; }",
    "if (o === undefined) return s;",
    "if (o !== undefined) return o;",
    "return o?.trim() ?? s;",
    "return n > 3 ? s : o;",
)


@pytest.mark.parametrize(
    ("lines", "counts"),
    [(PLUS, (3, 0, 0)), (COUNTING, (0, 3, 0)), (BY_HAND, (0, 0, 5)), (SHORT, (0, 0, 0))],
    ids=("plus", "counting", "by-hand", "short"),
)
def test_long_ways_of_writing(lines: tuple[str, ...], counts: tuple[int, int, int]):
    """Each long way is counted once, and what looks like it is not."""
    head = "(a: string[], s: string, n: number, o?: string): unknown {"
    text = "".join(f"export function f{n}{head} {line} return s; }}\n" for n, line in enumerate(lines))
    found = facts(text, "export const f = 1;").syntax
    assert (found.concatenations, found.index_loops, found.long_defaults) == counts


def test_size_is_neither_lines_nor_comments_nor_names():
    """Line breaks, comments and long names change no count."""
    dense = facts("export const f = (a: number) => { return a + 1; };").syntax.nodes
    loose = (
        "/** Adds. */\nexport const f =\n  (long_name: number) => {\n // one\n\n return long_name + 1;\n};\n"
    )
    assert facts(loose).syntax.nodes == dense
    assert facts("export const f = (a: number) => a + 1;").syntax.nodes < dense


def test_errors_under_strict():
    """Types are checked with strict, and nothing but the language and a console is there."""
    assert facts("export const f = (a) => a;").errors == (
        "a.ts:1: Parameter 'a' implicitly has an 'any' type. (TS7006)",
    )
    assert "TS2584" in facts("export const f = document;").errors[0]
    assert "TS2591" in facts("export const f = process;").errors[0]
    assert "TS2307" in facts("import fs from 'node:fs';\nexport const f = fs;").errors[0]
    there = "console.log([1, 2].toSorted()); setTimeout(() => structuredClone(1), 5); export {};"
    assert facts(there).errors == ()


def test_several_files():
    """A module may be split; what it exports again counts as its own."""
    answer = {"a.ts": "export * from './b.js';\nexport { one } from './c';", "b.ts": "export const two = 2;"}
    found = typescript_facts(
        {**answer, "c.ts": "export const one: number = 1;"},
        {"a.ts": "export const one: number = 1;"},
        entry="a.ts",
    )
    assert (found.errors, found.exports, found.changed) == ((), ("one", "two"), {})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "export const f = ;",
        "\x00\xff{{{",
        "for (;;) {}\nthrow new Error('run');",
        "let x = `${",
        "type Deep<T> = { a: Deep<Deep<T>> }; export type F = Deep<Deep<1>>; export const f: F = 1;",
        "type N<T extends 1[]> = T['length'] extends 9999 ? T : N<[...T, 1]>; export const f: N<[]> = [];",
    ],
)
def test_any_text_gives_facts(text: str):
    """Nothing of an answer is executed, and one that is broken is told to be so."""
    found = facts(text)
    assert set(found.expected) - set(found.exports) or found.changed
    assert set(found.changed) == set(found.expected)


def test_the_compiler_gives_up():
    """That the compiler cannot read an answer, or will not, is the answer's failure."""
    with pytest.raises(CandidateFailed, match="gave up"):
        facts(f"export const f = {'(' * 100_000};")
    with pytest.raises(CandidateFailed, match="300015 characters"):
        facts("export const f = " + "1" * 299_997 + ";")


def test_nothing_there():
    """Without the file there are no exports; files of other kinds are not read."""
    found = typescript_facts({"b.js": "x", "a.d.ts": "export {}"}, {"a.ts": ORIGINAL}, entry="a.ts")
    assert found.errors == ("there is no a.ts",)
    assert found.exports == ()
    assert set(found.changed) == set(found.expected)


def test_a_broken_original_is_our_fault():
    """Where the original is at fault the answer is not blamed, and nothing is remembered."""
    for _ in range(2):
        with pytest.raises(SandboxError, match="the original is no TypeScript"):
            facts("export const f = 1;", "export const f = ;")


def test_facts_are_found_once():
    """Who asks again about the same texts is told the same; so is who asks while they are being found."""
    texts = {"a.ts": "export const once = 1;"}
    begin_typescript_facts(texts, {"a.ts": ORIGINAL}, entry="a.ts")
    first = typescript_facts(texts, {"a.ts": ORIGINAL}, entry="a.ts")
    assert typescript_facts(dict(texts), {"a.ts": ORIGINAL, "note.md": "x"}, entry="a.ts") is first
    assert asked_by_name is typescript_facts


def test_the_detector_is_pinned():
    """The clone detector is installed with the compiler, by the same lock file."""
    lock = json.loads(
        (Path(typescript.__file__).parent / "_typescript" / "package-lock.json").read_text("utf-8")
    )
    assert lock["packages"]["node_modules/@jscpd/core"]["integrity"].startswith("sha512-")
    assert (typescript.prepare().parent / "@jscpd" / "core" / "package.json").is_file()
