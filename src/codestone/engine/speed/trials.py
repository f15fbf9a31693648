"""Which speed trials there are. A change of their texts or sizes is a change of the digest."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cache

from codestone.engine.speed import texts
from codestone.speed_record import SPEED, Kind, Shape
from codestone.stats.planned import PlannedSpeed
from codestone.trial import Contestant, TrialKey

OUTPUT_TOKENS = 300
"""Output budget of a cold prompt, small or large: the same for both, so that only the prompt differs."""
TURN_TOKENS = 128
TURNS = 1 + len(texts.FOLLOW_UPS)
LEAST_RUNS = 3
"""Timed runs of each trial; the warm-up is not one of them."""
LEAST_LARGE_TOKENS = 512
"""A large prompt smaller than this is none: the difference to the small one would be noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedTrial:
    """One trial; ``tokens`` is the size of its (first) prompt, template included."""

    name: str
    kind: Kind
    shape: Shape
    tokens: int
    output_tokens: int

    @property
    def written_tokens(self) -> int:
        """What all of its replies may have together."""
        return self.output_tokens * (TURNS if self.shape == "conversation" else 1)


TRIALS: Mapping[str, SpeedTrial] = {
    trial.name: trial
    for trial in (
        SpeedTrial(name="small-prose", kind="prose", shape="small", tokens=70, output_tokens=OUTPUT_TOKENS),
        SpeedTrial(name="small-code", kind="code", shape="small", tokens=70, output_tokens=OUTPUT_TOKENS),
        SpeedTrial(name="large-code", kind="code", shape="large", tokens=8448, output_tokens=OUTPUT_TOKENS),
        SpeedTrial(
            name="conversation-code", kind="code", shape="conversation", tokens=600, output_tokens=TURN_TOKENS
        ),
    )
}
"""By name, in the order of a round. Large is more than 8,192 tokens even where a few are cached."""


@cache
def digest() -> str:
    """Return the digest of all texts and sizes."""
    samples = [
        texts.prompt("prose", 4000, salt="digest"),
        texts.prompt("code", 4000, salt="digest"),
        texts.opening(4000, salt="digest"),
        *texts.FOLLOW_UPS,
    ]
    whole = repr([[astuple(trial) for trial in TRIALS.values()], samples])
    return hashlib.sha256(whole.encode()).hexdigest()


def planned_speed(epochs: int | None) -> PlannedSpeed:
    """Return what the plan keeps: as many timed runs as the run has passes, and three at least."""
    return PlannedSpeed(trials=tuple(TRIALS), epochs=max(LEAST_RUNS, epochs or 0), digest=digest())


def keys_of(planned: PlannedSpeed, contestants: Sequence[Contestant]) -> tuple[TrialKey, ...]:
    """Return every speed trial of a run: one contestant at a time, and in rounds of all its trials."""
    return tuple(
        TrialKey(suite=SPEED, task=name, contestant=contestant.name, driver=SPEED, epoch=epoch)
        for contestant in contestants
        for epoch in range(1, planned.epochs + 1)
        for name in planned.trials
    )
