"""The shape of what answers were found to be beside their points: bugs they fixed, facts of their code."""

from typing import Literal

from pydantic import Field

from codestone.stats.figures import Median, Proportion
from codestone.task import Data
from codestone.trial import FactValue

Difficulty = Literal["easy", "medium", "hard", "not known"]


class BugCell(Data):
    """How often one contestant, with one driver, fixed one planted bug."""

    contestant: str
    driver: str
    n: int = Field(description="Measured trials of the task.")
    fixed: Proportion = Field(description="Of those trials that tell; the others' answers did not compile.")


class BugRow(Data):
    """One planted bug of a task."""

    task: str = Field(description="Id of a ``TaskRow``.")
    bug: str
    checks: tuple[str, ...] = Field(
        description="Those that show its fix; it is fixed where all of them pass."
    )
    fixed: Proportion = Field(description="Of the different answers of models, where they tell.")
    difficulty: Difficulty = Field(description="Observed, for these models.")
    cells: tuple[BugCell, ...]


class ValueCount(Data):
    """How many answers had one value of a fact."""

    value: FactValue
    n: int


class FactSeen(Data):
    """What was found of one fact in ``n`` answers, of which ``told`` let it be told."""

    n: int
    told: int
    values: tuple[ValueCount, ...] = Field(description="The most frequent first; none where ``median`` is.")
    median: Median | None = Field(description="Where every value that was told of this fact is a number.")


class FactCell(Data):
    """The same for one contestant with one driver."""

    contestant: str
    driver: str
    seen: FactSeen


class FactRow(Data):
    """Something that was measured of the answers to a task, and not judged."""

    task: str = Field(description="Id of a ``TaskRow``.")
    id: str
    title: str
    seen: FactSeen = Field(description="Over all models.")
    cells: tuple[FactCell, ...]
