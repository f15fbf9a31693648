"""Rust: compiled in a box by rustc against crates of ours, then run as a program, as Bash scripts are.

The answer supplies ``.rs`` files and nothing else: no cargo is there to heed a manifest, a build script or
settings of its own, and the crates are the ones that this harness pinned.
"""

import json
import re
import tempfile
import tomllib
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from codestone.errors import ToolchainMissing
from codestone.languages import Build, Runtime, _crates
from codestone.languages._building import LIMITS, Compiling, compiling, shortened, staged
from codestone.languages._crates import Crates
from codestone.languages._rustc import LINKER, Toolchain, toolchain
from codestone.sandbox import Backend, BoxSpec, Mount
from codestone.task import Task

EXTENSIONS = (".rs",)
FENCES = ("rust", "rs")

_CRATES = PurePosixPath("/crates")
"""Where the box of a compilation has them."""
_MESSAGE_LIMIT = 700  # characters of one message: what clap's traits are not met by fills pages
_ROW_LIMIT = 300  # the linker's command is one row
_REGISTRY = re.compile(r"\S*/registry/src/[^/\s]+/")
"""Where cargo unpacked a crate on this machine: its messages name it."""
_PARSER = "pip install 'codestone[rust]'"


def runtime() -> Runtime:
    """Return what Rust needs; the crates are built if they are not there. Raises ToolchainMissing."""
    rust, crates = _ready()
    return Runtime(trees=(), argv=(), version=f"Rust {rust.release}, {crates}")


def _ready() -> tuple[Toolchain, Crates]:
    rust = _rust()
    return rust, _crates.built(rust, lambda _: None)


def _rust() -> Toolchain:
    if find_spec("tree_sitter") is None or find_spec("tree_sitter_rust") is None:
        raise ToolchainMissing("tree-sitter for Rust", hint=_PARSER)  # tasks mend what does not compile
    return toolchain()


def prepare(report: _crates.Report = lambda _: None) -> Path:
    """Return the folder of the crates, built if it is not there yet; ``report`` gets a line per step.

    Raises ToolchainMissing (no Rust, too old, no linker, no download), UsageError (no cache can be written).
    """
    return _crates.built(_rust(), report).folder


def cached() -> str | None:
    """Return the versions of the crates built for this Rust, None without them. Raises ToolchainMissing."""
    crates = _crates.found(_rust())
    return None if crates is None else str(crates)


def build(task: Task, files: Path, into: Path, *, backend: Backend | None) -> Build:
    """Compile the workspace ``files``; the program bears the name in the task's Cargo.toml, or its entry's.

    Raises ToolchainMissing, SandboxError: never the answer's fault.
    """
    rust, crates = _ready()
    package = _package(task)
    with tempfile.TemporaryDirectory(prefix="codestone-") as folder:
        source = staged(files, Path(folder) / "source", suffixes=EXTENSIONS)
        if not (source / package.root).is_file():
            return Build(ok=False, said=f"there is no {package.root}")
        spec = _spec(rust, crates, package, files=source, hide=task.path.parent)
        done = compiling(spec, outputs=(package.name,), into=into, backend=backend)
        if "linking with" in done.stderr:
            _require_linker(spec, root=package.root, backend=backend)
    return Build(ok=done.ok, said=_said(done, rust), programs=done.programs)


def _require_linker(spec: BoxSpec, *, root: str, backend: Backend | None) -> None:
    """Raise ToolchainMissing where not even a program without a word in it can be linked."""
    with tempfile.TemporaryDirectory(prefix="codestone-") as folder:
        empty = Path(folder, "empty", root)
        empty.parent.mkdir(parents=True)
        empty.write_text("fn main() {}\n", "utf-8")
        done = compiling(
            replace(spec, files=Path(folder, "empty")), outputs=(), into=Path(folder), backend=backend
        )
    if not done.ok:
        raise ToolchainMissing("a linker for Rust that works", hint=LINKER)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Package:
    """What the task's own Cargo.toml says of the program; ``root`` is the file that rustc starts from."""

    name: str
    edition: str
    root: str
    env: dict[str, str]


def _package(task: Task) -> _Package:
    root = task.spec.answer.files[0]
    manifest = task.workspace / "Cargo.toml"
    said = tomllib.loads(manifest.read_text("utf-8")).get("package", {}) if manifest.is_file() else {}
    name = said.get("name", PurePosixPath(root).stem)
    version = said.get("version", "0.0.0")
    env = {  # what cargo tells a crate, and clap asks for
        "CARGO_PKG_NAME": name,
        "CARGO_PKG_VERSION": version,
        "CARGO_PKG_AUTHORS": ":".join(said.get("authors", [])),
        "CARGO_PKG_DESCRIPTION": said.get("description", ""),
        "CARGO_CRATE_NAME": name.replace("-", "_"),
        "CARGO_BIN_NAME": name,
        "CARGO_MANIFEST_DIR": "/work",
    }
    return _Package(name=name, edition=str(said.get("edition", "2021")), root=root, env=env)


def _spec(rust: Toolchain, crates: Crates, package: _Package, *, files: Path, hide: Path) -> BoxSpec:
    return BoxSpec(
        argv=_argv(rust, crates, package),
        files=files,
        mounts=(*map(Mount.same, rust.trees), Mount(source=crates.folder, target=_CRATES)),
        hide=(hide,),
        env=package.env,
        limits=LIMITS,
    )


def _argv(rust: Toolchain, crates: Crates, package: _Package) -> tuple[str, ...]:
    return (
        str(rust.rustc),
        *("--edition", package.edition, "--crate-type", "bin"),
        *("--crate-name", package.name.replace("-", "_")),
        *("-C", "debuginfo=0", "-C", "opt-level=0", "--error-format", "json"),
        *("-L", f"dependency={_CRATES}"),
        *(word for name, file in crates.files.items() for word in ("--extern", f"{name}={_CRATES}/{file}")),
        *("-o", package.name, package.root),
    )


def _said(done: Compiling, rust: Toolchain) -> str:
    """Return the compiler's words, errors first, each of them cut, without this machine's folders."""
    if done.limit is not None:
        return f"compiling it went over the limit ({done.limit})"
    folders = {str(rust.sysroot): "/rust", str(_CRATES): "crates"}
    errors: list[str] = []
    others: list[str] = []
    for line in done.stderr.splitlines():
        level, text = _message(line)
        if level != "failure-note" and not text.startswith("error: aborting due to"):
            text = "\n".join(row for row in text.splitlines() if len(row) <= _ROW_LIMIT)
            text = shortened(_REGISTRY.sub("", text), folders=folders, limit=_MESSAGE_LIMIT)
            (errors if level.startswith("error") else others).append(text)
    return shortened("\n\n".join([*errors, *others]), folders={})


def _message(line: str) -> tuple[str, str]:
    """Return level and text of one line of rustc's, also of one that is no message."""
    try:
        match json.loads(line):
            case {"level": str(level), "rendered": str(rendered)}:
                return level, rendered
    except ValueError:
        pass
    return "", line
