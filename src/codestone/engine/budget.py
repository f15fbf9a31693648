"""The time that a run may take: ``--budget 8h``."""

from time import monotonic_ns

from codestone.endpoint.chat import Stop
from codestone.timing import Channel
from codestone.trial import Ending


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
    def spent(self) -> bool:
        """Whether the time is up."""
        return self.left_s == 0.0

    def has_room(self, seconds: float) -> bool:
        """Whether that much time is left."""
        left_s = self.left_s
        return left_s is None or seconds <= left_s

    def listen(self, text: str, channel: Channel) -> Stop | None:  # noqa: ARG002 - an OnText
        """End a reply that is still coming when the time is up: not the model's doing."""
        return Stop(Ending.CANCELLED, f"the budget of {self.seconds:g} s was used up") if self.spent else None
