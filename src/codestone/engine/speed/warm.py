"""The warm-up of a speed stint: asked first, never counted, and what sizes the prompts that are.

It loads the model, has the machine's kernels compiled for short and long prompts, and tells how many tokens
this tokenizer makes of a character and how much the context really holds. Its prompts are those of the
trials; its replies are short.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from codestone.endpoint.chat import Ask, Message, Reply
from codestone.engine.serving_checks.prompts import context_in
from codestone.engine.speed import texts
from codestone.engine.speed.sizing import CUT_SHARE, Gauge, Size, fitting, gauge, size
from codestone.engine.speed.trials import LEAST_LARGE_TOKENS, TRIALS
from codestone.speed_record import Kind
from codestone.trial import Ending

WARM_TOKENS = 32
_SHORT, _LONGER = 320, 1_600
"""Characters of the first two prompts, from which the tokenizer is known."""
_LARGE = TRIALS["large-code"]


class WarmUpFailed(Exception):
    """The server did not answer one of the warm-up's prompts; ``reply`` says how it ended."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.exchange.detail)
        self.reply = reply


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limit:
    """A context, and how it is known."""

    context: int | None
    found: str = "the context has"


def salt() -> str:
    """Return how a prompt begins that no other has begun like."""
    return secrets.token_hex(8)


def warm_up(ask: Ask, context: int | None) -> Mapping[str, Size]:
    """Ask four prompts and return the size of each trial's prompt; ``context`` is what is known of it.

    Raises WarmUpFailed.
    """
    short, longer = _read(ask, "code", _SHORT), _read(ask, "code", _LONGER)
    gauged = None
    if short is not None and longer is not None:
        gauged = gauge("code", (_SHORT, short), (_LONGER, longer))
    prose = _read(ask, "prose", _SHORT)
    if gauged is not None and prose is not None:
        gauged = gauged.also("prose", characters=_SHORT, tokens=prose)
    limit = _limit(ask, gauged, _Limit(context=context))
    return {
        trial.name: size(trial, gauged, context=limit.context, found=limit.found) for trial in TRIALS.values()
    }


def finished(reply: Reply) -> bool:
    """Whether a reply came to its end, whatever is in it: then it can be timed."""
    return reply.exchange.ending.measured and reply.exchange.ending is not Ending.CONTEXT_OVERFLOW


def _limit(ask: Ask, gauged: Gauge | None, limit: _Limit) -> _Limit:
    """Ask the large prompt, ever smaller until the server takes it whole; return the limit that was met."""
    while True:
        aimed = size(_LARGE, gauged, context=limit.context, found=limit.found)
        if aimed.why_not:
            return limit
        reply = _asked(ask, "code", aimed.characters)
        if finished(reply):
            return _cut(reply, aimed, gauged) or limit
        if reply.exchange.ending is not Ending.CONTEXT_OVERFLOW:
            raise WarmUpFailed(reply)
        tokens, _ = fitting(_LARGE, limit.context, "")
        told = context_in(reply.exchange.detail)
        smaller = told if told is not None and told < (limit.context or tokens) else tokens // 2
        if smaller < LEAST_LARGE_TOKENS:
            raise WarmUpFailed(reply)
        limit = _Limit(context=smaller, found="the server refuses prompts beyond")


def _cut(reply: Reply, aimed: Size, gauged: Gauge | None) -> _Limit | None:
    """Return what is read of a prompt that the server cut without saying so; None where it is whole."""
    usage = reply.exchange.usage
    read = usage.prompt_tokens if usage else None
    if gauged is None or read is None or read >= CUT_SHARE * gauged.tokens("code", aimed.characters):
        return None
    return _Limit(context=read, found="the server cuts prompts, without saying so, to")


def _read(ask: Ask, kind: Kind, characters: int) -> int | None:
    """Ask a prompt and return its tokens as the server counted them; None where it did not."""
    reply = _asked(ask, kind, characters)
    if not finished(reply):
        raise WarmUpFailed(reply)
    usage = reply.exchange.usage
    return usage.prompt_tokens or None if usage else None


def _asked(ask: Ask, kind: Kind, characters: int) -> Reply:
    text = texts.prompt(kind, characters, salt=salt())
    return ask([Message(role="user", content=text)], WARM_TOKENS)
