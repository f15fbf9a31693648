"""A question in Python that is asked while the candidate's steps and its calls of the library are counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codestone.grading.answer import Answer, Raised
from codestone.grading.candidate import Candidate
from codestone.grading.channel import CandidateFailed
from codestone.grading.findings import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What came of a question, and what was counted inside meanwhile.

    `steps` are lines executed, calls and returns, all in Python. `calls` has how often each watched function
    was called on how many entries: `("sorted", 100): 1`. `meddling` says what the candidate did to the count;
    where it is not empty the figures prove nothing.
    """

    answer: Answer
    steps: int
    calls: Mapping[tuple[str, int], int]
    meddling: tuple[str, ...]


def watched(candidate: Candidate, name: str, /, *args: Any, **kwargs: Any) -> Watched:
    """Ask as `candidate.ask` does while it is counted what the candidate does; for Python.

    The first question of a check about the candidate's module, which then finds what it imports wrapped. What
    is counted, and what it proves: docs/reference/channel.md.
    """
    said = candidate.question("watched", None, (name, list(args), kwargs), {})
    parts = [shown(arg, 60) for arg in args] + [f"{key}={shown(value, 60)}" for key, value in kwargs.items()]
    asked = f"{name}({', '.join(parts)})"
    match said.value:
        case (value, raised, int(steps), [*calls], [*meddling]) if all(
            isinstance(why, str) for why in meddling
        ):
            return Watched(
                answer=Answer(asked, value, _raised(raised, asked)),
                steps=steps,
                calls=_counted(calls, asked),
                meddling=tuple(meddling),
            )
    raise CandidateFailed(f"{asked}: bytes outside the protocol")


def _raised(raised: Any, asked: str) -> Raised | None:
    match raised:
        case None:
            return None
        case ([*names], str(message)) if all(isinstance(name, str) for name in names):
            return Raised(tuple(names), message, None)
    raise CandidateFailed(f"{asked}: bytes outside the protocol")


def _counted(calls: list[Any], asked: str) -> dict[tuple[str, int], int]:
    counted = {}
    for call in calls:
        match call:
            case (str(name), int(entries), int(times)):
                counted[name, entries] = times
            case _:
                raise CandidateFailed(f"{asked}: bytes outside the protocol")
    return counted
