"""What came back for one question, and how a check judges it."""

import builtins
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from codestone.grading.channel import CandidateFailed
from codestone.grading.findings import Finding, fail, ok, one_line, shown
from codestone.grading.values import same


class Answer:
    """What came back for one question: a value, or an exception that the candidate raised."""

    def __init__(self, asked: str, value: Any = None, raised: "Raised | None" = None) -> None:
        self.asked, self._value, self.raised = asked, value, raised

    @property
    def value(self) -> Any:
        """The value; raises CandidateFailed (this check's failure) when an exception came instead."""
        if self.raised:
            raise CandidateFailed(f"{self.asked} raised {self.raised}")
        return self._value

    def gives(self, expected: Any) -> Finding:
        """Pass when the value is the same as expected, types included."""
        if self.raised:
            return fail(f"{self.asked} raised {self.raised}; expected {shown(expected)}")
        if self._value is expected or same(self._value, expected):
            return ok(f"{self.asked} → {shown(self._value)}")
        return fail(f"{self.asked} → {shown(self._value)}; expected {shown(expected)}")

    def raises(self, kind: str, *, saying: str = "") -> Finding:
        """Pass when an exception of that type, or of a type derived from it, was raised.

        ``saying`` must stand in its message.
        """
        if self.raised and self.raised.is_a(kind) and saying in self.raised.message:
            return ok(f"{self.asked} raised {self.raised}")
        came = f"raised {self.raised}" if self.raised else f"→ {shown(self._value)}"
        return fail(f"{self.asked} {came}; expected {kind}{f' saying {shown(saying)}' if saying else ''}")

    def satisfies(self, predicate: Callable[[Any], bool], words: str) -> Finding:
        """Pass when the predicate holds for the value; ``words`` say what was expected."""
        if self.raised:
            return fail(f"{self.asked} raised {self.raised}; expected {words}")
        came = f"{self.asked} → {shown(self._value)}"
        return ok(came) if predicate(self._value) else fail(f"{came}; expected {words}")


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception inside: names of its type's MRO, its message, the candidate's line."""

    types: tuple[str, ...]
    message: str
    line: str | None

    def is_a(self, kind: str) -> bool:
        """Whether the MRO has the builtin of that name (in Python), or else a type called so."""
        python = any(name.startswith("builtins.") for name in self.types)
        if python and hasattr(builtins, kind):
            return f"builtins.{kind}" in self.types
        return any(name.rpartition(".")[2] == kind for name in self.types)

    def __str__(self) -> str:
        name = self.types[0].removeprefix("builtins.") if self.types else "an exception"
        where = f" at {self.line}" if self.line else ""
        return one_line(f"{name[:200]}({self.message[:200]!r}){where[:200]}")
