"""The shape of ``compare A B``: contestants two by two, and in what they differ. Drawn by ``reports/``."""

from typing import Literal

from pydantic import Field

from codestone.stats.summary import Comparison, Method, Proportion
from codestone.task import Data


class ComparedSide(Data):
    """One of two: a contestant with a driver, in a run."""

    run: str = Field(description="The run directory, as a report should name it.")
    label: str
    contestant: str
    driver: str
    scripted: bool
    boxed: bool = Field(description="Every answer's code ran in a box.")


class Difference(Data):
    """One thing in which two launch configurations, or the machines under them, differ."""

    name: str
    one: str | None = Field(description="None where it was not told.")
    other: str | None


class TaskPair(Data):
    """One task on both sides, over the epochs that both have."""

    task: str
    n: int = Field(description="Pairs of trials.")
    one: float = Field(description="Mean share of points.")
    other: float
    difference: float
    one_full: Proportion = Field(description="Trials that earned every point.")
    other_full: Proportion
    only_one: int = Field(description="Pairs of which only one's trial earned every point.")
    only_other: int
    p: float = Field(description="Exact McNemar of these two, two-sided.")
    p_corrected: float = Field(description="By Holm, for all tasks of the comparison.")


class PaceRatio(Data):
    """How much longer or faster one is than the other: the geometric mean over tasks of one / other."""

    what: Literal["wall", "tg"] = Field(description="Wall time of the driver; tokens/s by our clock.")
    ratio: float
    n: int = Field(description="Units, as of the comparison: tasks, or with fewer than six their trials.")
    low: float | None = Field(description="None where the units are too few, or all alike.")
    high: float | None


class ComparedPair(Data):
    """Two contestants: what differs between them, and what came of it."""

    one: ComparedSide
    other: ComparedSide
    differs: tuple[Difference, ...]
    differs_words: str
    comparison: Comparison
    tasks: tuple[TaskPair, ...]
    paces: tuple[PaceRatio, ...] = Field(description="Only what was measured on both sides.")
    left_out: tuple[str, ...] = Field(description="Tasks and epochs that only one side has, and why.")


class Compared(Data):
    """All that ``compare A B`` tells."""

    schema_version: Literal[1] = 1
    method: Method
    pairs: tuple[ComparedPair, ...]
