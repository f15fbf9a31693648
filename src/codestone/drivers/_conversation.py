"""A conversation in the making: messages that grow with the replies, and what it may still use."""

from collections.abc import Sequence
from time import perf_counter_ns
from typing import NamedTuple

from codestone.answers import Answer
from codestone.drivers import Transcript
from codestone.drivers._reply import READ
from codestone.endpoint.chat import Ask, Message, Reply, ToolCall, Tools
from codestone.task import Limits
from codestone.trial import Ending


class Ended(NamedTuple):
    """Why a conversation is over, with one line for a reader."""

    ending: Ending
    detail: str = ""


class Conversation:
    """Holds the messages, and asks; its clock starts when it is made.

    Tokens are those that ``usage`` counts as completion. A reply without usage counts nothing: characters
    are no tokens, and a server that does not count is not the model's doing. Such a conversation is still
    bounded, by ``limits.turns`` replies of ``limits.reply_tokens`` each.
    """

    def __init__(self, limits: Limits, ask: Ask, *, tools: Tools = ()) -> None:
        self._limits, self._ask, self._tools = limits, ask, tools
        self._began_ns = perf_counter_ns()
        self._messages: list[Message] = []
        self._sent: tuple[Message, ...] = ()
        self._replies: list[Reply] = []
        self._files: dict[str, None] = {}
        self._tokens = 0

    @property
    def replies(self) -> int:
        """How many replies came."""
        return len(self._replies)

    @property
    def files(self) -> tuple[str, ...]:
        """Paths written so far, in the order in which they were first written."""
        return tuple(self._files)

    def say(self, *messages: Message) -> None:
        """Add what is sent with the next question."""
        self._messages.extend(messages)

    def ask(self) -> Reply:
        """Send everything said so far; the reply may use what is left, and no more than one reply may."""
        self._sent = tuple(self._messages)
        left = max(1, self._limits.conversation_tokens - self._tokens)
        reply = self._ask(self._sent, min(self._limits.reply_tokens, left), tools=self._tools)
        self._replies.append(reply)
        usage = reply.exchange.usage
        self._tokens += (usage.completion_tokens if usage else None) or 0
        return reply

    def heard(self, reply: Reply, calls: tuple[ToolCall, ...] = ()) -> None:
        """Add the reply to what is sent next; whether its reasoning goes back is the contestant's matter."""
        self.say(
            Message(role="assistant", content=reply.content, tool_calls=calls, reasoning=reply.reasoning)
        )

    def wrote(self, paths: Sequence[str]) -> None:
        """Note paths that were written."""
        self._files |= dict.fromkeys(paths)

    def stopped(self, reply: Reply) -> Ended | None:
        """Return the end where the exchange itself ended the conversation: nothing can be said after it."""
        if reply.exchange.ending in READ:
            return None
        return Ended(reply.exchange.ending, self.at(reply.exchange.detail))

    def spent(self) -> Ended | None:
        """Return the end where there may be no further question.

        Time alone scores no model down: a slow machine is slow, not wrong.
        """
        limits, wall_s = self._limits, (perf_counter_ns() - self._began_ns) / 1e9
        if self.replies >= limits.turns:
            return Ended(Ending.TURNS_SPENT, f"all {limits.turns} replies were used")
        if self._tokens >= limits.conversation_tokens:
            used = f"{self._tokens:,} of {limits.conversation_tokens:,} output tokens"
            return Ended(Ending.TURNS_SPENT, f"{used} were used in {self.replies} replies")
        if wall_s >= limits.conversation_s:
            allowed = f"the conversation may take {limits.conversation_s:g} s"
            return Ended(Ending.OUT_OF_TIME, f"{wall_s:.0f} s for {self.replies} replies; {allowed}")
        return None

    def at(self, words: str) -> str:
        """Return the words with the number of the reply that they are about."""
        return f"reply {self.replies}: {words}" if words else f"reply {self.replies}"

    def transcript(self, ended: Ended, answer: Answer | None = None) -> Transcript:
        """Return what is left of it."""
        return Transcript(
            replies=tuple(self._replies),
            messages=self._sent,
            answer=answer,
            files=self.files,
            ending=ended.ending,
            detail=ended.detail,
        )
