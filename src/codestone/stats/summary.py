"""The shape of a summary: everything a report may show. Filled by ``summarise.py``, drawn by ``reports/``.

``None`` is "not measured" everywhere, and is never 0. Durations are nanoseconds, shares lie in 0 to 1.
"""

from typing import Any, Literal

from pydantic import Field

from codestone.serving import Finding
from codestone.task import Data
from codestone.trial import Contestant, Doing, Ending


class Proportion(Data):
    """k of n with its Wilson interval; the ends are None where n is 0."""

    k: int
    n: int
    low: float | None
    high: float | None


class Mean(Data):
    """A mean over n tasks, each weighing the same, with its bootstrap interval by task."""

    mean: float
    n: int
    low: float | None = Field(description="None with fewer than two tasks, or where all are alike.")
    high: float | None


class Median(Data):
    """The median of n measurements, with their spread."""

    median: float
    n: int
    least: float
    most: float
    stdev: float | None = Field(description="Sample standard deviation; None where n is 1.")


class Total(Data):
    """A sum over the ``n`` of ``of`` replies whose server told it."""

    total: int
    n: int
    of: int


class EndingCount(Data):
    """How often trials of a cell ended in one way."""

    ending: Ending
    words: str
    n: int


class EpochScore(Data):
    """One measured trial of a cell."""

    epoch: int
    points: float
    passed: int
    checks: int
    ending: Ending
    words: str
    detail: str = Field(description='What the server said of the last reply; "" for nothing.')
    reply_lines: int
    files: tuple[str, ...]
    generation_ns: int
    grading_ns: int
    started: str
    artifacts: str | None = Field(
        description="Where reply, transcript and workspace lie in the run directory."
    )


class CheckRow(Data):
    """One check of a cell over its epochs."""

    id: str
    points: float
    bonus: float
    bug: str | None
    passed: Proportion
    evidence: str = Field(
        description="Of the last epoch in which it failed; of the last epoch where none did."
    )
    evidence_epoch: int


class Cell(Data):
    """One contestant, with one driver, on one task."""

    contestant: str
    driver: str
    task: str = Field(description="Id of a ``TaskRow``.")
    n: int = Field(description="Measured epochs.")
    planned: int
    possible: float
    mean: float | None
    best: float | None
    worst: float | None
    stdev: float | None = Field(description="Sample standard deviation of the points; None below two epochs.")
    full: Proportion = Field(description="Epochs that earned every point.")
    distinct_replies: int = Field(description="Copies of one reply are no further evidence.")
    endings: tuple[EndingCount, ...]
    epochs: tuple[EpochScore, ...]
    checks: tuple[CheckRow, ...]
    stale: int = Field(description="Records of an older version of the task, not counted.")
    not_measured: int = Field(description="Attempts that ended by no doing of the model.")


class SpeedRow(Data):
    """How fast a contestant was in its graded trials. Definitions: ``codestone.timing``."""

    replies: int
    ttft_uncached: Median | None = Field(description="ns, where the server told that no token was cached.")
    ttft_cached: Median | None = Field(description="ns, where the server told of cached prompt tokens.")
    ttft_untold: Median | None = Field(description="ns, where the server did not tell.")
    ttfo: Median | None = Field(description="ns.")
    wall: Median | None = Field(description="ns of one reply, thinking included.")
    trial: Median | None = Field(description="ns of the driver, over trials.")
    tg: Median | None = Field(description="Tokens/s by our clock.")
    tg_server: Median | None = Field(description="Tokens/s as the server says.")
    pp_server: Median | None = Field(description="Prompt tokens/s as the server says.")
    prompt_tokens: Total | None
    cached_tokens: Total | None
    completion_tokens: Total | None
    reasoning_tokens: Total | None


class Standing(Data):
    """The totals of one contestant with one driver."""

    label: str
    contestant: str
    driver: str
    scripted: bool
    rank: int | None = Field(description="Ties share a rank (1, 2, 2, 4); None below the line.")
    complete: bool = Field(description="Every task was measured; where not, ``points`` is a lower bound.")
    points: float | None = Field(description="Sum over tasks of the mean over epochs.")
    possible: float
    share: Mean | None = Field(description="Over the measured tasks: points of points possible.")
    tasks_measured: int
    tasks: int
    trials_measured: int
    trials: int
    full_trials: int
    speed: SpeedRow


class TaskRow(Data):
    """One task (and variant) of the run."""

    id: str = Field(description="``suite/task``, with ``+variant`` where there is one.")
    title: str
    possible: float
    skipped: str
    stale: int


class ThinkingSeen(Data):
    """Whether one contestant's replies think, beside what was wanted."""

    contestant: str
    mode: str = Field(description="``default`` (left to the server), ``on`` or ``off``, as declared.")
    thought: int | None = Field(description="Replies with reasoning text or tokens; None without a reply.")
    replies: int = Field(description="Replies that brought anything.")
    words: str


class ServingRow(Data):
    """What was found about how one contestant is served, before it was graded."""

    contestant: str
    scripted: bool
    findings: tuple[Finding, ...] = Field(description="All of them, good ones too.")

    @property
    def faults(self) -> tuple[Finding, ...]:
        """What is broken, and then what is a warning."""
        faulty = [finding for finding in self.findings if finding.state in {"broken", "warning"}]
        return tuple(sorted(faulty, key=lambda finding: finding.state))

    @property
    def unmeasured(self) -> tuple[Finding, ...]:
        """What could not be measured."""
        return tuple(finding for finding in self.findings if finding.state == "not measured")


class Failure(Data):
    """An attempt that ended by no doing of the model, and so has no score."""

    label: str
    task: str
    epoch: int
    ending: Ending
    doing: Doing
    words: str
    detail: str
    started: str
    settled: bool = Field(description="The trial was measured in another attempt.")


class RunFacts(Data):
    """Which run this is, and on what machine."""

    title: str
    started: str | None
    directory: str | None
    codestone: tuple[str, ...] = Field(description="Versions that wrote the records; more than one if mixed.")
    python: tuple[str, ...]
    boxes: tuple[str, ...]
    environment: dict[str, Any]
    epochs: int
    drivers: tuple[str, ...]
    scripted: tuple[str, ...] = Field(description="Contestants whose answers come from a script: no model.")
    planned: int = Field(description="Trials of the plan, without those of skipped tasks.")
    measured: int
    attempts: int = Field(description="Attempts that ended by no doing of a model.")
    generation: int = Field(default=0, description="How often it was regraded; 0 as it was run.")
    regraded: str | None = Field(default=None, description="When it last was, UTC, ISO 8601; None: never.")
    regraded_trials: int = Field(default=0, description="Records that the last regrading wrote.")


class Method(Data):
    """How the intervals were made."""

    confidence: float
    resamples: int
    seed: int


class Summary(Data):
    """Every number that a report may show, with n and interval."""

    schema_version: Literal[1] = 1
    run: RunFacts
    method: Method
    contestants: tuple[Contestant, ...]
    thinking: tuple[ThinkingSeen, ...] = Field(description="One for each contestant, in their order.")
    serving: tuple[ServingRow, ...] = Field(
        default=(), description="One for each contestant that was asked, in their order."
    )
    tasks: tuple[TaskRow, ...]
    standings: tuple[Standing, ...] = Field(description="Ranked ones first, then those below the line.")
    cells: tuple[Cell, ...]
    failures: tuple[Failure, ...]
