"""Marks on the clock, and the figures that follow from them. Pure arithmetic, no I/O.

All instants are nanoseconds of one ``perf_counter_ns`` clock, counted from the moment the request had
been handed to the kernel (``sent``). Taken by ``endpoint/client.py`` and nowhere else.

Terms, as the field has them (a bare "TPOT" has two meanings and is not used):

    TTFT  sent → first non-empty content, reasoning or tool text
    TTFO  sent → first content or tool text: what a user can use
    ICL   gaps between arrivals, a distribution
    ITL   (t_last - t_first) / (N - n_first), N tokens from usage
    tg    1 / ITL, tokens per second
    wall  sent → end of the stream, thinking included

A role-only chunk, prompt progress, loading text and keep-alives are no token and make no arrival.
``None`` means not measured, and is never 0.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

RATE_FLOOR_TOKENS = 64
"""Fewer tokens than this make no rate: the first and the last gap would decide it."""


class Channel(StrEnum):
    """Which part of the delta a text came in."""

    CONTENT = "content"
    REASONING = "reasoning"
    TOOL = "tool"


class Arrival(NamedTuple):
    """One piece of text: when its bytes were read, where it belongs, how many characters it has."""

    at_ns: int
    channel: Channel
    characters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The raw clock of one exchange; instants in ns after ``sent``, ``connect_ns`` is a duration."""

    connect_ns: int | None
    headers_ns: int | None
    arrivals: tuple[Arrival, ...]
    end_ns: int | None
    event_ns: int | None = None  # of the first event, a role-only chunk too: no arrival, but worth knowing

    @property
    def ttft_ns(self) -> int | None:
        """Sent → first text of any channel."""
        return self.arrivals[0].at_ns if self.arrivals else None

    @property
    def ttfo_ns(self) -> int | None:
        """Sent → first text that is not reasoning."""
        return next((a.at_ns for a in self.arrivals if a.channel is not Channel.REASONING), None)

    @property
    def last_ns(self) -> int | None:
        """Sent → last text."""
        return self.arrivals[-1].at_ns if self.arrivals else None

    @property
    def gaps_ns(self) -> tuple[int, ...]:
        """Inter-chunk latencies: the gaps between arrivals, in order."""
        instants = [arrival.at_ns for arrival in self.arrivals]
        return tuple(late - early for early, late in pairwise(instants))

    def itl_ns(self, completion_tokens: int | None) -> float | None:
        """Mean time per token after the first chunk; None below RATE_FLOOR_TOKENS or without usage.

        Where several tokens come in one chunk, the first chunk is taken to hold as many as the mean
        chunk does (n_first), so that its tokens are not counted into a span that they precede.
        """
        if completion_tokens is None or completion_tokens < RATE_FLOOR_TOKENS or len(self.arrivals) < 2:
            return None
        n_first = max(1.0, completion_tokens / len(self.arrivals))
        span_ns = self.arrivals[-1].at_ns - self.arrivals[0].at_ns
        return span_ns / (completion_tokens - n_first) if span_ns > 0 else None

    def tokens_per_second(self, completion_tokens: int | None) -> float | None:
        """tg: 1 / ITL."""
        itl_ns = self.itl_ns(completion_tokens)
        return None if itl_ns is None else 1e9 / itl_ns
