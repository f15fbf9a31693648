"""What a run works from: its tasks, its contestants and its directory, made anew or gone on with."""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from codestone import plugins
from codestone.engine.plan import Plan, planned
from codestone.engine.speed.trials import planned_speed
from codestone.errors import StoreError, ToolchainMissing, UsageError
from codestone.speed_record import SPEED
from codestone.stats.planned import PlannedSpeed, PlannedTask
from codestone.suites import paths
from codestone.suites.load import load, select
from codestone.task import Band, Task

Tasks = Mapping[str, Task]
"""By "suite/task", in the order of the run."""


def tasks_of(what: Sequence[str], *, drivers: Sequence[str], folders: Sequence[Path]) -> Tasks:
    """Load what was named; raise UnknownName, TaskError, or UsageError where a driver cannot drive a task.

    ``speed`` names no folder of tasks: see ``speed_of``.
    """
    modules = {name: plugins.find("drivers", name) for name in drivers}
    named = [name for name in what if name != SPEED]
    tasks = {task.id: task for task in select(named, roots=paths.roots(folders))} if named else {}
    if taken := next((task for task in tasks.values() if task.suite == SPEED), None):
        raise UsageError(
            f"{taken.path.parent}: a suite cannot be called {SPEED}",
            hint="It is the name of the speed trials.",
        )
    faults = {
        f"{task.id} under {name}: {fault}": None
        for task in tasks.values()
        for name, module in modules.items()
        if (fault := module.fault(task.brief))
    }
    if faults:
        raise UsageError("\n  ".join(["not every driver can drive every task:", *faults]))
    return tasks


def speed_of(what: Sequence[str], epochs: int | None) -> PlannedSpeed | None:
    """Return the speed trials where they were named, None where they were not."""
    return planned_speed(epochs) if SPEED in what else None


def planned_tasks(tasks: Tasks) -> tuple[PlannedTask, ...]:
    """Return what the plan keeps of the tasks; one whose toolchain is missing is skipped, and says so.

    Raises ToolchainMissing where all would be skipped, and for the first where REQUIRE_TOOLCHAINS=1.
    """
    missing: dict[str, ToolchainMissing | None] = {}
    for task in tasks.values():
        if task.spec.language not in missing:
            missing[task.spec.language] = missing_toolchain(task)
    faults = [fault for fault in missing.values() if fault is not None]
    if faults and (len(faults) == len(missing) or os.environ.get("REQUIRE_TOOLCHAINS") == "1"):
        raise faults[0]
    rows = []
    for task in tasks.values():
        fault = missing[task.spec.language]
        rows.append(planned(task, skipped="" if fault is None else f"no {fault.what}"))
    return tuple(rows)


def bands_of(what: Sequence[str], tasks: Tasks, *, folders: Sequence[Path]) -> tuple[Band, ...]:
    """Return the words that a suite has for totals, where it is the only one and asked whole."""
    suites = {task.suite for task in tasks.values()}
    if len(suites) != 1 or len(set(what) - {SPEED}) != 1:
        return ()
    suite = load(next(iter(tasks.values())).path.parent, roots=paths.roots(folders))
    return suite.spec.band if len(tasks) == len(suite.tasks) else ()


def missing_toolchain(task: Task) -> ToolchainMissing | None:
    """Return what this machine lacks to grade a task; None where it lacks nothing."""
    try:
        plugins.find("languages", task.spec.language).runtime()
    except ToolchainMissing as error:
        return error
    return None


def tasks_again(plan: Plan, folders: Sequence[Path]) -> Tasks:
    """Load a plan's tasks; raise UsageError when one was edited since."""
    if plan.speed is not None and plan.speed != planned_speed(plan.speed.epochs):
        raise UsageError(
            "the speed trials are not those of the plan: another Codestone made it",
            hint="Old and new figures would not be comparable. Start a new run.",
        )
    names = [f"{task.suite}/{task.task}" for task in plan.tasks]
    tasks = tasks_of(names, drivers=plan.drivers, folders=folders)
    changed = [name for name, was in zip(names, plan.tasks, strict=True) if tasks[name].digest != was.digest]
    if changed:
        raise UsageError(
            f"edited since the run was planned: {', '.join(changed)}",
            hint="Old and new records would not be comparable. Start a new run.",
        )
    return tasks


def directory_of(out: Path | None, what: Sequence[str]) -> Path:
    """Return where a new run goes: --out, else runs/<utc>-<suite>, numbered when that is taken."""
    if out:
        return out
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{what[0].partition('/')[0]}"
    return next(path for path in _numbered(Path("runs") / name) if not path.exists())


def _numbered(path: Path) -> Iterator[Path]:
    yield path
    for number in range(2, 1000):
        yield path.with_name(f"{path.name}-{number}")
    raise StoreError(f"{path} and 998 more are taken")
