"""Rules on ``task.toml`` alone: names, points, and what the declared mutants say of the checks."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from codestone import plugins
from codestone.errors import Fault
from codestone.suites.rules.draft import Draft, nearest


def language_known(task: Draft) -> Iterator[Fault]:
    """Demand a language that Codestone, or a package beside it, knows."""
    if task.has("language") and task.spec.language not in (known := plugins.names("languages")):
        yield task.fault(
            f"no language is called {task.spec.language!r}: {nearest(task.spec.language, known)}", "language"
        )


def answer_files(task: Draft) -> Iterator[Fault]:
    """Demand the paths of answer.files in their shortest form, each once."""
    files = task.spec.answer.files if task.has("answer") else ()
    for index, file in enumerate(files):
        short = str(PurePosixPath(file))
        if "\\" in file or short != file:
            yield task.fault(f"write {file!r} as {short.replace(chr(92), '/')!r}", "answer", "files", index)
        elif file in files[:index]:
            yield task.fault(f"{file!r} stands twice in answer.files", "answer", "files", index)


def names_unique(task: Draft) -> Iterator[Fault]:
    """Refuse two checks or two mutants of one name."""
    if task.has("check"):
        for index, name in _repeated(task.checks):
            yield task.fault(f"a check {name!r} is declared above already", "check", index, "id")
    if task.has("check", "fact"):
        for index, name in _repeated([*task.checks, *(fact.id for fact in task.spec.fact)]):
            if index >= len(task.checks):
                message = f"{name!r} is a check or a fact already"
                yield task.fault(message, "fact", index - len(task.checks), "id")
    if task.has("mutant"):
        for index, name in _repeated([mutant.name for mutant in task.spec.mutant]):
            yield task.fault(f"a mutant {name!r} is declared above already", "mutant", index, "name")


def points(task: Draft) -> Iterator[Fault]:
    """Demand that a check earns points or a bonus, and that the points add up to something."""
    if not task.has("check"):
        return
    for index, check in enumerate(task.spec.check):
        if check.points and check.bonus:
            message = f"check {check.id!r} has points and a bonus: a bonus check has no points"
            yield task.fault(message, "check", index, "bonus")
        if not check.points and not check.bonus:
            yield task.fault(f"check {check.id!r} earns nothing: give it points or a bonus", "check", index)
        if check.else_at_most is not None and check.else_at_most >= task.spec.points:
            yield task.fault(
                f"else_at_most of {check.id!r} caps nothing: the whole is {task.spec.points:g} points",
                "check",
                index,
                "else_at_most",
            )
    if not task.spec.points and all(check.bonus for check in task.spec.check):
        yield task.fault("the points of all checks add up to 0: a bonus does not count among them", "check")


def one_form_check(task: Draft) -> Iterator[Fault]:
    """Refuse a second check about form."""
    if task.has("check"):
        form = [index for index, check in enumerate(task.spec.check) if check.form]
        for index in form[1:]:
            message = (
                f"{task.checks[index]!r} is a second check about form: a task may have one, and so does this"
            )
            yield task.fault(message, "check", index, "form")


def baseline_known(task: Draft) -> Iterator[Fault]:
    """Demand that the baseline names declared checks, each once."""
    if task.has("check", "baseline"):
        yield from _names(task, task.spec.baseline.untouched, "baseline", "untouched")


def mutants_known(task: Draft) -> Iterator[Fault]:
    """Demand that a mutant fails declared checks, each named once."""
    if task.has("check", "mutant"):
        for index, mutant in enumerate(task.spec.mutant):
            yield from _names(task, mutant.fails, "mutant", index, "fails")


def mutants_tell(task: Draft) -> Iterator[Fault]:
    """Demand that mutants tell checks apart: one fails it and at most one other, no two fail the same.

    A check about form is let off the second half: what does not parse fails everything.
    """
    if not task.has("check", "mutant") or [*mutants_known(task), *names_unique(task)]:
        return
    failing = [frozenset(mutant.fails) for mutant in task.spec.mutant]
    if not failing:
        yield task.fault("there is no [[mutant]]: nothing shows that the checks catch a wrong answer")
        return
    for index, check in enumerate(task.spec.check):
        sizes = [len(fails) for fails in failing if check.id in fails]
        if not sizes:
            message = f"no mutant fails the check {check.id!r}: write a wrong answer that only it catches"
            yield task.fault(message, "check", index, "id")
        elif min(sizes) > 2 and not check.form:
            message = (
                f"every mutant that fails {check.id!r} fails {min(sizes)} checks or more: "
                "write one that fails it and at most one other"
            )
            yield task.fault(message, "check", index, "id")
    for index, fails in enumerate(failing):
        if fails in failing[:index]:
            twin = task.spec.mutant[failing.index(fails)].name
            message = (
                f"the mutant {task.spec.mutant[index].name!r} fails the same checks as {twin!r}: keep one"
            )
            yield task.fault(message, "mutant", index, "fails")


def _repeated(names: list[str]) -> Iterator[tuple[int, str]]:
    return ((index, name) for index, name in enumerate(names) if name in names[:index])


def _names(task: Draft, names: tuple[str, ...], *key: str | int) -> Iterator[Fault]:
    for index, name in enumerate(names):
        if name not in task.checks:
            yield task.fault(f"no check is called {name!r}: {nearest(name, task.checks)}", *key, index)
        elif name in names[:index]:
            yield task.fault(f"{name!r} stands twice in this list", *key, index)
