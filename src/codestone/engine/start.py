"""From what a user asked for to a finished run directory with its reports."""

import platform
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from codestone import __version__, sandbox
from codestone.contestants.lineup import Asked, again, key_of, lineup, served
from codestone.endpoint.client import Client
from codestone.engine.budget import Budget
from codestone.engine.environment import environment
from codestone.engine.interrupt import Interrupt
from codestone.engine.outlook import time_for
from codestone.engine.overlap import overlaps
from codestone.engine.plan import Plan, sampling_seed
from codestone.engine.prepare import (
    Tasks,
    bands_of,
    directory_of,
    planned_tasks,
    speed_of,
    tasks_again,
    tasks_of,
)
from codestone.engine.report import plan_of, summary_of, write_reports
from codestone.engine.run import Estimate, run
from codestone.engine.serving import check_serving
from codestone.engine.speed.expected import expected
from codestone.engine.speed.run import pending, run_speed
from codestone.engine.stint import Bench, Patience, Watch
from codestone.engine.time_limit import measured_speed, timeouts_for
from codestone.errors import NothingMeasured
from codestone.grading.session import require_channel
from codestone.sandbox import Backend
from codestone.stats.summary import Summary
from codestone.store.records import Store
from codestone.trial import Contestant, Versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A run as the user asked for it.

    ``epochs`` None: as many passes as ``budget_s`` holds, one where there is no budget. ``overlap`` and
    ``check`` None: where it does no harm, see ``Bench``.
    """

    what: tuple[str, ...] = ()
    asked: Asked = field(default_factory=Asked)
    drivers: tuple[str, ...] = ("single",)
    epochs: int | None = None
    seed: int = 1
    budget_s: float | None = None
    folders: tuple[Path, ...] = ()
    out: Path | None = None
    resume: Path | None = None
    overlap: bool | None = None
    check: bool | None = None
    without_box: bool = False
    patience: Patience = field(default_factory=Patience)


def start(request: Request, watch: Watch) -> tuple[Summary, Path]:
    """Do the run and write its reports; what was measured is reported even when the run is interrupted.

    Raises NothingMeasured when it ended without one measured trial.
    """
    budget = Budget(request.budget_s)
    with ExitStack() as stack:
        store, plan, tasks, backend = stack.enter_context(_prepared(request, watch))
        watch.say(f"run directory: {store.directory}")
        interrupt = stack.enter_context(Interrupt())
        bench = _bench(request, store, plan, tasks=tasks, backend=backend, watch=watch)
        try:
            run(
                plan,
                store,
                bench,
                watch=watch,
                estimate=_estimate(plan, store, tasks),
                budget=budget,
                interrupt=interrupt,
            )
            run_speed(plan, store, bench, watch=watch, budget=budget, interrupt=interrupt)
        except KeyboardInterrupt:
            watch.say(f"interrupted; go on with: codestone run --resume {store.directory}")
            raise
        finally:
            with interrupt.held():
                summary = summary_of(store)
                write_reports(store, summary)
    if not (store.records() or store.speed_records()):
        reasons = {f"{attempt.ending.words}: {attempt.detail}" for attempt in store.attempts()}
        raise NothingMeasured(
            "nothing could be measured\n" + "\n".join(f"  {reason}" for reason in sorted(reasons)),
            hint=f"Put it right and go on with: codestone run --resume {store.directory}",
        )
    return summary, store.directory


@contextmanager
def _prepared(request: Request, watch: Watch) -> Iterator[tuple[Store, Plan, Tasks, Backend | None]]:
    """Yield the run directory, made anew or opened again; nothing is written before all names are known."""
    if request.resume:
        with Store.open(request.resume) as store:
            plan = plan_of(store)
            tasks = tasks_again(plan, request.folders)
            backend = _backend(request, tasks)
            contestants = again(plan.contestants, request.asked, report=watch.say)
            yield store, plan.model_copy(update={"contestants": contestants}), tasks, backend
        return
    what = request.what or ("quick",)
    tasks = tasks_of(what, drivers=request.drivers, folders=request.folders)
    rows = planned_tasks(tasks)
    backend = _backend(request, tasks)
    with lineup(request.asked, report=watch.say) as contestants:
        for contestant in contestants:
            key_of(contestant, request.asked)  # a key that is not there is said before anything is written
        plan = Plan(
            title=" ".join(what),
            tasks=rows,
            contestants=contestants,
            drivers=request.drivers,
            epochs=request.epochs or (None if request.budget_s and tasks else 1),
            seed=request.seed,
            bands=bands_of(what, tasks, folders=request.folders),
            speed=speed_of(what, request.epochs),
        )
        with Store.create(directory_of(request.out, what), plan, environment(_box(backend))) as store:
            yield store, plan, tasks, backend


def _backend(request: Request, tasks: Tasks) -> Backend | None:
    """Return what makes boxes, before any model is asked whose answer could not be graded.

    None where nothing is graded: speed trials need no box.
    """
    if not tasks:
        return None
    backend = sandbox.without_box() if request.without_box else sandbox.backend()
    require_channel()
    return backend


def _box(backend: Backend | None) -> str:
    return "not used" if backend is None else str(backend.describe())


def _bench(  # noqa: PLR0913 - what a bench is made of
    request: Request, store: Store, plan: Plan, *, tasks: Tasks, backend: Backend | None, watch: Watch
) -> Bench:
    @contextmanager
    def serve(contestant: Contestant) -> Iterator[Client]:
        key = key_of(contestant, request.asked)
        log = store.directory / "servers" / f"{contestant.name}.log"
        if contestant.launch is not None:
            log.parent.mkdir(exist_ok=True)
        with (
            served(contestant, key=key, report=watch.say, log=log) as url,
            Client(url, key=key) as client,
        ):
            if _is_checked(request, contestant) and not _is_well(store, contestant):
                store.write_serving(contestant.name, check_serving(contestant, client, report=watch.say))
            yield client

    def speed(contestant: Contestant) -> float | None:
        own = [record for record in store.records() if record.key.contestant == contestant.name]
        return measured_speed(own)

    return Bench(
        tasks=tasks,
        serve=serve,
        versions=Versions(codestone=__version__, python=platform.python_version(), box=_box(backend)),
        seed=lambda key: sampling_seed(plan, key),
        timeouts=lambda who, task: timeouts_for(
            task.spec.limits,
            tokens_per_second=speed(who),
            output_tokens=who.sampling.request.get("max_tokens"),
        ),
        overlaps=lambda who: overlaps(who, request.overlap),
        backend=backend,
        patience=request.patience,
    )


def _is_checked(request: Request, contestant: Contestant) -> bool:
    """Whether the serving path is looked at first: where it is a user's own, unless the user said so."""
    own = not contestant.scripted and (contestant.launch is None or bool(contestant.launch.argv))
    return own if request.check is None else request.check


def _is_well(store: Store, contestant: Contestant) -> bool:
    """Whether the serving path was looked at, and nothing was broken: then it need not be asked again."""
    findings = store.serving().get(contestant.name, ())
    return bool(findings) and all(finding.state != "broken" for finding in findings)


def _estimate(plan: Plan, store: Store, tasks: Tasks) -> Estimate:
    """Return what forecasts trials, and the speed trials that come after them: a budget is for both."""
    return lambda keys: (
        time_for(keys, store.records(), tasks=tasks, speeds={})
        + expected(pending(plan, store), store.records(), speeds={})
    )
