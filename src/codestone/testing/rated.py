"""A scripted model with known speeds: it reads a prompt linearly, keeps its prefix, and writes steadily.

    ScriptedEndpoint(Rated(Rates(prompt_per_s=5000)))

The truth is ``Rated.asked`` (tokens and cached tokens of each request) beside the endpoint's own log of
send times. One slot, as a local server has it: what the last request left is all that can be reused.
"""

import math
from dataclasses import dataclass
from typing import Any

from codestone.testing.faults import refusal
from codestone.testing.script import DONE, Event, Request, Script, chunk, schedule, usage

_TEMPLATE = "<|system|>You are a scripted model, and quick.<|end|>"
_ROLE_S = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Speeds in tokens per second, a tokenizer, and what is told. Without changes: a good server.

    ``reply_tokens``: how much it has to say, None for the whole output budget, of which the share
    ``thinks`` is reasoning. ``early_role``: the role comes at once and not with the first text.
    ``cuts``: a prompt beyond the context loses its beginning without a word, and is not refused.
    """

    prompt_per_s: float = 5000.0
    output_per_s: float = 500.0
    characters_per_token: float = 4.0
    context: int = 32768
    tokens_per_chunk: int = 1
    reply_tokens: int | None = None
    thinks: float = 0.0
    early_role: bool = True
    usage: bool = True
    cached_told: bool = True
    cache: bool = True
    timings: bool = True
    drafted: tuple[int, int] | None = None
    cuts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as the model saw it: tokens of its prompt, how many of them were there already."""

    prompt: int
    cached: int
    written: int


class Rated:
    """The play; ``asked`` has every request that was answered, in order."""

    def __init__(self, rates: Rates = Rates()) -> None:
        self.rates = rates
        self.asked: list[Asked] = []
        self._slot = ""

    def __call__(self, request: Request) -> Script:
        """Answer after the time that the uncached part of the prompt takes."""
        rates, text = self.rates, _rendered(request)
        prompt = self._tokens(text)
        if prompt >= rates.context and not rates.cuts:
            return _exceeded(prompt, rates.context)
        if prompt >= rates.context:
            text = text[-int(rates.context / 2 * rates.characters_per_token) :]
            prompt = self._tokens(text)
        shared = _shared(text, self._slot) if rates.cache else 0
        cached = min(prompt - 1, int(shared / rates.characters_per_token))
        budget = int(request.body.get("max_tokens") or rates.context)
        written = min(budget, rates.context - prompt, rates.reply_tokens or budget)
        pieces = _pieces(written, rates)
        said = "".join(str(piece.get("content", "")) for piece in pieces)
        self._slot = f"{text}{said}<|end|>"
        self.asked.append(Asked(prompt=prompt, cached=cached, written=written))
        finish = "length" if written == budget else "stop"
        return self._script(pieces, self.asked[-1], finish=finish)

    def _tokens(self, text: str) -> int:
        return math.ceil(len(text) / self.rates.characters_per_token)

    def _script(self, pieces: list[dict[str, str]], asked: Asked, *, finish: str) -> Script:
        rates = self.rates
        first_s = (asked.prompt - asked.cached) / rates.prompt_per_s
        role_s = min(_ROLE_S, first_s) if rates.early_role else first_s
        delays = [first_s - role_s, *[rates.tokens_per_chunk / rates.output_per_s] * len(pieces)]
        events: list[tuple[float, Event]] = [(role_s, chunk({"role": "assistant", "content": None}))]
        events += [(delay, chunk(piece)) for delay, piece in zip(delays, pieces, strict=False)]
        events.append((0.0, chunk(finish=finish)))
        events.append((0.0, chunk() | {"choices": []} | self._told(asked)))
        return Script(steps=schedule([*events, (0.0, DONE)]))

    def _told(self, asked: Asked) -> dict[str, object]:
        rates = self.rates
        told: dict[str, object] = {}
        if rates.usage:
            details = {"prompt_tokens_details": {"cached_tokens": asked.cached}} if rates.cached_told else {}
            told["usage"] = usage(asked.prompt, asked.written, **details)
        if rates.timings:
            timings: dict[str, Any] = {
                "cache_n": asked.cached,
                "prompt_n": asked.prompt - asked.cached,
                "prompt_per_second": rates.prompt_per_s,
                "predicted_n": asked.written,
                "predicted_per_second": rates.output_per_s,
            }
            if rates.drafted:
                timings |= {"draft_n": rates.drafted[0], "draft_n_accepted": rates.drafted[1]}
            told["timings"] = timings
        return told


def _rendered(request: Request) -> str:
    """Return the conversation as a template would lay it out."""
    said = "".join(f"<|{m.get('role')}|>{m.get('content') or ''}<|end|>" for m in request.messages)
    return f"{_TEMPLATE}{said}<|assistant|>"


def _shared(one: str, other: str) -> int:
    """Return how many characters both begin with."""
    differing = (place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
    return next(differing, min(len(one), len(other)))


def _pieces(tokens: int, rates: Rates) -> list[dict[str, str]]:
    """Return the deltas of a reply, reasoning first."""
    per_chunk, thought = rates.tokens_per_chunk, round(tokens * rates.thinks)
    found = []
    for channel, count in (("reasoning_content", thought), ("content", tokens - thought)):
        for start in range(0, count, per_chunk):
            size = round(min(per_chunk, count - start) * rates.characters_per_token)
            found.append({channel: f"{start:>{size}}"[-size:]})
    return found


def _exceeded(prompt: int, context: int) -> Script:
    message = f"request ({prompt} tokens) exceeds the available context size ({context} tokens)"
    told = {"type": "exceed_context_size_error", "n_prompt_tokens": prompt, "n_ctx": context}
    return refusal(400, {"error": {"code": 400, "message": message, **told}})
