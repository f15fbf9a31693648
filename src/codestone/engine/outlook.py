"""What a run would be, before it is made: its trials, what is left out, how long it takes, what it can show.

Nothing is written, and no task is asked. A probe, where one is made, asks each contestant for a minute.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codestone.contestants.lineup import Asked, key_of, lineup, served
from codestone.endpoint.client import Client
from codestone.engine.plan import Plan
from codestone.engine.prepare import planned_tasks, speed_of, tasks_of
from codestone.engine.probe import LIMIT_S, Probe, probe
from codestone.engine.speed.expected import expected
from codestone.engine.speed.trials import keys_of
from codestone.errors import EndpointError
from codestone.stats.forecast import Forecast, epochs_within, forecast
from codestone.stats.planned import PlannedTask
from codestone.stats.power import Spread, spread_of
from codestone.store.records import Store
from codestone.task import Task
from codestone.trial import Contestant, TrialKey, TrialRecord

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A run as it is thought of. ``epochs`` None: as many passes as the budget holds, one without a budget.

    ``seen`` are earlier runs whose records tell how long trials take.
    ``probes``: None probes what is served already, one contestant an endpoint at most, so that no server
    has to swap its models for it; True everyone, servers that have to be started too; False nobody.
    """

    what: tuple[str, ...]
    asked: Asked
    drivers: tuple[str, ...] = ("single",)
    epochs: int | None = None
    folders: tuple[Path, ...] = ()
    budget_s: float | None = None
    seen: tuple[Path, ...] = ()
    probes: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What the run would be; ``one_pass`` and ``whole`` say how long it takes, ``whole`` with speed trials.

    ``speed`` is their part of it, None where there are none.
    ``passes`` fit into ``budget_s`` by the likely estimate of one; the first is begun in any case.
    """

    plan: Plan
    one_pass: Forecast
    whole: Forecast
    records: int
    spread: Spread
    speed: Forecast | None = None
    probes: Mapping[str, Probe] = field(default_factory=dict)
    budget_s: float | None = None
    passes: int | None = None

    @property
    def tasks(self) -> tuple[PlannedTask, ...]:
        """The tasks that are not skipped."""
        return tuple(task for task in self.plan.tasks if not task.skipped)

    @property
    def points(self) -> float:
        """What a contestant can earn in one pass with one driver."""
        return sum(task.possible for task in self.tasks)


def outlook(wanted: Wanted, report: Report) -> Outlook:
    """Return what the run would be; names, endpoints and files that are wrong raise as they do for a run."""
    tasks = tasks_of(wanted.what, drivers=wanted.drivers, folders=wanted.folders)
    rows = planned_tasks(tasks)
    records = [record for directory in wanted.seen for record in _records(directory)]
    with lineup(wanted.asked, report=report) as contestants:
        probes = _probes(contestants, wanted, report)
    plan = Plan(
        title=" ".join(wanted.what),
        tasks=rows,
        contestants=contestants,
        drivers=wanted.drivers,
        epochs=wanted.epochs,
    )
    speeds = {name: found.tokens_per_s for name, found in probes.items() if found.tokens_per_s is not None}
    one_pass = time_for(plan.one_pass(1), records, tasks=tasks, speeds=speeds)
    planned = speed_of(wanted.what, wanted.epochs)
    keys = keys_of(planned, contestants) if planned else ()
    timed = expected(keys, records, speeds=speeds)
    fitting = None if wanted.budget_s is None else epochs_within(wanted.budget_s - timed.likely_s, one_pass)
    plan = plan.model_copy(update={"epochs": wanted.epochs or fitting or 1, "speed": planned})
    return Outlook(
        plan=plan,
        one_pass=one_pass,
        whole=time_for(plan.after(0), records, tasks=tasks, speeds=speeds) + timed,
        speed=timed if planned else None,
        records=len(records),
        spread=spread_of(records),
        probes=probes,
        budget_s=wanted.budget_s,
        passes=fitting,
    )


def budget_of(task: Task, driver: str) -> int:
    """Return how many tokens a contestant may write in one trial of a task with that driver."""
    limits = task.spec.limits
    match driver:
        case "single":
            return limits.reply_tokens
        case "turns":
            return min(limits.conversation_tokens, limits.reply_tokens * (1 + len(task.turns)))
        case _:
            return limits.conversation_tokens


def _records(directory: Path) -> Sequence[TrialRecord]:
    with Store.open(directory, read_only=True) as store:
        return store.records()


def time_for(
    keys: Sequence[TrialKey],
    records: Sequence[TrialRecord],
    *,
    tasks: Mapping[str, Task],
    speeds: Mapping[str, float],
) -> Forecast:
    """Add up the drivers: each has its own output budget for a task."""
    each = [
        forecast(
            [key for key in keys if key.driver == driver],
            records,
            budgets={name: budget_of(task, driver) for name, task in tasks.items()},
            speeds=speeds,
        )
        for driver in sorted({key.driver for key in keys})
    ]
    return Forecast(
        low_s=sum(part.low_s for part in each),
        likely_s=sum(part.likely_s for part in each),
        high_s=sum(part.high_s for part in each),
    )


def _probes(contestants: Sequence[Contestant], wanted: Wanted, report: Report) -> dict[str, Probe]:
    probed = {}
    for contestant in contestants:
        if wanted.probes or (wanted.probes is None and _alone(contestant, contestants)):
            report(f"probing {contestant.name}: {LIMIT_S:g} s at most, once it is loaded")
            probed[contestant.name] = _probe(contestant, wanted.asked, report)
    return probed


def _alone(contestant: Contestant, contestants: Sequence[Contestant]) -> bool:
    """Whether it answers already, and nobody else at its endpoint is to be measured."""
    if contestant.launch is not None:
        return False
    return [other.base_url for other in contestants].count(contestant.base_url) == 1


def _probe(contestant: Contestant, asked: Asked, report: Report) -> Probe:
    key = key_of(contestant, asked)
    try:
        with served(contestant, key=key, report=report, log=None) as url, Client(url, key=key) as client:
            return probe(contestant, client)
    except EndpointError as error:
        return Probe(tokens_per_s=None, prompt_tokens_per_s=None, load_ns=None, why=error.message)
