"""What a speed trial leaves behind: one cold prompt, or one conversation, alone on the machine. No I/O.

A speed trial has no score and no grader. Its key is a ``TrialKey`` like any other: suite and driver are
``speed``, the task is the name of the trial (``large-code``), the epoch counts timed runs.
"""

from typing import Literal

from pydantic import Field

from codestone.task import Data
from codestone.trial import Attempt, Contestant, Exchange, TrialKey, TrialRecord

SPEED = "speed"
"""Suite and driver of every speed trial, and the name under which they are run."""

Kind = Literal["prose", "code"]
Shape = Literal["small", "large", "conversation"]


class Timed(Data):
    """One request of a speed trial."""

    exchange: Exchange
    prompt_characters: int = Field(description="Of all messages that were sent.")


class SpeedRecord(Data):
    """One finished speed trial. A line of ``speed.jsonl``."""

    schema_version: Literal[1] = 1
    key: TrialKey
    contestant: Contestant
    task_digest: str = Field(description="Of the prompts' texts and sizes: other digests do not compare.")
    kind: Kind = Field(description="What the prompt holds: a draft model or MTP is faster on code.")
    shape: Shape = Field(description="A cold prompt, small or large, or the turns of one conversation.")
    started: str = Field(description="UTC, ISO 8601.")
    output_tokens: int = Field(description="Output budget of each request.")
    wanted_tokens: int | None = Field(description="Prompt tokens that were aimed at; None: as it comes.")
    scaled: str = Field(default="", description='Why the prompt is smaller than usual; "" where it is not.')
    load_average: tuple[float, float, float] | None = Field(
        description="Of the machine that asks, over 1, 5 and 15 min, before the first request."
    )
    turns: tuple[Timed, ...] = Field(min_length=1, description="The requests, in order.")
    codestone: str = Field(description="Version that produced the record.")
    python: str

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The requests' exchanges, in order."""
        return tuple(turn.exchange for turn in self.turns)


Outcome = TrialRecord | Attempt | SpeedRecord
"""What becomes of a trial of either sort."""
