"""How fast a contestant is, roughly, in a minute at most: for a forecast, never for a report.

Two requests. The first is short, and pays for loading the model; the second is as long as the speed that
the first showed allows within the time, and its figures count. Where it did not come to its end, those of
the first do. Neither repeats the other's prompt, so that no prefix is cached.

Covered: tokens/s on any channel, thinking included, by the server's own count of tokens. Not covered: the
speed of long prompts; with a draft model, the speed on code, which may be higher.
"""

import secrets
from dataclasses import dataclass
from time import perf_counter_ns

from codestone.endpoint.chat import Message, Reply, Timeouts
from codestone.endpoint.client import Client
from codestone.engine.asking import asker, unbudgeted
from codestone.timing import RATE_FLOOR_TOKENS
from codestone.trial import Contestant, Ending

LIMIT_S = 60.0
SHORT_TOKENS, LONG_TOKENS = 96, 512
"""Output budgets of the two requests; a rate needs 64 tokens."""
_USED = 0.5
"""Of what is left of the time, the second request is to need this share at the speed of the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a probe found; None is not measured, and then ``why`` says the reason.

    ``tokens_per_s``: tg of ``codestone.timing``. ``prompt_tokens_per_s``: uncached prompt tokens by TTFT,
    which has a little more in it than the prompt, so that it is a lower bound; of the second request alone.
    ``load_ns``: TTFT of the first, the loading of the model included where it was not loaded.
    """

    tokens_per_s: float | None
    prompt_tokens_per_s: float | None
    load_ns: int | None
    why: str = ""


def probe(contestant: Contestant, client: Client, *, limit_s: float = LIMIT_S) -> Probe:
    """Ask twice, within ``limit_s`` altogether, and return how fast the answers came. Never raises for it."""
    begun_ns = perf_counter_ns()
    bounded = unbudgeted(contestant)
    first = _ask(bounded, client, SHORT_TOKENS, limit_s=limit_s)
    speed = first.exchange.speed.tg
    left_s = limit_s - (perf_counter_ns() - begun_ns) / 1e9
    tokens = 0 if speed is None else min(LONG_TOKENS, int(speed * left_s * _USED))
    second = _ask(bounded, client, tokens, limit_s=left_s) if tokens > SHORT_TOKENS else None
    longer = second.exchange.speed.tg if second else None
    return Probe(
        tokens_per_s=speed if longer is None else longer,
        prompt_tokens_per_s=_prefill(second) if second else None,
        load_ns=first.exchange.speed.ttft_ns,
        why=_why(first) if speed is None else "",
    )


def _ask(contestant: Contestant, client: Client, tokens: int, *, limit_s: float) -> Reply:
    seconds = max(limit_s, 0.1)
    timeouts = Timeouts(connect_s=min(seconds, 5.0), first_s=seconds, silence_s=seconds, wall_s=seconds)
    ask = asker(contestant, client, seed=1, timeouts=timeouts)
    return ask([Message(role="user", content=_prompt())], tokens)


def _prompt() -> str:
    """Return a prompt of some 200 tokens that begins like no other and asks for a long answer."""
    first = secrets.randbelow(9000) + 1000
    listed = ", ".join(str(first + step) for step in range(0, 200, 7))
    return (
        f"{first} is the first number of this list: {listed}. Leave the list as it is. Write all whole "
        "numbers from one to five hundred in English words, one a line, without any other text."
    )


def _prefill(reply: Reply) -> float | None:
    """Return uncached prompt tokens per second of TTFT; None below 64 tokens, or where none were told."""
    usage, ttft_ns = reply.exchange.usage, reply.exchange.speed.ttft_ns
    if usage is None or usage.prompt_tokens is None or not ttft_ns:
        return None
    uncached = usage.prompt_tokens - (usage.cached_tokens or 0)
    return uncached * 1e9 / ttft_ns if uncached >= RATE_FLOOR_TOKENS else None


def _why(reply: Reply) -> str:
    exchange = reply.exchange
    if exchange.ending is Ending.OUT_OF_TIME:  # its words compare with a speed that nobody knows yet
        return exchange.detail
    if exchange.ending not in {Ending.ANSWERED, Ending.THOUGHT_OUT, Ending.EMPTY}:
        return f"{exchange.ending.words}: {exchange.detail}"
    if exchange.usage is None or exchange.usage.completion_tokens is None:
        return "the server does not tell how many tokens it wrote"
    if exchange.usage.completion_tokens < RATE_FLOOR_TOKENS:
        return f"{exchange.usage.completion_tokens} tokens came, and a rate needs {RATE_FLOOR_TOKENS}"
    return "all text came at once"
