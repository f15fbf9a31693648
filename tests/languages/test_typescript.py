"""TypeScript: the pinned compiler, and what it makes of a workspace."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from codestone.errors import ToolchainMissing
from codestone.grading import Candidate
from codestone.grading.session import Session
from codestone.languages import typescript

Open = Callable[[str, Mapping[str, str]], Session]

FILES = {
    "src/queue.ts": """\
import { Job, type Options, Color, Size, tagged } from "./lib/types";
import { other } from "./lib/other.js";
import { legacy } from "./legacy.js";
import * as whole from "./lib";
export { Job, Color } from "./lib/types.ts";

interface Local { a: number }

export function describe(options: Options): string {
  const local: Local = { a: Size.Large };
  const more = `${tagged(2)} ${other()} ${legacy} ${Object.keys(whole)}`;
  return `${options.name} ${Color.Green} ${local.a} ${more}`;
}
abstract class Shape { constructor(protected readonly side: number) {} abstract area(): number }
export class Square extends Shape { area(): number { return this.side ** 2 } }
export function boom(): never {
  throw new RangeError("boom");
}
export const dynamic = async (): Promise<string> => (await import("./lib/other")).other();
export const broken = async (): Promise<unknown> => await import("./broken");
export const common = async (): Promise<number> => (await import("./common")).default.next(1);
""",
    "src/lib/types.ts": """\
export interface Job { id: string }
export type Options = { name: string };
export enum Color { Red, Green = 7 }
export const enum Size { Small, Large }
export function tagged<T>(x: T): T { return x; }
""",
    "src/lib/other.ts": 'export const other = (): string => "other";\n',
    "src/lib/index.ts": 'export { other } from "./other";\nexport type { Options } from "./types";\n',
    "src/legacy.js": 'export const legacy = "js";\n',
    "src/broken.ts": "export const a = 1;\n\nexport const b: number = ;\n",
    "src/common.ts": 'const fs = require("fs");\nmodule.exports = { next(a: number) { return a + 1 } };\n',
    "src/types.d.ts": "declare module 'nothing';\n",
    "tsconfig.json": '{"compilerOptions": {"target": "ES3", "noEmit": true}}',
    "package.json": '{"type": "commonjs", "scripts": {"test": "exit 0"}}',
}


@pytest.fixture(scope="module")
def session(open_session: Open) -> Iterator[Session]:
    """A box with several files that import one another in every way."""
    with open_session("typescript", FILES) as opened:
        yield opened


@pytest.fixture
def candidate(session: Session) -> Iterator[Candidate]:
    """A fresh worker."""
    with session.candidate(seed=1, limit_s=60) as fresh:
        yield fresh


def test_imports(candidate: Candidate):
    """Files are found without an extension, with .ts, with .js, as a folder, and as plain JavaScript."""
    assert candidate.ask("describe", {"name": "n"}).gives("n 7 1 2 other js other").passed
    assert candidate.ask("dynamic").value.await_().value == "other"


def test_classes(candidate: Candidate):
    """What JavaScript does not have is translated: parameter properties, abstract classes, enums."""
    assert candidate.new("Square", 3).call("area").value == 9
    assert candidate.get("Color").value == {"0": "Red", "7": "Green", "Red": 0, "Green": 7}


def test_line(candidate: Candidate):
    """An error's line is that of the TypeScript file."""
    raised = candidate.ask("boom").raised
    assert raised is not None
    assert raised.line == "src/queue.ts:17"


def test_syntax_error(candidate: Candidate):
    """A file that is no TypeScript fails those who import it, with the compiler's words and line."""
    raised = candidate.ask("broken").value.await_().raised
    assert raised is not None
    assert (raised.types[0], raised.message) == ("SyntaxError", "Expression expected.")
    assert raised.line == "src/broken.ts:3"


def test_common_js(candidate: Candidate):
    """A file that is written as CommonJS stays so."""
    assert candidate.ask("common").value.await_().value == 2


@pytest.mark.parametrize("text", ["", "(" * 100_000, "\x00\xff", "let x = 1 as any as never;"])
def test_any_text(open_session: Open, text: str):
    """Whatever stands in a file, the build ends and the checks are asked."""
    with open_session("typescript", {"a.ts": text}) as opened, opened.candidate(seed=1, limit_s=60) as fresh:
        assert fresh.ask("f").raised is not None


def test_version(open_session: Open):
    """The compiler is the pinned one, and npm's own configuration decides where it comes from."""
    open_session("typescript", {"a.ts": ""})
    assert typescript.pinned() in typescript.runtime().version
    lock = (Path(typescript.__file__).parent / "_typescript" / "package-lock.json").read_text("utf-8")
    assert "sha512-" in lock
    assert "://" not in lock


def test_prepare_once(open_session: Open, monkeypatch: pytest.MonkeyPatch):
    """What is in the cache is not fetched again; npm is not even there."""
    open_session("typescript", {"a.ts": ""})
    package = typescript.prepare()
    monkeypatch.setenv("PATH", "/nowhere")
    said: list[str] = []
    assert typescript.prepare(said.append) == package
    assert said == []


def test_no_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without npm the remedy is told, and nothing half done is left."""
    monkeypatch.setenv("CODESTONE_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolchainMissing, match="npm"):
        typescript.prepare()
    assert not typescript.cached()
    assert [path.name for path in (tmp_path / "typescript").iterdir() if path.is_dir()] == []


def test_npm_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What npm said is told."""
    (tmp_path / "npm").write_text("#!/bin/sh\necho no such registry >&2\nexit 1\n")
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("CODESTONE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(ToolchainMissing) as caught:
        typescript.prepare()
    assert "no such registry" in caught.value.hint
