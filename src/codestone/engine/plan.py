"""What a run is to do: every trial in its order, as data that is written into the run directory."""

import hashlib
from typing import Literal

from pydantic import Field

from codestone.stats.planned import PlannedSpeed, PlannedTask
from codestone.task import Band, Data, Task
from codestone.trial import Contestant, TrialKey


class Plan(Data):
    """The whole matrix. Same plan, same order, same seeds."""

    schema_version: Literal[1] = 1
    title: str
    tasks: tuple[PlannedTask, ...]
    contestants: tuple[Contestant, ...]
    drivers: tuple[str, ...] = ("single",)
    epochs: int | None = Field(default=1, ge=1, description="Passes; None: as many as the budget holds.")
    seed: int = 1
    bands: tuple[Band, ...] = Field(default=(), description="Of the suite, where the run is of one whole.")
    speed: PlannedSpeed | None = Field(default=None, description="Speed trials, after all that is graded.")

    def one_pass(self, epoch: int) -> tuple[TrialKey, ...]:
        """Return the trials of one pass, one contestant at a time; skipped tasks have none."""
        return tuple(
            TrialKey(suite=task.suite, task=task.task, contestant=contestant.name, driver=driver, epoch=epoch)
            for contestant in self.contestants
            for driver in self.drivers
            for task in self.tasks
            if not task.skipped
        )

    def after(self, epoch: int) -> tuple[TrialKey, ...]:
        """Return the trials of all later passes; none where their number is open."""
        later = range(epoch + 1, (self.epochs or 0) + 1)
        return tuple(key for each in later for key in self.one_pass(each))

    @property
    def size(self) -> int | None:
        """How many trials there are; None where the number of passes is open."""
        return None if self.epochs is None else self.epochs * len(self.one_pass(1))


def planned(task: Task, *, skipped: str = "") -> PlannedTask:
    """Return what the plan keeps of a task; ``skipped`` says why nobody is asked it ("no cargo")."""
    return PlannedTask(
        suite=task.suite,
        task=task.name,
        digest=task.digest,
        title=task.spec.title,
        possible=task.spec.points,
        skipped=skipped,
        facts={fact.id: fact.title for fact in task.spec.fact},
    )


def sampling_seed(plan: Plan, key: TrialKey) -> int:
    """Return the seed that a trial's requests carry: one per epoch and task, for all contestants the same."""
    text = f"{plan.seed}/{key.suite}/{key.task}/{key.epoch}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
