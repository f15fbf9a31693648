"""Rust: what is compiled, against what, and what is said where that cannot be."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from codestone.errors import ToolchainMissing
from codestone.grading import Candidate
from codestone.grading.compiling import NotBuilt, compiled
from codestone.grading.grade import grade, source_of
from codestone.grading.session import Session
from codestone.languages import Build, _crates, rust
from codestone.sandbox import without_box
from codestone.suites import paths
from codestone.suites.load import load_task
from codestone.suites.overlay import materialise
from codestone.task import Task, TaskSpec

Compile = Callable[[Mapping[str, str]], Build]
ANSWER = """\
use clap::{Parser, ValueEnum};
use serde::Serialize;

mod words;

#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[arg(long, value_enum)]
    color: Color,
}

#[derive(Clone, Copy, Serialize, ValueEnum)]
enum Color { Red, Green }

fn main() {
    let cli = Cli::parse();
    println!("{}", serde_json::to_string(&(words::hello(), cli.color)).unwrap());
}
"""
WORDS = 'pub fn hello() -> &\'static str { "hello" }\n'
MANIFEST = """\
[package]
name = "two-words"
version = "4.5.6"
edition = "2018"
description = "Says two words"
"""


@pytest.fixture(scope="module", autouse=True)
def ready(open_session: Callable[[str, Mapping[str, str]], Session]) -> None:
    """The toolchain and the crates are there, or all is skipped."""
    open_session("rust", {"src/main.rs": ""})


@pytest.fixture
def task(tmp_path: Path) -> Task:
    """A task whose program is called two-words."""
    folder = tmp_path / "suite" / "words"
    (folder / "workspace").mkdir(parents=True)
    (folder / "workspace" / "Cargo.toml").write_text(MANIFEST)
    (folder / "tests").mkdir()
    (folder / "tests" / "answers.txt").write_text("hidden")
    spec = TaskSpec.model_validate(
        {
            "schema_version": 1,
            "title": "Any",
            "canary": "0a4b8b0e-8c0c-4f59-9a40-0f4a4ad0a0c5",
            "language": "rust",
            "shape": "write",
            "answer": {"files": ["src/main.rs"]},
            "check": [{"id": "any", "points": 1, "catches": "Nothing."}],
        }
    )
    return Task(suite="suite", name="words", path=folder, spec=spec, instruction="", digest="")


@pytest.fixture
def compile_it(task: Task, workspace: Callable[[Mapping[str, str]], Path], tmp_path: Path) -> Compile:
    """Compile an answer made of these files."""
    into = tmp_path / "into"
    into.mkdir()
    return lambda files: rust.build(task, workspace(files), into, backend=None)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole of PATH, and an empty cache."""
    (tmp_path / "sysroot" / "bin").mkdir(parents=True)
    monkeypatch.setenv("PATH", str(tmp_path / "sysroot" / "bin"))
    monkeypatch.setenv("CODESTONE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "sysroot" / "bin"


def install(folder: Path, name: str, script: str) -> None:
    """Put a program there."""
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def install_rustc(folder: Path, release: str) -> None:
    """Put a compiler there that tells of itself and does no more."""
    told = f"printf 'rustc {release}\\nhost: x86_64-unknown-linux-gnu\\nrelease: {release}\\n'"
    install(folder, "rustc", f'[ "$1" = -vV ] && {told} || echo {folder.parent}')


@pytest.fixture
def candidate(task: Task, workspace: Callable[[Mapping[str, str]], Path]) -> Iterator[Candidate]:
    """The program of the answer, in a grading box."""
    files = workspace({"src/main.rs": ANSWER, "src/words.rs": WORDS})
    source = source_of(files)
    with (
        compiled(task, files, source=source, mend=None, backend=None) as build,
        Session(task, files, source=source, build=build) as session,
        session.candidate(seed=1, limit_s=60) as fresh,
    ):
        yield fresh


def test_runs(candidate: Candidate):
    """A program of several files runs, with the crates that there are and the name that the task gave it."""
    ran = candidate.run("two-words", "--color", "green")
    assert (ran.code, ran.stdout, ran.stderr) == (0, b'["hello","Green"]\n', b"")
    assert candidate.run("two-words", "--version").stdout == b"two-words 4.5.6\n"
    assert b"Says two words" in candidate.run("two-words", "--help").stdout
    refused = candidate.run("two-words", "--color", "blue")
    assert refused.code == 2
    assert b"green" in refused.stderr


def test_does_not_compile(compile_it: Compile):
    """The compiler's words come with errors first, cut, and without this machine's folders."""
    broken = ANSWER.replace(", ValueEnum)]", ")]") + "fn unused() {}\nfn main2() -> u8 { 1u16 }\n"
    build = compile_it({"src/main.rs": broken, "src/words.rs": WORDS})
    assert not build.ok
    assert not build.programs
    assert build.said.startswith("error")
    assert "src/main.rs:" in build.said
    assert len(build.said) < 2100
    for folder in (Path.home(), Path.cwd(), rust.prepare()):
        assert str(folder) not in build.said


def test_warnings(compile_it: Compile):
    """What compiles may have warnings, and they are told."""
    build = compile_it({"src/main.rs": "fn main() { let a = 1; }\n"})
    assert build.ok
    assert "unused variable" in build.said
    assert list(build.programs) == ["two-words"]


@pytest.mark.parametrize(
    "files",
    [
        {"Cargo.toml": '[package]\nname = "other"\n[dependencies]\nrand = "0.8"\n'},
        {"build.rs": 'compile_error!("never compiled");\n'},
        {".cargo/config.toml": '[build]\nrustc = "/nonexistent"\n'},
        {"rust-toolchain.toml": '[toolchain]\nchannel = "1.0"\n', "rust-toolchain": "1.0\n"},
        {"Cargo.lock": "nonsense\n", "clippy.toml": "nonsense\n"},
    ],
    ids=lambda files: next(iter(files)),
)
def test_only_sources(compile_it: Compile, files: Mapping[str, str]):
    """What would tell cargo, or rustup, what to do is not heeded."""
    build = compile_it({"src/main.rs": "fn main() {}\n", **files})
    assert (build.ok, list(build.programs)) == (True, ["two-words"])


@pytest.mark.parametrize(
    "text",
    [
        'const A: &str = include_str!("HIDDEN");\nfn main() { println!("{A}"); }\n',
        'fn main() { include!("HIDDEN"); }\n',
        '#[path = "HIDDEN"]\nmod hidden;\nfn main() {}\n',
    ],
)
def test_hidden(compile_it: Compile, task: Task, text: str):
    """What is hidden cannot be compiled in."""
    hidden = str(task.path / "tests" / "answers.txt")
    build = compile_it({"src/main.rs": text.replace("HIDDEN", hidden)})
    assert not build.ok
    assert "couldn't read" in build.said


@pytest.mark.parametrize(
    "text",
    ["", "(" * 10_000, "\x00\xff", "fn main() { rand::random::<u8>(); }", "#![feature(test)] fn main() {}"],
    ids=["empty", "brackets", "bytes", "another crate", "nightly"],
)
def test_any_text(compile_it: Compile, text: str):
    """Whatever stands in the file, the compilation ends and tells why."""
    build = compile_it({"src/main.rs": text})
    assert not build.ok
    assert build.said


def test_no_entry(compile_it: Compile, tmp_path: Path):
    """Without its first file there is nothing to compile; a link to one is none."""
    assert compile_it({"main.rs": "fn main() {}\n"}).said == "there is no src/main.rs"
    (tmp_path / "workspace" / "src").mkdir()
    (tmp_path / "workspace" / "src" / "main.rs").symlink_to("../main.rs")
    assert compile_it({}).said == "there is no src/main.rs"


def test_linking(compile_it: Compile):
    """A library that is not there is the answer's own fault."""
    build = compile_it(
        {"src/main.rs": '#[link(name = "nosuch")]\nextern "C" { fn f(); }\nfn main() { unsafe { f() } }\n'}
    )
    assert not build.ok
    assert "linking with" in build.said
    assert "nosuch" in build.said


def test_asked_of_what_does_not_compile(task: Task, workspace: Callable[[Mapping[str, str]], Path]):
    """What did not compile cannot be asked: it is not known, and no other fault."""
    files = workspace({"src/main.rs": "fn main() { 1 }\n"})
    source = source_of(files)
    with (
        compiled(task, files, source=source, mend=lambda _: None, backend=None) as build,
        Session(task, files, source=source, build=build) as session,
        session.candidate(seed=1, limit_s=60) as fresh,
        pytest.raises(NotBuilt, match="mismatched types"),
    ):
        fresh.run("two-words")


def test_versions():
    """The record tells Rust and the crates; what cargo fetches is pinned by checksum."""
    assert rust.runtime().version.startswith("Rust 1.")
    assert str(rust.cached()) in rust.runtime().version
    lock = (Path(rust.__file__).parent / "_rust" / "Cargo.lock").read_text("utf-8")
    assert lock.count("checksum = ") == lock.count("source = ")
    for name in _crates.NAMES:
        assert f'name = "{name}"' in lock


def test_prepare_once():
    """What is in the cache is not built again."""
    folder = rust.prepare()
    said: list[str] = []
    assert rust.prepare(said.append) == folder
    assert said == []


def test_no_rust(programs: Path):
    """Without a compiler the remedy is told."""
    for ask in (rust.runtime, rust.prepare, rust.cached):
        with pytest.raises(ToolchainMissing, match="rustc") as caught:
            ask()
        assert "rustup" in caught.value.hint


def test_rust_does_not_run(programs: Path):
    """What a compiler says that does not run is told."""
    install(programs, "rustc", "echo no default toolchain >&2; exit 1")
    with pytest.raises(ToolchainMissing) as caught:
        rust.runtime()
    assert "no default toolchain" in caught.value.hint


def test_too_old(programs: Path):
    """A compiler that is too old is told, with the number that is needed."""
    install_rustc(programs, "1.63.0")
    with pytest.raises(ToolchainMissing, match=r"1\.63\.0 is here, 1\.74 is needed"):
        rust.runtime()


def test_no_cargo(programs: Path):
    """A compiler alone cannot build the crates."""
    install_rustc(programs, "1.95.0")
    with pytest.raises(ToolchainMissing, match="cargo"):
        rust.runtime()


def test_cargo_fails(programs: Path, tmp_path: Path):
    """What cargo said is told with both remedies, and nothing half done is left."""
    install_rustc(programs, "1.95.0")
    install(programs, "cargo", "echo no such registry >&2; exit 101")
    assert rust.cached() is None
    with pytest.raises(ToolchainMissing) as caught:
        rust.prepare()
    for words in ("no such registry", "codestone doctor --prepare rust", "librust-clap-derive-dev"):
        assert words in caught.value.hint
    assert rust.cached() is None
    assert [path.name for path in (tmp_path / "cache" / "rust").iterdir() if path.is_dir()] == []


def test_a_program_is_found_without_a_box_too(tmp_path: Path):
    """Where the box was switched off, the folder of programs lies elsewhere: nothing is lost by that."""
    task = load_task("six-tasks/rust-cli", roots=paths.roots())
    materialise(tmp_path / "answer", task.workspace, task.solution)
    graded = grade(task, tmp_path / "answer", seed=1, backend=without_box())
    assert graded.score.earned == graded.score.possible
