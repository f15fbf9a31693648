"""Go: compiled in a box by Go's own compiler, with a worker of ours and what the task exports to it.

The answer supplies ``.go`` files of one package and nothing else: no go command is there to heed a go.mod, a
go.work or an environment of its own, its tests stay behind, and the standard library is all that it can
import. Everything is built with the race detector; ``go vet`` says what it thinks of the answer.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from codestone.languages import PROGRAMS, Build, Runtime, _gostd
from codestone.languages._building import LIMITS, Compiling, compiling, shortened
from codestone.languages._gostd import Library
from codestone.sandbox import Backend, BoxSpec, Mount
from codestone.task import Task

EXTENSIONS = (".go",)
FENCES = ("go", "golang")

_WORKER = Path(__file__).parent / "_go" / "worker"
_GLUE = "worker"
"""Folder of a task's tests with its own main package: what can be called, and no expected value."""
_PROGRAM = "worker"
_REFUSED = re.compile(
    r"""^\s*//(go:(?:norace|linkname|embed|build|cgo_\w+))\b"""
    r"""|^\s*(?:import\s+)?(?:[\w.]+\s+)?(?P<cgo>"C")\s*(?://.*)?$"""
    r"""|\b(?P<detector>Race(?:Disable|Enable|Acquire|Release|Read|Write|Errors)\w*)\s*\("""
)
"""What makes the compiler do otherwise, and what there is in ``runtime`` for the race detector's own use."""
_SCRIPT = f"""
tools=$1
compile() {{ "$tools/compile" -race -pack -complete -trimpath "$PWD=>$1" "${{@:2}}" *.go; }}
cd answer && compile answer -p answer -importcfg ../public.cfg -o ../answer.a || exit 1
cd .. && "$tools/vet" vet.cfg
cd glue && compile glue -p main -importcfg ../glue.cfg -o ../main.a || {{
    echo "(what is called, and how, is not as the task has it)"; exit 1; }}
cd .. && exec "$tools/link" -race -s -w -importcfg link.cfg -o {_PROGRAM} main.a
"""


def runtime() -> Runtime:
    """Return what Go needs; its library is built if it is not there. Raises ToolchainMissing."""
    go = _gostd.toolchain()
    _gostd.built(go, lambda _: None)
    return Runtime(trees=(), argv=(str(PROGRAMS / _PROGRAM),), version=f"Go {go.release}")


def prepare(report: _gostd.Report = lambda _: None) -> Path:
    """Return the folder of the library, built if it is not there yet; ``report`` gets a line per step.

    Raises ToolchainMissing (no Go, too old, no C compiler), UsageError (the cache cannot be written).
    """
    return _gostd.built(_gostd.toolchain(), report).folder


def cached() -> str | None:
    """Return the Go whose library is built ("1.26.8 at /usr/bin/go"), None where it is not built yet.

    Raises ToolchainMissing.
    """
    go = _gostd.toolchain()
    return None if _gostd.found(go) is None else f"{go.release} at {go.program}"


def build(task: Task, files: Path, into: Path, *, backend: Backend | None) -> Build:
    """Compile the package of the task's first answer file; what ``said`` has, where it compiles, is go vet's.

    Raises ToolchainMissing, SandboxError: never the answer's fault.
    """
    go = _gostd.toolchain()
    library = _gostd.built(go, lambda _: None)
    worker = _gostd.compiled(go, library, sorted(_WORKER.glob("*.go")), package="codestone/worker")
    sources = _sources(files / PurePosixPath(task.spec.answer.files[0]).parent)
    if not sources:
        return Build(ok=False, said="there is no Go file")
    if refused := "\n".join(_refusals(sources)):
        return Build(ok=False, said=refused)
    with tempfile.TemporaryDirectory(prefix="codestone-") as folder:
        stage = Path(folder)
        _lay(task, sources, stage, library=library, worker=worker)
        spec = BoxSpec(
            argv=("/bin/bash", "-c", _SCRIPT, "build", str(go.tools)),
            files=stage,
            mounts=tuple(Mount.same(tree) for tree in (*go.trees, library.folder)),
            hide=(task.path.parent,),
            limits=LIMITS,
        )
        done = compiling(spec, outputs=(_PROGRAM,), into=into, backend=backend)
    return Build(ok=done.ok, said=_said(done), programs=done.programs)


def _sources(folder: Path) -> list[Path]:
    """Return the files of the answer's package: no links, and no tests of its own."""
    if not folder.is_dir():
        return []
    return [
        path
        for path in sorted(folder.iterdir())
        if path.suffix == ".go"
        and not path.name.endswith("_test.go")
        and path.is_file()
        and not path.is_symlink()
    ]


def _refusals(sources: list[Path]) -> Iterator[str]:
    """Yield what an answer may not tell the compiler: it would be built otherwise than it was asked to be."""
    for path in sources:
        for number, line in enumerate(path.read_text("utf-8-sig", errors="replace").splitlines(), 1):
            if found := _REFUSED.search(line):
                what = f"//{found[1]}" if found[1] else found["detector"] or 'import "C"'
                yield f"{path.name}:{number}: {what} is refused"


def _lay(task: Task, sources: list[Path], stage: Path, *, library: Library, worker: Path) -> None:
    """Lay out what is compiled: the answer, the task's main package, and where packages are."""
    for name, files in (("answer", sources), ("glue", sorted((task.tests / _GLUE).glob("*.go")))):
        (stage / name).mkdir()
        for path in files:
            shutil.copyfile(path, stage / name / path.name)
    public = dict(library.packages(public=True))
    ours = {"codestone/worker": worker, "answer": Path("answer.a")}
    for name, packages in (
        ("public", public),
        ("glue", public | ours | {"answer": Path("../answer.a")}),
        ("link", dict(library.packages(public=False)) | ours),
    ):
        (stage / f"{name}.cfg").write_text(_gostd.importcfg(packages.items()), "utf-8")
    archives = {name: str(path) for name, path in public.items()}
    _lay_vet(stage, [path.name for path in sources], packages=archives)


def _lay_vet(stage: Path, names: list[str], *, packages: dict[str, str]) -> None:
    """Write what the go command would hand to vet (golang.org/x/tools/go/analysis/unitchecker)."""
    asked = {
        "ID": "answer",
        "Compiler": "gc",
        "Dir": "answer",
        "ImportPath": "answer",
        "GoFiles": [f"answer/{name}" for name in names],
        "ImportMap": {name: name for name in packages},
        "PackageFile": packages,
        "Standard": dict.fromkeys(packages, True),
        "VetxOutput": "vet.out",
    }
    (stage / "vet.cfg").write_text(json.dumps(asked), "utf-8")


def _said(done: Compiling) -> str:
    """Return the compiler's words on an answer, or go vet's where it compiles."""
    if done.limit is not None:
        return f"compiling it went over the limit ({done.limit})"
    return shortened(f"{done.stdout}\n{done.stderr}", folders={"answer/": "", "glue/": ""})
