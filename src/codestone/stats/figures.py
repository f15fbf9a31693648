"""The figures that a summary is made of, each with its n.

``None`` is "not measured", and is never 0.
"""

from pydantic import Field

from codestone.task import Data


class Proportion(Data):
    """k of n with its Wilson interval; the ends are None where n is 0."""

    k: int
    n: int
    low: float | None
    high: float | None


class Mean(Data):
    """A mean over n tasks, each weighing the same, with its interval over tasks."""

    mean: float
    n: int
    low: float | None = Field(description="None with fewer than two tasks.")
    high: float | None


class Estimate(Data):
    """A figure with its interval; the ends are None where n is too small for one."""

    value: float
    n: int
    low: float | None
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
