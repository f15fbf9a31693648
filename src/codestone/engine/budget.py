"""The time that a run may take: ``--budget 8h``."""

from dataclasses import replace
from time import monotonic_ns

from codestone.endpoint.chat import Stop, Timeouts
from codestone.timing import Channel
from codestone.trial import Ending

GRACE_S = 5.0
"""A reply that is still silent when the time is up is given up after so much more."""


class Budget:
    """Seconds from now on; None: as long as it takes."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._end_ns = None if seconds is None else monotonic_ns() + int(seconds * 1e9)

    @property
    def left_s(self) -> float | None:
        """Seconds that are left, 0.0 where none are; None without a budget."""
        return None if self._end_ns is None else max(0.0, (self._end_ns - monotonic_ns()) / 1e9)

    @property
    def words(self) -> str:
        """Say that it is used up."""
        return f"the budget of {self.seconds:g} s was used up"

    @property
    def spent(self) -> bool:
        """Whether the time is up."""
        return self.left_s == 0.0

    def has_room(self, seconds: float) -> bool:
        """Whether that much time is left."""
        left_s = self.left_s
        return left_s is None or seconds <= left_s

    def bounds(self, timeouts: Timeouts) -> Timeouts:
        """Return the limits of a reply, cut to what is left: a silent server must not outlast the budget."""
        left_s = self.left_s
        if left_s is None:
            return timeouts
        most_s = left_s + GRACE_S
        return replace(timeouts, first_s=min(timeouts.first_s, most_s), wall_s=min(timeouts.wall_s, most_s))

    def listen(self, text: str, channel: Channel) -> Stop | None:  # noqa: ARG002 - an OnText
        """End a reply that is still coming when the time is up: not the model's doing."""
        return Stop(Ending.CANCELLED, self.words) if self.spent else None
