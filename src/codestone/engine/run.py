"""Run a plan: every pending trial in its order, each told to ``watch`` as it ends."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from codestone.endpoint.chat import OnText
from codestone.endpoint.client import Client
from codestone.engine.answered import Trial
from codestone.engine.plan import Plan, pending, sampling_seed
from codestone.engine.trial import run_trial
from codestone.sandbox import Backend
from codestone.store.records import Store
from codestone.task import Task
from codestone.trial import Attempt, Contestant, TrialKey, TrialRecord, Versions


class Watch(Protocol):
    """Told of a run's progress. ``number`` counts trials from 1."""

    def begins(self, key: TrialKey, *, number: int, of: int) -> OnText | None:
        """Hear that a trial begins; return what wants to see its text, if anything does."""

    def ends(self, outcome: TrialRecord | Attempt, *, number: int, of: int) -> None:
        """Hear that a trial ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a run works with: tasks by "suite/task", a client for each base URL, and what makes boxes."""

    tasks: Mapping[str, Task]
    client_of: Callable[[Contestant], Client]
    versions: Versions
    backend: Backend | None = None


def run(plan: Plan, store: Store, bench: Bench, watch: Watch) -> None:
    """Run every trial that has no record yet. Ctrl-C loses at most the one in flight."""
    keys = pending(plan, store.finished())
    contestants = {contestant.name: contestant for contestant in plan.contestants}
    for number, key in enumerate(keys, start=1):
        contestant = contestants[key.contestant]
        trial = Trial(
            key=key,
            task=bench.tasks[f"{key.suite}/{key.task}"],
            contestant=contestant,
            seed=sampling_seed(plan, key),
            versions=bench.versions,
            backend=bench.backend,
        )
        on_text = watch.begins(key, number=number, of=len(keys))
        outcome = run_trial(trial, bench.client_of(contestant), store, on_text=on_text)
        watch.ends(outcome, number=number, of=len(keys))
