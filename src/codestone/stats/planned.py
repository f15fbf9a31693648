"""What a run set out to measure: the fixed frame that records are counted against."""

from typing import Any

from pydantic import Field

from codestone.serving import Finding
from codestone.task import Band, Data
from codestone.trial import Contestant


class PlannedTask(Data):
    """One task (and variant) of a run, with its fixed denominator."""

    suite: str
    task: str
    variant: str = ""
    title: str
    possible: float = Field(gt=0, description="Points of all checks, bonuses not counted.")
    digest: str = Field(description="The task's digest; records with another one are stale and not counted.")
    skipped: str = Field(default="", description='Why no contestant was asked ("no cargo"); "" where it was.')
    facts: dict[str, str] = Field(default={}, description="Titles of what is measured and not judged, by id.")


class PlannedSpeed(Data):
    """The speed trials of a run: the same for every contestant."""

    trials: tuple[str, ...] = Field(description="Their names, in the order of a round.")
    epochs: int = Field(ge=1, description="Timed runs of each; the warm-up is not one of them.")
    digest: str = Field(description="Of their texts and sizes; records with another one are not counted.")


class Planned(Data):
    """One run's frame: everything that ``summarise`` must know and that no record tells."""

    title: str
    started: str | None = Field(default=None, description="UTC, ISO 8601.")
    directory: str | None = Field(default=None, description="The run directory, as a report should name it.")
    regraded: str | None = Field(
        default=None, description="When it was last regraded, UTC, ISO 8601; None: never."
    )
    environment: dict[str, Any] = Field(default={}, description="Machine and software; drawn as it is.")
    epochs: int = Field(ge=1)
    contestants: tuple[Contestant, ...]
    drivers: tuple[str, ...] = Field(default=("single",), min_length=1)
    tasks: tuple[PlannedTask, ...]
    serving: dict[str, tuple[Finding, ...]] = Field(
        default={}, description="What was found about serving paths, by contestant; nothing where unasked."
    )
    bands: tuple[Band, ...] = Field(
        default=(), description="Words for totals, where the run is of one whole suite that has them."
    )
    speed: PlannedSpeed | None = Field(default=None, description="None where no speed trial is in the plan.")
