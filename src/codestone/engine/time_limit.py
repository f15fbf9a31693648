"""How long a reply may take: the limit follows the contestant's own speed. A slow machine is slow, not wrong.

    first_s   = 900, or LOAD_S + SLACK · prompt tokens / prompt speed where that is longer, at most 2 h
    silence_s = 300, or output tokens / speed where that is longer, at most 30 min
    wall_s    = first_s + SLACK · output tokens / speed, at least 600 s and at most 8 h

An hour is the least where no speed was measured, and a token a second is assumed then. The output budget
bounds what an honest reply can take; SLACK is for a long context, a warm machine and a busy one. Only the
server can be at fault when a limit passes: ``stalled`` and ``out-of-time`` are never scored.

Not covered: the time of a whole conversation, which is ``Limits.conversation_s``.
"""

from collections.abc import Sequence
from statistics import median

from codestone.endpoint.chat import Timeouts
from codestone.task import Limits
from codestone.trial import TrialRecord

SLACK = 4.0
"""How many times slower than measured a reply may be."""
WALL_FLOOR_S, WALL_CEILING_S = 600.0, 8 * 3600.0
FIRST_CEILING_S = 2 * 3600.0
SILENCE_CEILING_S = 1800.0
"""Some servers hold a tool call back until it is whole."""
LOAD_S = 600.0
"""A server may load the model when it is asked: minutes, from a slow disk."""
UNMEASURED_S = 3600.0
UNMEASURED_SPEED = 1.0
PROMPT_TOKENS = 8_192
"""Taken where the size of the prompt is not known; more than any task of one message has."""
PROMPT_FACTOR = 4.0
"""Reading is at least so many times faster than writing, where it was not measured: both read the weights
once, for a batch or for one token."""


def timeouts_for(
    limits: Limits,
    *,
    tokens_per_second: float | None,
    prompt_tokens_per_second: float | None = None,
    prompt_tokens: int = PROMPT_TOKENS,
    output_tokens: int | None = None,
) -> Timeouts:
    """Return the limits of one exchange.

    Speeds are the contestant's, None where not measured; ``output_tokens`` is the budget that is sent
    where it is not the task's.
    """
    budget = max(limits.reply_tokens, output_tokens or 0)
    reading = prompt_tokens_per_second or PROMPT_FACTOR * (tokens_per_second or UNMEASURED_SPEED)
    first_s = max(Timeouts().first_s, LOAD_S + SLACK * prompt_tokens / reading)
    first_s = min(first_s, FIRST_CEILING_S)
    if tokens_per_second is None:
        wall_s = max(UNMEASURED_S, first_s + budget / UNMEASURED_SPEED)
        return Timeouts(first_s=first_s, wall_s=min(wall_s, WALL_CEILING_S))
    writing_s = budget / tokens_per_second
    return Timeouts(
        first_s=first_s,
        silence_s=min(max(Timeouts().silence_s, writing_s), SILENCE_CEILING_S),
        wall_s=min(max(WALL_FLOOR_S, first_s + SLACK * writing_s), WALL_CEILING_S),
    )


def measured_speed(records: Sequence[TrialRecord]) -> float | None:
    """Return output tokens per second of one contestant, from its own records; None where nothing tells.

    The median of our clock's ``tg`` over all replies. Where no reply was long enough for one, all tokens
    over all of the time, which counts the prompt as well and so is too low rather than too high.
    """
    exchanges = [exchange for record in records for exchange in record.exchanges]
    rates = [exchange.speed.tg for exchange in exchanges if exchange.speed.tg]
    if rates:
        return median(rates)
    told = [
        (exchange.usage.completion_tokens, exchange.speed.wall_ns)
        for exchange in exchanges
        if exchange.usage and exchange.usage.completion_tokens and exchange.speed.wall_ns
    ]
    wall_ns = sum(wall for _, wall in told)
    return sum(tokens for tokens, _ in told) * 1e9 / wall_ns if wall_ns else None
