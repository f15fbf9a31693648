"""What a run is to do: every trial in its order, as data that is written into the run directory."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from pydantic import Field

from codestone.stats.planned import PlannedTask
from codestone.task import Data, Task
from codestone.trial import Contestant, TrialKey


class Plan(Data):
    """The whole matrix. Same plan, same order, same seeds."""

    schema_version: Literal[1] = 1
    title: str
    tasks: tuple[PlannedTask, ...]
    contestants: tuple[Contestant, ...]
    drivers: tuple[str, ...] = ("single",)
    epochs: int = Field(default=1, ge=1)
    seed: int = 1

    def trials(self) -> Iterator[TrialKey]:
        """Yield every trial: epoch 1 of all contestants before epoch 2 of any, one contestant at a time."""
        for epoch in range(1, self.epochs + 1):
            for contestant in self.contestants:
                for driver in self.drivers:
                    for task in self.tasks:
                        yield TrialKey(
                            suite=task.suite, task=task.task, contestant=contestant.name,
                            driver=driver, epoch=epoch,
                        )  # fmt: skip


def planned(task: Task) -> PlannedTask:
    """Return what the plan keeps of a task."""
    return PlannedTask(
        suite=task.suite, task=task.name, digest=task.digest, title=task.spec.title, possible=task.spec.points
    )


def pending(plan: Plan, finished: Collection[TrialKey]) -> Sequence[TrialKey]:
    """Return the trials without a record, in the plan's order."""
    return [key for key in plan.trials() if key not in finished]


def sampling_seed(plan: Plan, key: TrialKey) -> int:
    """Return the seed that a trial's requests carry: one per epoch and task, for all contestants the same."""
    text = f"{plan.seed}/{key.suite}/{key.task}/{key.epoch}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
