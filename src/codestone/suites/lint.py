"""Every fault of a suite at once, with file and line; nothing of the task is run."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from codestone.errors import Fault
from codestone.suites.paths import SuiteFolder
from codestone.suites.rules import answers, content, conversation, declared, questions
from codestone.suites.rules.draft import Draft, draft, nearest
from codestone.suites.schema import Reading, read
from codestone.suites.tree import IGNORED
from codestone.task import SuiteSpec

RULES: tuple[Callable[[Draft], Iterable[Fault]], ...] = (
    content.nothing_strange,
    content.instruction_says_something,
    content.canary_in_hidden,
    content.canary_not_shown,
    declared.language_known,
    declared.answer_files,
    declared.names_unique,
    declared.points,
    declared.one_form_check,
    declared.baseline_known,
    declared.mutants_known,
    declared.mutants_tell,
    conversation.turns_in_order,
    conversation.turns_allowed,
    conversation.tools_named_once,
    conversation.tools_can_write,
    conversation.tools_scripted,
    conversation.patterns_match,
    questions.graders_parse,
    questions.checks_have_functions,
    questions.checks_well_formed,
    questions.no_sleep,
    questions.random_seeded,
    answers.layers_fit,
    answers.mutants_have_folders,
    answers.answers_differ,
    answers.answers_write_what_they_may,
)


def lint(folders: Iterable[SuiteFolder]) -> tuple[Fault, ...]:
    """Return the faults of suites, or of the one task that is meant; sorted, none twice."""
    faults: set[Fault] = set()
    for folder in folders:
        faults.update(lint_task(folder.path / folder.task) if folder.task else lint_suite(folder))
    return tuple(sorted(faults))


def lint_task(folder: Path) -> list[Fault]:
    """Return the faults of one task folder."""
    task = draft(folder)
    return [*task.reading.faults, *(fault for rule in RULES for fault in rule(task))]


def lint_suite(folder: SuiteFolder) -> list[Fault]:
    """Return the faults of ``suite.toml`` and of every task folder, listed or not."""
    tasks = folder.task_names()
    faults = [*_suite_file(folder), *_canaries([folder.path / name for name in tasks])]
    return [*faults, *(fault for name in tasks for fault in lint_task(folder.path / name))]


def _suite_file(folder: SuiteFolder) -> Iterator[Fault]:
    reading = read(folder.file, SuiteSpec)
    yield from reading.faults
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", folder.name):
        message = f"the folder's name {folder.name!r} must be lower-case words joined by hyphens"
        yield Fault(folder.path, 0, message)
    if reading.has("band"):
        yield from _bands(reading)
    if not reading.has("tasks"):
        return
    listed = reading.spec.tasks
    there = [path for path in sorted(folder.path.iterdir()) if _is_task_like(path)]
    names = [path.name for path in there]
    for index, name in enumerate(listed):
        spare = [each for each in names if each not in listed]
        if name not in names:
            message = f"there is no folder {name!r} in the suite: {nearest(name, spare)}"
            yield reading.document.fault(message, "tasks", index)
        elif name in listed[:index]:
            yield reading.document.fault(f"{name!r} is listed twice", "tasks", index)
    for path in there:
        if path.name not in listed:
            yield Fault(path, 0, "suite.toml does not list this folder: add it to `tasks`, or remove it")
        elif not (path / "task.toml").exists():
            yield Fault(path / "task.toml", 0, "the file is missing")


def _bands(reading: Reading[SuiteSpec]) -> Iterator[Fault]:
    """Each total has one band: the first begins at 0, each next one higher up."""
    for index, band in enumerate(reading.spec.band):
        if index == 0 and band.at_least != 0:
            yield reading.document.fault("the first band must begin at 0", "band", index, "at_least")
        elif index and band.at_least <= reading.spec.band[index - 1].at_least:
            message = "a band must begin at more points than the one before"
            yield reading.document.fault(message, "band", index, "at_least")


def _is_task_like(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".") and path.name not in IGNORED


def _canaries(folders: list[Path]) -> Iterator[Fault]:
    """Each task has a canary of its own: one that is found must tell which task leaked."""
    owners: dict[str, str] = {}
    for task in map(draft, folders):
        if task.has("canary"):
            owner = owners.setdefault(task.spec.canary, task.folder.name)
            if owner != task.folder.name:
                yield task.fault(f"{owner!r} has the same canary: each task needs its own", "canary")
