"""Things of ours that cross into the box as handles: functions that the candidate calls, opaque elements."""

from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import signature
from typing import TYPE_CHECKING, Any

from codestone.grading.channel import CandidateFailed

if TYPE_CHECKING:
    from codestone.grading.candidate import Candidate

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "lt": lambda a, b: bool(a < b),
    "le": lambda a, b: bool(a <= b),
    "gt": lambda a, b: bool(a > b),
    "ge": lambda a, b: bool(a >= b),
    "eq": lambda a, b: bool(a == b),
    "ne": lambda a, b: bool(a != b),
}
"""What an element can be asked, by ranks."""


class Throw(Exception):
    """Raised by a callback of ours, so that a builtin exception is raised inside: Throw("KeyError")."""

    def __init__(self, kind: str, message: str = "") -> None:
        super().__init__(kind, message)
        self.kind, self.message = kind, message


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """An opaque element: inside it can only be compared, and each comparison is answered out here by rank."""

    rank: Any

    def __repr__(self) -> str:
        return f"<element of rank {self.rank!r}>"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a callback by the candidate; ``at_ns`` is perf_counter_ns when it arrived."""

    at_ns: int
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    identity: str


@dataclass(slots=True, eq=False)
class Callback:
    """A function of ours that the candidate may call, from any thread. Each call is stamped and kept.

    ``returns`` answers at once (it must not block); without it the answer is withheld until ``release``.
    """

    candidate: "Candidate"
    returns: Callable[..., Any] | None
    name: str
    kind: str = "function"
    calls: list[Call] = field(default_factory=list)
    held: list[Call] = field(default_factory=list)

    def wait_for(self, count: int, *, limit_s: float | None = None) -> bool:
        """Wait until it was called ``count`` times; False when that did not happen within the limit."""
        return self.candidate.wait(lambda: len(self.calls) >= count, limit_s=limit_s)

    def release(self, value: Any = None, *, call: Call | None = None) -> None:
        """Answer a withheld call (the oldest, unless told) with ``value``; a Throw is raised inside.

        Raises CandidateFailed where it was never called, or every call was answered.
        """
        if call is None and not self.held:
            raise CandidateFailed(f"{self.name} was not called")
        chosen = call or self.held[0]
        self.held.remove(chosen)
        self.candidate.reply(chosen.identity, value)

    def __repr__(self) -> str:
        return self.name


def takes(returns: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Tell whether a function of ours can be called with these at all."""
    try:
        signature(returns).bind(*args, **kwargs)
    except TypeError:
        return False
    except ValueError:  # a builtin that does not tell
        return True
    return True
