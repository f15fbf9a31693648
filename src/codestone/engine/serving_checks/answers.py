"""Whether the server answers at all, to what a contestant's requests carry, and to a seed. Pure."""

from collections.abc import Sequence

from codestone.engine.serving_checks.asking import Asked, unheard
from codestone.serving import Finding
from codestone.trial import Contestant, Ending

NAME = "answers"
_KEY = "the API key: --key-env NAME"


def judge_answers(contestant: Contestant, asked: Sequence[Asked], *, bare: Asked | None = None) -> Finding:
    """Judge the first reply; ``bare`` is the same question without anything of the contestant's own.

    A server that was gone later on is named here too.
    """
    first, gone = asked[0], [one for one in asked if one.ending is Ending.UNREACHABLE]
    spoke = first.heard or first.broke
    if spoke and gone:
        words = f"the server stopped answering after {asked.index(gone[0])} questions"
        return Finding(
            id=NAME, state="broken", words=words, evidence=gone[0].detail, remedy="the server's log"
        )
    if spoke:
        return Finding(id=NAME, state="ok", words="the server answers", evidence=f"{len(asked)} questions")
    if first.ending in {Ending.LOADING, Ending.BUSY}:
        words = f"not measured: {first.ending.words}"
        return Finding(
            id=NAME, state="not measured", words=words, evidence=first.detail, remedy="try again in a minute"
        )
    if bare is not None and bare.heard:
        carried = ", ".join(sorted({**contestant.sampling.request, **contestant.thinking.request}))
        words = f"the server refuses what this contestant's requests carry: {carried or 'a seed'}"
        remedy = "`sampling` and `thinking.request` of the contestant, as this server knows them"
        return Finding(id=NAME, state="broken", words=words, evidence=first.detail, remedy=remedy)
    remedy = _KEY if first.reply.exchange.status in {401, 403} else "the server's log"
    words = f"the server does not answer: {first.ending.words}"
    return Finding(id=NAME, state="broken", words=words, evidence=first.detail, remedy=remedy)


def unloaded(why: str, remedy: str) -> Finding:
    """Return the finding on a server that could not be started."""
    words = "the server could not be started"
    return Finding(id=NAME, state="broken", words=words, evidence=why, remedy=remedy)


def carries(contestant: Contestant) -> bool:
    """Whether a contestant's requests hold more than the question."""
    sampling, thinking = contestant.sampling, contestant.thinking
    return bool(sampling.request or sampling.seeded or thinking.request or thinking.prefix)


def judge_seed(asked: Asked | None, contestant: Contestant) -> Finding:
    """Judge whether a seed is taken; it must be where the contestant's sampling is seeded."""
    if asked is not None and asked.refused:
        state, words = ("broken" if contestant.sampling.seeded else "warning"), "a seed is refused"
        remedy = "sampling mode `server`, which sends none"
        found = {"id": "seed", "state": state, "words": words, "evidence": asked.detail, "remedy": remedy}
        return Finding.model_validate(found)
    if asked is not None and asked.heard:
        return Finding(id="seed", state="ok", words="a seed is accepted")
    return unheard("seed", asked) or Finding(id="seed", state="not measured", words="not measured")
