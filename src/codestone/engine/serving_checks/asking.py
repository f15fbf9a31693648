"""Ask a serving path, with small output budgets and inside a bounded time. Nothing is judged here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic_ns

import orjson

from codestone.endpoint.chat import Message, Reply, Stop, Timeouts, Tools
from codestone.endpoint.client import Client
from codestone.engine.asking import asker, merged
from codestone.serving import Finding
from codestone.timing import Channel
from codestone.trial import Contestant, Doing, Ending, Usage

LONGEST_TOKEN = 16
"""Characters; more text than this a token means that the output budget was not kept."""
_BUDGETS = {"max_tokens", "max_completion_tokens", "n_predict", "num_predict"}
_SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question and its reply; ``about`` is the finding that it was asked for."""

    about: str
    messages: tuple[Message, ...]
    tools: Tools
    max_tokens: int
    reply: Reply

    @property
    def sent_characters(self) -> int:
        """Characters of the messages and of the tools as JSON."""
        tools = len(orjson.dumps(list(self.tools))) if self.tools else 0
        return tools + sum(len(message.content) for message in self.messages)

    @property
    def usage(self) -> Usage:
        """What the server counted."""
        return self.reply.exchange.usage or Usage()

    @property
    def detail(self) -> str:
        """What the server said, or what broke."""
        return self.reply.exchange.detail

    @property
    def ending(self) -> Ending:
        """Why the exchange ended."""
        return self.reply.exchange.ending

    @property
    def refused(self) -> bool:
        """Whether the server answered this request with an error, and not because it was busy or loading."""
        status = self.reply.exchange.status
        refusing = {Ending.REJECTED, Ending.SERVER_ERROR, Ending.CONTEXT_OVERFLOW}
        return status is not None and not 200 <= status < 300 and self.ending in refusing

    @property
    def late(self) -> bool:
        """Whether our own time ended it."""
        return self.ending is Ending.OUT_OF_TIME

    @property
    def broke(self) -> bool:
        """Whether the server took the request, and its reply broke off or held an error."""
        ended = {Ending.STREAM_BROKEN, Ending.SERVER_ERROR, Ending.STALLED}
        return not self.refused and self.reply.exchange.status is not None and self.ending in ended

    @property
    def heard(self) -> bool:
        """Whether a reply came, whole or cut by the budget."""
        return not self.refused and self.ending.doing is Doing.MODEL


def unheard(about: str, asked: Asked | None, *, refusal: str = "", remedy: str = "") -> Finding | None:
    """Return the finding for a question without a reply to judge; None where there is one.

    ``refusal`` says what a refused request means; a stream that broke is judged with all other streams.
    """
    if asked is not None and asked.heard and asked.ending is not Ending.THOUGHT_OUT:
        return None
    if asked is not None and asked.refused and refusal:
        return Finding(id=about, state="broken", words=refusal, evidence=asked.detail, remedy=remedy)
    words = "no time" if asked is None or asked.late else asked.ending.words
    return Finding(
        id=about, state="not measured", words=f"not measured: {words}", evidence=asked.detail if asked else ""
    )


class Asking:
    """Asks one contestant as a driver would, and keeps all that came back; ``begin`` starts the clock."""

    def __init__(self, contestant: Contestant, client: Client, *, limit_s: float) -> None:
        self._contestant, self._client = contestant, client
        self._limit_s, self._question_s = limit_s, limit_s / 3
        self._begun_ns = monotonic_ns()
        self.asked: list[Asked] = []

    def begin(self) -> None:
        """Start the clock: the model is loaded."""
        self._begun_ns = monotonic_ns()

    def extend(self, factor: float) -> None:
        """Allow more time for all questions together, and no more for one."""
        self._limit_s *= factor

    def left_s(self, share: float = 1.0) -> float:
        """Seconds until that share of the whole time has passed."""
        return share * self._limit_s - (monotonic_ns() - self._begun_ns) / 1e9

    def first(self, about: str, messages: Sequence[Message], max_tokens: int, *, bare: bool = False) -> Asked:
        """Ask without a limit of ours: the model may have to be loaded.

        ``bare``: nothing of the contestant's own goes with it.
        """
        told = self._with({}, bare=bare)
        return self._ask(about, messages, max_tokens, contestant=told, limit_s=None)

    def ask(  # noqa: PLR0913 - each keyword is one part of the request
        self,
        about: str,
        messages: Sequence[Message],
        max_tokens: int,
        *,
        tools: Tools = (),
        extra: Mapping[str, object] | None = None,
        seeded: bool = False,
        share: float = 0.6,
    ) -> Asked | None:
        """Ask, unless that share of the time is over already; None then.

        One question has a third of the limit at most; the last ones, whose share is 1, all that is left
        where that is more.
        """
        left_s = self.left_s(share)
        if left_s <= 0:
            return None
        told = self._with(extra or {}, seeded=seeded)
        limit_s = max(left_s, self._question_s) if share == 1 else self._question_s
        return self._ask(about, messages, max_tokens, tools=tools, contestant=told, limit_s=limit_s)

    def _ask(  # noqa: PLR0913
        self,
        about: str,
        messages: Sequence[Message],
        max_tokens: int,
        *,
        contestant: Contestant,
        limit_s: float | None,
        tools: Tools = (),
    ) -> Asked:
        ask = asker(
            contestant,
            self._client,
            seed=_SEED,
            timeouts=None if limit_s is None else Timeouts(wall_s=limit_s),
            on_text=_guard(max_tokens),
        )
        reply = ask(messages, max_tokens, tools=tools)
        asked = Asked(about=about, messages=tuple(messages), tools=tools, max_tokens=max_tokens, reply=reply)
        self.asked.append(asked)
        return asked

    def _with(self, extra: Mapping[str, object], *, seeded: bool = False, bare: bool = False) -> Contestant:
        """Return the contestant with a request of ours laid over its own; our budget holds, not its own."""
        sampling, thinking = self._contestant.sampling, self._contestant.thinking
        own = {} if bare else {k: v for k, v in sampling.request.items() if k not in _BUDGETS}
        sampled = sampling.model_copy(
            update={"request": merged(own, extra), "seeded": seeded or (sampling.seeded and not bare)}
        )
        changes: dict[str, object] = {"sampling": sampled}
        if bare:
            changes["thinking"] = thinking.model_copy(update={"request": {}, "prefix": ""})
        return self._contestant.model_copy(update=changes)


class _Guard:
    """Ends a reply that goes far beyond its budget."""

    def __init__(self, most_characters: int) -> None:
        self._left = most_characters

    def __call__(self, text: str, channel: Channel) -> Stop | None:  # noqa: ARG002 - the protocol's
        self._left -= len(text)
        return Stop(Ending.CUT_OFF, "far more text than the budget allows") if self._left < 0 else None


def _guard(max_tokens: int) -> _Guard:
    return _Guard(LONGEST_TOKEN * max_tokens + 256)
