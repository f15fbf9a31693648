"""What a summary shows of speed trials. Filled by ``speed_trials.py``. Durations are nanoseconds."""

from pydantic import Field

from codestone.stats.figures import Median
from codestone.task import Data


class PrefillRow(Data):
    """pp_diff: how fast a prompt is read, from the difference of cold prompts. See ``prefill.py``."""

    tokens_per_second: float
    small: int = Field(description="Timed small prompts.")
    large: int = Field(description="Timed large prompts.")
    least: float = Field(description="Over all pairs of a small and a large prompt.")
    most: float | None = Field(
        description="None where a large prompt was answered no later than a small one."
    )
    small_tokens: float = Field(description="Uncached tokens, median.")
    large_tokens: float


class SpeedTurn(Data):
    """One request of a speed trial over its timed runs. Definitions: ``codestone.timing``."""

    trial: str
    kind: str = Field(description="What the prompt holds: ``prose`` or ``code``.")
    shape: str = Field(description="``small``, ``large`` (both cold) or ``conversation``.")
    turn: int = Field(description="1 where it is cold; later ones find the conversation cached.")
    n: int = Field(description="Timed runs.")
    prompt_tokens: Median | None
    cached_tokens: Median | None
    cached_share: Median | None = Field(description="Of the prompt's tokens.")
    completion_tokens: Median | None
    ttft: Median | None = Field(description="ns.")
    ttfo: Median | None = Field(description="ns.")
    wall: Median | None = Field(description="ns, thinking included.")
    tg: Median | None = Field(description="Tokens/s by our clock.")
    tg_why: str = Field(description='Why there is no tg; "" where there is.')
    tg_server: Median | None = Field(description="Tokens/s as the server says.")
    pp_server: Median | None = Field(description="Prompt tokens/s as the server says.")
    itl: Median | None = Field(description="ns for each token: 1 / tg.")
    icl_p50: Median | None = Field(description="ns; of each reply's gaps between arrivals.")
    icl_p90: Median | None
    icl_p99: Median | None
    icl_most: Median | None
    draft_accepted: Median | None = Field(description="Share of drafted tokens; None where none was drafted.")
    wanted_tokens: int | None = Field(description="Prompt tokens that were aimed at.")
    output_tokens: int = Field(description="Output budget.")
    scaled: str = Field(description='Why the prompt is smaller than usual; "" where it is not.')


class SpeedTrials(Data):
    """How fast one contestant is, alone on the machine and after a warm-up that does not count."""

    contestant: str
    scripted: bool
    n: int = Field(description="Timed trials.")
    planned: int
    stale: int = Field(description="Records of other prompts, not counted.")
    not_measured: int = Field(description="Attempts that ended by no doing of the model.")
    pp_diff: PrefillRow | None
    pp_diff_why: str = Field(description='Why there is none; "" where there is.')
    turns: tuple[SpeedTurn, ...]
    load_average: Median | None = Field(
        description="Of the machine that asks, over 1 min, before each trial."
    )
