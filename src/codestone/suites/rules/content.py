"""Rules on what lies in the folder: which files, which of them carry the canary."""

from collections.abc import Iterator
from pathlib import Path

from codestone.errors import Fault, TaskError
from codestone.suites.rules.draft import Draft, nearest
from codestone.suites.schema import read_text
from codestone.suites.tree import IGNORED

FILES = ("task.toml", "instruction.md")
HIDDEN = ("tests", "solution", "mutants", "accepted")
SHOWN = ("workspace", "turns")


def nothing_strange(task: Draft) -> Iterator[Fault]:
    """Refuse links, devices, huge files, and entries that a task does not have."""
    yield from task.tree.faults
    known = [*FILES, *HIDDEN, *SHOWN]
    for path in sorted(task.folder.iterdir()):
        if path.name not in known and path.name not in IGNORED:
            yield Fault(path, 0, f"a task has no {path.name!r}: {nearest(path.name, known)}")
    for top in ("mutants", "accepted"):
        for name, path in task.below(top).items():
            if name.count("/") == 1:
                yield Fault(path, 0, f"lies in {top}/ itself: each answer there is a folder of its own")


def instruction_says_something(task: Draft) -> Iterator[Fault]:
    """Demand an instruction that is text and not empty."""
    file = task.folder / "instruction.md"
    try:
        if not read_text(file).strip():
            yield Fault(file, 0, "is empty: it is all that the model is told")
    except TaskError as error:
        yield from error.faults


def canary_in_hidden(task: Draft) -> Iterator[Fault]:
    """Demand the canary in every hidden text, so that a leak can be found by searching for it."""
    if not task.has("canary"):
        return
    for top in HIDDEN:
        for path in task.below(top).values():
            text = _text(path)
            if text.strip() and task.spec.canary not in text:
                yield Fault(path, 0, f"does not carry the canary {task.spec.canary}: put it into a comment")


def canary_not_shown(task: Draft) -> Iterator[Fault]:
    """Refuse the canary in what the model is shown."""
    if not task.has("canary"):
        return
    shown = [task.folder / "instruction.md", *(path for top in SHOWN for path in task.below(top).values())]
    for path in shown:
        for number, line in enumerate(_text(path).splitlines(), start=1):
            if task.spec.canary in line:
                yield Fault(path, number, "carries the canary, but the model is shown this file: take it out")


def _text(path: Path) -> str:
    """Return a file's text; nothing for a binary one, which cannot carry a comment."""
    content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
    try:
        return "" if b"\0" in content else content.decode()
    except UnicodeDecodeError:
        return ""
