"""Whether a contestant thinks: believed when its replies show it, not because a flag was sent. Pure.

A reply thinks where it brought reasoning text, or the server counted reasoning tokens. Replies that brought
nothing at all are no evidence. Not covered: thinking that a server hides and does not count.
"""

from collections.abc import Sequence

from codestone.speed_record import SpeedRecord
from codestone.stats.summary import ThinkingSeen
from codestone.trial import Contestant, Exchange, TrialRecord

Asked = TrialRecord | SpeedRecord


def seen_of(contestant: Contestant, records: Sequence[Asked]) -> ThinkingSeen:
    """Return how many of one contestant's replies think; ``records`` are its own."""
    replies = [exchange for record in records for exchange in record.exchanges if _said(exchange)]
    thought = sum(_thinks(exchange) for exchange in replies) if replies else None
    mode = contestant.thinking.mode
    return ThinkingSeen(
        contestant=contestant.name,
        mode=mode,
        thought=thought,
        replies=len(replies),
        words=_words(mode, thought, len(replies)),
    )


def _said(exchange: Exchange) -> bool:
    if exchange.content_characters or exchange.reasoning_characters:
        return True
    return bool(exchange.usage and exchange.usage.completion_tokens)


def _thinks(exchange: Exchange) -> bool:
    return bool(exchange.reasoning_characters or (exchange.usage and exchange.usage.reasoning_tokens))


def _words(mode: str, thought: int | None, replies: int) -> str:
    """Say what was wanted and what was seen; "but" where the two contradict each other."""
    if thought is None:
        return "left to the server; no reply" if mode == "default" else f"declared {mode}; no reply"
    seen = f"{thought} of {replies} {'reply thinks' if replies == 1 else 'replies think'}"
    match mode:
        case "off":
            return f"declared off, but {seen}" if thought else f"off, as declared: {seen}"
        case "on":
            return f"on, as declared: {seen}" if thought else f"declared on, but {seen}"
    return f"left to the server: {seen}"
