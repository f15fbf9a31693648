"""pp_diff: how fast a prompt is read, from the difference between a large prompt and a small one. Pure.

    pp_diff = (n_L - n_S) / (TTFT_L - TTFT_S), tokens per second

over prompts of which nothing was cached, with the same output budget. What both have in common (network,
template, the first token) cancels out; one prompt alone would charge it to the prompt. n counts the
uncached tokens as the server told them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple


class PromptRead(NamedTuple):
    """One cold prompt: tokens that were not cached, and ns to the first text."""

    uncached_tokens: int
    ttft_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefill:
    """Tokens/s from the medians of ``small`` and ``large`` prompts; least and most over all their pairs."""

    tokens_per_second: float
    small: int
    large: int
    least: float
    most: float | None
    """None where a large prompt was answered no later than a small one: then nothing bounds it."""


def pp_diff(small: Sequence[PromptRead], large: Sequence[PromptRead]) -> Prefill | None:
    """Return the differential prefill rate; None where it is not measured.

    That is so without a prompt of each size, where the large ones are no larger, and where their median
    time is no longer: a difference within the noise is no rate.
    """
    if not small or not large:
        return None
    rate = _rate(_middle(small), _middle(large))
    if rate is None:
        return None
    rates = [_rate(short, long) for short in small for long in large]
    found = [each for each in rates if each is not None]
    return Prefill(
        tokens_per_second=rate,
        small=len(small),
        large=len(large),
        least=min([*found, rate]),
        most=max([*found, rate]) if len(found) == len(rates) else None,
    )


def _middle(reads: Sequence[PromptRead]) -> tuple[float, float]:
    return median(read.uncached_tokens for read in reads), median(read.ttft_ns for read in reads)


def _rate(small: tuple[float, float], large: tuple[float, float]) -> float | None:
    tokens, duration_ns = large[0] - small[0], large[1] - small[1]
    return 1e9 * tokens / duration_ns if tokens > 0 and duration_ns > 0 else None
