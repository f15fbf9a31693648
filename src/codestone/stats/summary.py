"""The shape of a summary: everything a report may show. Filled by ``summarise.py``, drawn by ``reports/``.

``None`` is "not measured" everywhere, and is never 0. Durations are nanoseconds, shares lie in 0 to 1.
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from codestone.serving import Finding
from codestone.stats.answer_summary import BugCell, BugRow, FactCell, FactRow, FactSeen, ValueCount
from codestone.stats.figures import Estimate, Mean, Median, Proportion, Total
from codestone.stats.speed_summary import PrefillRow, SpeedTrials, SpeedTurn
from codestone.task import Data
from codestone.trial import Contestant, Doing, Ending

__all__ = [
    "BugCell",
    "BugRow",
    "Estimate",
    "FactCell",
    "FactRow",
    "FactSeen",
    "Mean",
    "Median",
    "PrefillRow",
    "Proportion",
    "SpeedTrials",
    "SpeedTurn",
    "Total",
    "ValueCount",
]  # what a summary is made of and other modules define

Verdict = Literal["better", "worse", "tied", "no detectable difference", "too few to tell", "not compared"]
Unit = Literal["task", "trial"]


class RepeatedCell(Data):
    """What k epochs of one cell promise. Definitions: ``repeats.py``."""

    k: int
    any_passes: Estimate = Field(description="pass@k: at least one of k earns every point.")
    all_pass: Estimate = Field(description="pass^k: all k earn every point.")


class Repeats(Data):
    """What k epochs promise, as means over tasks."""

    k: int
    any_passes: Mean = Field(description="pass@k.")
    all_pass: Mean = Field(description="pass^k.")


class Level(Data):
    """What one task earned in one pass."""

    task: str
    points: float
    possible: float


class PassScores(Data):
    """The points of each whole pass: every task measured in that epoch."""

    n: int = Field(description="Whole passes.")
    scores: tuple[float, ...] = Field(description="In the order of their epochs.")
    mean: float
    best: float
    worst: float
    spread: float = Field(description="best - worst.")
    stdev: float | None = Field(description="Sample standard deviation; None where n is 1.")
    best_epoch: int = Field(description="The first of those that earned most.")
    levels: tuple[Level, ...] = Field(description="The tasks of that epoch.")


class EndingCount(Data):
    """How often trials of a cell ended in one way."""

    ending: Ending
    words: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochScore:
    """One measured trial of a cell. No model: there is one for each trial, in a quarter of the memory."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    epoch: int
    points: float
    passed: int
    checks: int
    ending: Ending
    words: str
    detail: Annotated[str, Field(description='What the server said of the last reply; "" for nothing.')]
    reply_lines: int
    files: tuple[str, ...]
    generation_ns: int
    grading_ns: int
    started: str
    artifacts: Annotated[
        str | None, Field(description="Where reply, transcript and workspace lie in the run directory.")
    ]


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
    repeats: tuple[RepeatedCell, ...] = Field(default=(), description="Nothing with fewer than two epochs.")
    distinct_replies: int = Field(description="Copies of one reply are no further evidence.")
    endings: tuple[EndingCount, ...]
    epochs: tuple[EpochScore, ...]
    checks: tuple[CheckRow, ...]
    stale: int = Field(description="Records of an older version of the task, not counted.")
    not_measured: int = Field(description="Attempts that ended by no doing of the model.")

    @property
    def skipped(self) -> bool:
        """Whether nobody was asked: the task was skipped."""
        return self.planned == 0


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
    itl: Median | None = Field(default=None, description="ns for each token: 1 / tg.")
    icl_p50: Median | None = Field(default=None, description="ns; of each reply's gaps between arrivals.")
    icl_p90: Median | None = None
    icl_p99: Median | None = None
    icl_most: Median | None = None
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
    endings: tuple[EndingCount, ...] = ()
    band: str = Field(default="", description="The suite's word for this total; empty where it has none.")
    consistency: float | None = Field(
        default=None, description="Sample standard deviation over tasks of the shares; None below two."
    )
    passes: PassScores | None = Field(default=None, description="None where no pass is whole.")
    repeats: tuple[Repeats, ...] = ()
    score_per_minute: Estimate | None = Field(
        default=None, description="Points per minute of the average task wall, as it is published."
    )
    score_per_total_minute: Estimate | None = Field(
        default=None, description="Points per minute of all tasks together."
    )
    weights_gb: float | None = Field(default=None, description="Size of the model's file; 10^9 bytes.")
    score_per_gb: Estimate | None = Field(default=None, description="Points per GB; None where incomplete.")
    speed: SpeedRow


class Comparison(Data):
    """One contestant beside another, on the tasks and epochs that both have. Shares of points, 0 to 1."""

    one: str = Field(description="Label of a ``Standing``.")
    other: str
    verdict: Verdict = Field(description="Of ``one``; ``tied``: the same points in every trial.")
    words: str
    difference: float | None = Field(description="Mean over tasks of one's share less the other's.")
    low: float | None
    high: float | None
    unit: Unit = Field(description="What was drawn: tasks, or with fewer than six of them their trials.")
    n: int = Field(description="Units; trials whose replies are copies count once.")
    tasks: int = Field(description="Tasks that both have.")
    trials: int = Field(description="Pairs of trials, same task and epoch.")
    p: float | None = Field(description="Of the sign flips, two-sided; None without a pair.")
    p_corrected: float | None = Field(description="By Holm, for all comparisons that are shown.")
    more_passes: int | None = Field(description="About how many would show a difference of this size.")
    more_tasks: int | None


class Twin(Data):
    """Two contestants made of one model, and what came of the one thing that is meant to differ."""

    kind: Literal["thinking", "quant", "distill"]
    one_is: str = Field(description="What it is with: thinking on, a quantisation, the distilled model.")
    other_is: str
    also: tuple[str, ...] = Field(description="What else differs, as far as it is told.")
    comparison: Comparison = Field(description="Corrected for all twins of this kind.")


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
    artifacts: str | None = Field(
        default=None, description="Where reply and transcript lie in the run directory; None: nothing kept."
    )


class FailureCount(Data):
    """How many attempts ended in one way, by no doing of the model."""

    ending: Ending
    doing: Doing
    words: str
    n: int


class Reliability(Data):
    """How often a row's trials could be measured; only rows of which an attempt could not."""

    label: str = Field(description="Of a ``Standing``.")
    measured: Proportion = Field(description="Of the trials that were begun.")
    attempts: int = Field(description="Attempts that were not measured.")
    endings: tuple[FailureCount, ...]


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
    comparisons: tuple[Comparison, ...] = Field(
        default=(), description="Each two rows; with more than ten rows, each with the next one."
    )
    twins: tuple[Twin, ...] = Field(default=(), description="Think and not, quantisations, distillates.")
    cells: tuple[Cell, ...]
    bugs: tuple[BugRow, ...] = Field(default=(), description="Of the tasks that have planted bugs.")
    facts: tuple[FactRow, ...] = Field(default=(), description="Of the tasks that were not skipped.")
    failures: tuple[Failure, ...]
    reliability: tuple[Reliability, ...] = Field(default=(), description="The least reliable first.")
    speed_trials: tuple[SpeedTrials, ...] = Field(
        default=(), description="One for each contestant, in their order, where they were planned."
    )
