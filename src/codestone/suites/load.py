"""Directory → Suite and Task."""

from collections.abc import Sequence
from pathlib import Path

from codestone.errors import Fault, TaskError, UnknownName, UsageError
from codestone.suites import paths
from codestone.suites.paths import SuiteFolder
from codestone.suites.schema import must_read, read, read_text
from codestone.suites.tree import digest, read_tree
from codestone.suites.turns import read_turns
from codestone.task import Suite, SuiteSpec, Task, TaskSpec


def load(name_or_path: str | Path, *, roots: Sequence[Path] | None = None) -> Suite:
    """Read one suite, by name or folder; ``roots`` are the shipped ones where none are given.

    Raises:
        UnknownName: no suite of that name, and no folder either.
        TaskError: with every fault of ``suite.toml`` and all ``task.toml``.

    """
    found = paths.locate(str(name_or_path), where=_where(roots))
    if len(found) != 1:
        raise UsageError(f"{name_or_path} holds {len(found)} suites: name one of them")
    return _suite(found[0])


def load_task(name: str, *, roots: Sequence[Path] | None = None) -> Task:
    """Read one task, by ``suite/task`` or folder, and nothing else of its suite."""
    found = paths.locate(name, where=_where(roots))
    if len(found) != 1 or found[0].task is None:
        known = [f"{folder.name}/{task}" for folder in found for task in folder.task_names()]
        raise UnknownName("task", name, known)
    return _suite(found[0]).tasks[0]


def all_suites(roots: Sequence[Path] | None = None) -> tuple[Suite, ...]:
    """Read every suite, by name; raise TaskError with the faults of all of them."""
    suites: list[Suite] = []
    faults: list[Fault] = []
    for folder in paths.known(_where(roots)).values():
        try:
            suites.append(_suite(folder))
        except TaskError as error:
            faults.extend(error.faults)
    if faults:
        raise TaskError(faults)
    return tuple(sorted(suites, key=lambda suite: suite.name))


def select(arguments: Sequence[str], *, roots: Sequence[Path] | None = None) -> tuple[Task, ...]:
    """Return the tasks that ``SUITE``, ``SUITE/TASK`` or folders mean: in that order, each once.

    Within a suite the order is that of ``suite.toml``. Without arguments it is every task of the roots.
    """
    where = _where(roots)
    if not arguments:
        return tuple(task for suite in all_suites(where) for task in suite.tasks)
    found = [folder for argument in arguments for folder in paths.locate(argument, where=where)]
    chosen: dict[str, Task] = {}
    for task in (task for folder in dict.fromkeys(found) for task in _suite(folder).tasks):
        first = chosen.setdefault(task.id, task)
        if first.path.resolve() != task.path.resolve():
            raise UsageError(
                f"{first.path} and {task.path} are both called {task.id}", hint="Rename one of them."
            )
    return tuple(chosen.values())


def _where(roots: Sequence[Path] | None) -> Sequence[Path]:
    return paths.roots() if roots is None else roots


def _suite(folder: SuiteFolder) -> Suite:
    spec = _suite_spec(folder)
    tasks: list[Task] = []
    faults: list[Fault] = []
    for name in spec.tasks if folder.task is None else (folder.task,):
        try:
            tasks.append(_task(folder.name, folder.path / name))
        except TaskError as error:
            faults.extend(error.faults)
    if faults:
        raise TaskError(faults)
    return Suite(name=folder.name, path=folder.path, spec=spec, tasks=tuple(tasks))


def _suite_spec(folder: SuiteFolder) -> SuiteSpec:
    if folder.task is None or folder.file.exists():
        return must_read(folder.file, SuiteSpec)
    return SuiteSpec(
        schema_version=1,
        title=folder.name,
        version="0.0.0",
        tells="A folder of one task.",
        tasks=(folder.task,),
    )


def _task(suite: str, path: Path) -> Task:
    """Read one task folder; instruction and turns verbatim, newlines included."""
    reading = read(path / paths.TASK_FILE, TaskSpec)
    turns, wrong = read_turns(path)
    faults = [*reading.faults, *read_tree(path).faults, *wrong]
    instruction = ""
    try:
        instruction = read_text(path / "instruction.md")
    except TaskError as error:
        faults.extend(error.faults)
    if faults:
        raise TaskError(faults)
    return Task(
        suite=suite,
        name=path.name,
        path=path,
        spec=reading.spec,
        instruction=instruction,
        digest=digest(path),
        turns=turns,
    )
