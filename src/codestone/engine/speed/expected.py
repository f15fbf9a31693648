"""How long speed trials will take: by tokens that are read and written, at the contestant's speed. Pure."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median

from codestone.engine.speed.trials import TRIALS, SpeedTrial
from codestone.engine.time_limit import PROMPT_FACTOR
from codestone.stats.forecast import UNKNOWN_SPEEDS, Forecast
from codestone.trial import TrialKey, TrialRecord

_READING_FACTORS = (PROMPT_FACTOR, 25.0)
"""How many times faster than it writes a contestant reads: on a processor, on an accelerator."""
_WARM_UP = 1.3
"""Of the tokens of one round that a warm-up reads."""


def expected(
    keys: Sequence[TrialKey], records: Sequence[TrialRecord], *, speeds: Mapping[str, float]
) -> Forecast:
    """Return the time of these speed trials and of the warm-up before those of each contestant.

    ``speeds`` are tokens/s that a probe measured, by contestant: records win over it.
    """
    known = {**speeds, **_seen(records)}
    low = likely = high = 0.0
    for name in dict.fromkeys(key.contestant for key in keys):
        own = [TRIALS[key.task] for key in keys if key.contestant == name and key.task in TRIALS]
        slowest, fastest = (known[name], known[name]) if name in known else UNKNOWN_SPEEDS
        shortest, longest = (
            _seconds(own, fastest, _READING_FACTORS[1]),
            _seconds(own, slowest, _READING_FACTORS[0]),
        )
        low, high = low + shortest, high + longest
        likely += math.sqrt(shortest * longest)
    return Forecast(low_s=low, likely_s=likely, high_s=high)


def _seconds(trials: Sequence[SpeedTrial], speed: float, reading: float) -> float:
    written = sum(trial.written_tokens for trial in trials)
    read = sum(trial.tokens for trial in trials) + _WARM_UP * sum(trial.tokens for trial in TRIALS.values())
    return written / speed + read / (reading * speed)


def _seen(records: Sequence[TrialRecord]) -> dict[str, float]:
    """Return tokens/s by contestant, where its replies were long enough to tell."""
    rates: defaultdict[str, list[float]] = defaultdict(list)
    for record in records:
        rates[record.key.contestant] += [x.speed.tg for x in record.exchanges if x.speed.tg]
    return {name: median(found) for name, found in rates.items() if found}
