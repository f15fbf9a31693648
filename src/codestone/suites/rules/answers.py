"""Rules on the answers that come with a task: solution, mutants, accepted styles."""

from collections.abc import Iterator
from pathlib import Path

from codestone.errors import Fault, TaskError
from codestone.suites.overlay import OVERLAY, flatten
from codestone.suites.rules.draft import Draft, nearest
from codestone.suites.tree import IGNORED


def layers_fit(task: Draft) -> Iterator[Fault]:
    """Demand overlays that can be laid: no deleting of what is not there, no file where a folder is."""
    for layers in _answers(task):
        try:
            flatten(*layers)
        except TaskError as error:
            yield from error.faults


def mutants_have_folders(task: Draft) -> Iterator[Fault]:
    """Demand a folder for each declared mutant, and no other folder."""
    if not task.has("mutant"):
        return
    there = [path.name for path in _folders(task.folder / "mutants")]
    declared = [mutant.name for mutant in task.spec.mutant]
    for index, name in enumerate(declared):
        if name not in there:
            spare = [folder for folder in there if folder not in declared]
            message = f"there is no folder mutants/{name}: {nearest(name, spare)}"
            yield task.fault(message, "mutant", index, "name")
    for name in there:
        if name not in declared:
            yield Fault(task.folder / "mutants" / name, 0, f"task.toml declares no [[mutant]] {name!r}")


def answers_differ(task: Draft) -> Iterator[Fault]:
    """Demand that the solution changes the workspace, and that no other answer equals it."""
    canary = task.spec.canary.encode() if task.has("canary") else b""
    start, solved = _content((task.folder / "workspace",), canary), _content(_solution(task), canary)
    if start is None or solved is None:
        return
    if start == solved:
        yield Fault(task.folder / "solution", 0, "changes nothing: the workspace is the same without it")
        return
    for layers in _answers(task)[1:]:
        if _content(layers, canary) == solved:
            yield Fault(layers[-1], 0, "is the same answer as the solution")


def answers_write_what_they_may(task: Draft) -> Iterator[Fault]:
    """Demand that solution and accepted answers write answer.files only, and that the first exists."""
    if not task.has("answer"):
        return
    files = list(task.spec.answer.files)
    for layer in (task.folder / "solution", *_folders(task.folder / "accepted")):
        for path in task.below(layer.relative_to(task.folder).as_posix()).values():
            inside = path.relative_to(layer).as_posix()
            if inside not in (*files, OVERLAY):
                yield Fault(
                    path, 0, f"answer.files in task.toml does not name {inside!r}: {nearest(inside, files)}"
                )
    solved = _content(_solution(task), b"")
    if solved is not None and files[0] not in solved:
        message = f"the solution leaves no {files[0]!r}, which the questions are asked of"
        yield task.fault(message, "answer", "files", 0)


def _solution(task: Draft) -> tuple[Path, ...]:
    return task.folder / "workspace", task.folder / "solution"


def _answers(task: Draft) -> list[tuple[Path, ...]]:
    """Return the layers of the solution, then of every other answer."""
    mutants = [(*_solution(task), path) for path in _folders(task.folder / "mutants")]
    accepted = [(task.folder / "workspace", path) for path in _folders(task.folder / "accepted")]
    return [_solution(task), *mutants, *accepted]


def _folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    return sorted(path for path in parent.iterdir() if path.is_dir() and path.name not in IGNORED)


def _content(layers: tuple[Path, ...], canary: bytes) -> dict[str, list[bytes]] | None:
    """Return the lines of each laid file, without blank ones and those of the canary; None if faulty."""
    try:
        files = flatten(*layers)
    except TaskError:
        return None
    return {
        name: [
            line
            for line in path.read_bytes().split(b"\n")
            if line.strip() and not (canary and canary in line)
        ]
        for name, path in files.items()
    }
