"""Where suites lie: those that come with Codestone, and folders that the user names."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codestone.errors import CodestoneError, UnknownName, UsageError

SUITE_FILE = "suite.toml"
TASK_FILE = "task.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteFolder:
    """A suite that was found, not read yet; with ``task``, only that one of it is meant.

    The folder around a single task need not be a suite: then it has no ``suite.toml``.
    """

    name: str
    path: Path
    task: str | None = None

    @property
    def file(self) -> Path:
        """Its ``suite.toml``."""
        return self.path / SUITE_FILE

    def task_names(self) -> tuple[str, ...]:
        """Return the folders that hold a task, listed or not, sorted; only ``task`` where one is meant."""
        if self.task is not None:
            return (self.task,)
        return tuple(path.parent.name for path in sorted(self.path.glob(f"*/{TASK_FILE}")))


def shipped() -> Path:
    """Return the folder of the shipped suites: inside the wheel, or at the top of a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_suites"
    if installed.is_dir():
        return installed
    checkout = package.parents[1] / "suites"
    if package.parent.name == "src" and checkout.is_dir():
        return checkout
    raise CodestoneError(
        f"the suites that come with Codestone are missing from {package}", hint="Install the package again."
    )


def roots(extra: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Return where to look: the user's folders first, so that a name of theirs hides a shipped one."""
    return (*extra, shipped())


def folders(root: Path) -> tuple[SuiteFolder, ...]:
    """Return the suites of a folder of suites, of one suite, or of one task; sorted by name."""
    if not root.is_dir():
        raise UsageError(f"there is no folder {root}")
    name = root.resolve().name
    if (root / SUITE_FILE).exists():
        return (SuiteFolder(name=name, path=root),)
    if (root / TASK_FILE).exists():
        parent = root.resolve().parent
        return (SuiteFolder(name=parent.name, path=parent, task=name),)
    inside = tuple(
        SuiteFolder(name=path.parent.name, path=path.parent) for path in sorted(root.glob(f"*/{SUITE_FILE}"))
    )
    if not inside:
        raise UsageError(
            f"{root} holds no suite and no task",
            hint=f"A suite is a folder with {SUITE_FILE}, a task one with {TASK_FILE}; "
            "`codestone tasks new my-suite/my-task` writes both.",
        )
    return inside


def known(where: Sequence[Path]) -> dict[str, SuiteFolder]:
    """Return every suite by name; the first root that has a name wins."""
    found: dict[str, SuiteFolder] = {}
    for root in where:
        for folder in folders(root):
            found.setdefault(folder.name, folder)
    return found


def locate(argument: str, *, where: Sequence[Path]) -> tuple[SuiteFolder, ...]:
    """Return what ``suite``, ``suite/task`` or the path of a folder means; raise UnknownName."""
    suites = known(where)
    if argument in suites:
        return (suites[argument],)
    suite, _, task = argument.partition("/")
    if suite in suites and task in suites[suite].task_names():
        return (SuiteFolder(name=suite, path=suites[suite].path, task=task),)
    if Path(argument).is_dir():
        return folders(Path(argument))
    tasks = [f"{folder.name}/{name}" for folder in suites.values() for name in folder.task_names()]
    if task:
        raise UnknownName("task", argument, tasks)
    raise UnknownName("suite or task", argument, [*suites, *tasks])
