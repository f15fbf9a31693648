"""A task as far as it could be read: what the rules look at."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from codestone.errors import Fault
from codestone.suites.paths import TASK_FILE
from codestone.suites.schema import Reading, read
from codestone.suites.tree import Tree, read_tree
from codestone.task import TaskSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A task folder with whatever faults it has."""

    folder: Path
    reading: Reading[TaskSpec]
    tree: Tree

    @property
    def spec(self) -> TaskSpec:
        """The sound fields of ``task.toml``; ask ``has`` before reading one."""
        return self.reading.spec

    @property
    def checks(self) -> list[str]:
        """Ids of the declared checks, in order."""
        return [check.id for check in self.spec.check]

    def has(self, *fields: str) -> bool:
        """Whether these fields of ``task.toml`` can be relied upon."""
        return self.reading.has(*fields)

    def fault(self, message: str, *key: str | int) -> Fault:
        """Return a fault of ``task.toml`` at a key."""
        return self.reading.document.fault(message, *key)

    def below(self, top: str) -> dict[str, Path]:
        """Return the files of one folder of the task, by their path in the task."""
        return {name: path for name, path in self.tree.files.items() if name.startswith(f"{top}/")}


def draft(folder: Path) -> Draft:
    """Read a task folder as far as it goes."""
    return Draft(folder=folder, reading=read(folder / TASK_FILE, TaskSpec), tree=read_tree(folder))


def nearest(name: str, known: list[str]) -> str:
    """Return the end of a sentence that offers what was probably meant."""
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known) or 'none'}"
