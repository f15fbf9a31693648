"""How many characters make a prompt of so many tokens: by what this tokenizer counted, never assumed. Pure.

    tokens = overhead + per_character · characters

Two prompts of the warm-up give both: the overhead is the template, and whatever the server adds. Prose and
code have rates of their own; they share the overhead.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from codestone.engine.speed.trials import LEAST_LARGE_TOKENS, SpeedTrial
from codestone.speed_record import Kind

UNTOLD_CHARACTERS_PER_TOKEN = 3.0
"""For the size of prompts alone, where a server counts no tokens: no rate is computed from it."""
MARGIN_TOKENS = 64
"""Left free in the context: a prompt may come out a little larger than it was aimed at."""
_MARGIN_SHARE = 0.02
CUT_SHARE = 0.8
"""A prompt of which the server counts a smaller share was cut by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A tokenizer as far as it is known; ``rates`` are tokens per character, by kind."""

    overhead: float
    rates: Mapping[Kind, float]

    def characters(self, kind: Kind, tokens: float) -> int:
        """Return how many characters make so many tokens."""
        return max(1, round((tokens - self.overhead) / self._rate(kind)))

    def tokens(self, kind: Kind, characters: int) -> float:
        """Return how many tokens so many characters make."""
        return self.overhead + self._rate(kind) * characters

    def also(self, kind: Kind, *, characters: int, tokens: int) -> "Gauge":
        """Return it with the rate of another kind, from one prompt."""
        rate = max(1.0, tokens - self.overhead) / characters
        return replace(self, rates={**self.rates, kind: rate})

    def _rate(self, kind: Kind) -> float:
        """Return a kind's rate; that of another where it is not known."""
        return self.rates.get(kind) or next(iter(self.rates.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """The size of a trial's (first) prompt: what was aimed at, and the characters that make it.

    ``wanted_tokens`` None: tokens are not counted here. ``scaled`` says why it is not the usual size;
    ``why_not`` why there is no prompt at all.
    """

    characters: int = 0
    wanted_tokens: int | None = None
    scaled: str = ""
    why_not: str = ""


def gauge(kind: Kind, shorter: tuple[int, int], longer: tuple[int, int]) -> Gauge | None:
    """Return what two prompts of (characters, tokens) tell; None where the longer has not more tokens."""
    (few, little), (many, much) = shorter, longer
    if many <= few or much <= little:
        return None
    rate = (much - little) / (many - few)
    return Gauge(overhead=max(0.0, little - rate * few), rates={kind: rate})


def fitting(trial: SpeedTrial, context: int | None, found: str) -> tuple[int, str]:
    """Return the tokens of a trial's prompt that fit a context, and why they are fewer than usual.

    All that the trial's replies may write has to fit too. Where it does not, half of the context is enough:
    8,192 tokens are out of reach anyway, and full contexts are where servers cut and shift. ``found`` says
    how the context is known.
    """
    if context is None:
        return trial.tokens, ""
    room = int(context * (1 - _MARGIN_SHARE)) - trial.written_tokens - MARGIN_TOKENS
    if room >= trial.tokens:
        return trial.tokens, ""
    tokens = min(room, context // 2)
    return tokens, f"{found} {context} tokens: the prompt has about {tokens} in place of {trial.tokens}"


def size(trial: SpeedTrial, gauged: Gauge | None, *, context: int | None, found: str) -> Size:
    """Return the size of a trial's prompt."""
    tokens, scaled = fitting(trial, context, found)
    least = LEAST_LARGE_TOKENS if trial.shape == "large" else 1
    if tokens < least:
        return Size(why_not=f"{found} {context} tokens, which is too small for this trial")
    if gauged is None:
        characters = round(tokens * UNTOLD_CHARACTERS_PER_TOKEN)
        return Size(characters=characters, scaled=scaled)
    return Size(characters=gauged.characters(trial.kind, tokens), wanted_tokens=tokens, scaled=scaled)
