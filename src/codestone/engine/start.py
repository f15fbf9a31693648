"""From what a user asked for to a finished run directory with its reports."""

import contextlib
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from codestone import __version__, plugins, sandbox
from codestone.endpoint.client import Client
from codestone.engine.environment import environment
from codestone.engine.plan import Plan, planned
from codestone.engine.reach import contestants_of, key_from, reach
from codestone.engine.report import summary_of, write_reports
from codestone.engine.run import Bench, Watch, run
from codestone.errors import NothingMeasured, StoreError, UsageError
from codestone.grading.session import require_channel
from codestone.stats.summary import Summary
from codestone.store.records import Store
from codestone.suites import paths
from codestone.suites.load import select
from codestone.task import Task
from codestone.trial import Contestant, Versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A run as the user asked for it."""

    what: tuple[str, ...]
    endpoint: str | None = None
    key_env: str | None = None
    models: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ("single",)
    epochs: int = 1
    seed: int = 1
    folders: tuple[Path, ...] = ()
    out: Path | None = None
    resume: Path | None = None
    without_box: bool = False


class Progress(Watch, Protocol):
    """What is told about a run, its preparation included."""

    def say(self, text: str) -> None:
        """One line of news."""


def start(request: Request, progress: Progress) -> tuple[Summary, Path]:
    """Do the run and write its reports; what was measured is reported even when the run is interrupted.

    Raises NothingMeasured when it ended without one measured trial.
    """
    backend = sandbox.without_box() if request.without_box else sandbox.backend()
    require_channel()  # first of all: no model is asked when its answer could not be graded
    box = str(backend.describe())
    key = key_from(request.key_env)
    with contextlib.ExitStack() as stack:
        if request.resume:
            store = stack.enter_context(Store.open(request.resume))
            plan = Plan.model_validate(store.plan)
            tasks = _tasks_again(request, plan)
            contestants = _contestants(request, plan, stack, progress, key=key)
        else:
            tasks = _tasks(request)
            contestants = _contestants(request, None, stack, progress, key=key)
            plan = _plan(request, tasks, contestants)
            store = stack.enter_context(Store.create(_directory(request), plan, environment(box)))
        progress.say(f"run directory: {store.directory}")
        clients: dict[str, Client] = {}

        def client_of(contestant: Contestant) -> Client:
            url = contestants[contestant.name].base_url
            if url not in clients:
                clients[url] = stack.enter_context(Client(url, key=key))
            return clients[url]

        versions = Versions(codestone=__version__, python=platform.python_version(), box=box)
        bench = Bench(tasks=tasks, client_of=client_of, versions=versions, backend=backend)
        try:
            run(plan, store, bench, progress)
        except KeyboardInterrupt:
            progress.say(f"interrupted; go on with: codestone run --resume {store.directory}")
            raise
        finally:
            summary = summary_of(store)
            write_reports(store, summary)
    if not store.records():
        reasons = {f"{attempt.ending.words}: {attempt.detail}" for attempt in store.attempts()}
        raise NothingMeasured(
            "nothing could be measured\n" + "\n".join(f"  {reason}" for reason in sorted(reasons)),
            hint=f"Put it right and go on with: codestone run --resume {store.directory}",
        )
    return summary, store.directory


def _tasks(request: Request) -> Mapping[str, Task]:
    for name in request.drivers:
        plugins.find("drivers", name)
    tasks = select(request.what, roots=paths.roots(request.folders))
    return {task.id: task for task in tasks}


def _tasks_again(request: Request, plan: Plan) -> Mapping[str, Task]:
    """Load a plan's tasks; raise UsageError when one was edited since."""
    names = [f"{task.suite}/{task.task}" for task in plan.tasks]
    tasks = {task.id: task for task in select(names, roots=paths.roots(request.folders))}
    changed = [name for name, was in zip(names, plan.tasks, strict=True) if tasks[name].digest != was.digest]
    if changed:
        raise UsageError(
            f"edited since the run was planned: {', '.join(changed)}",
            hint="Old and new records would not be comparable. Start a new run.",
        )
    return tasks


def _contestants(
    request: Request, plan: Plan | None, stack: contextlib.ExitStack, progress: Progress, *, key: str | None
) -> Mapping[str, Contestant]:
    """Reach the endpoint; return the contestants, where they are now, by name."""
    url = request.endpoint
    if plan and url is None and plan.contestants[0].server != "embedded":
        url = plan.contestants[0].base_url
    found = stack.enter_context(reach(url, key=key, report=progress.say))
    wanted = [contestant.model for contestant in plan.contestants] if plan else request.models
    contestants = {contestant.name: contestant for contestant in contestants_of(found, wanted)}
    for was in plan.contestants if plan else ():
        if was.name not in contestants:
            raise UsageError(
                f"{was.model} at {found.base_url} is served otherwise than when the run was planned",
                hint="Another configuration is another contestant. Serve it as before, or start a new run.",
            )
    return contestants


def _plan(request: Request, tasks: Mapping[str, Task], contestants: Mapping[str, Contestant]) -> Plan:
    return Plan(
        title=" ".join(request.what),
        tasks=tuple(planned(task) for task in tasks.values()),
        contestants=tuple(contestants.values()),
        drivers=request.drivers,
        epochs=request.epochs,
        seed=request.seed,
    )


def _directory(request: Request) -> Path:
    """Return where the run goes: --out, else runs/<utc>-<suite>, numbered when that is taken."""
    if request.out:
        return request.out
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{request.what[0].partition('/')[0]}"
    return next(path for path in _numbered(Path("runs") / name) if not path.exists())


def _numbered(path: Path) -> Iterator[Path]:
    yield path
    for number in range(2, 1000):
        yield path.with_name(f"{path.name}-{number}")
    raise StoreError(f"{path} and 998 more are taken")
