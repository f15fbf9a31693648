"""Every error a user can meet.

CodestoneError                exit 1   our own fault, unless a subclass says otherwise
├── UsageError                exit 2   what was asked cannot be done as written
│   ├── UnknownName           exit 2   no suite, task, driver … of that name ("did you mean")
│   └── TaskError             exit 2   a task or suite is malformed: every fault at once
├── EndpointError             exit 3   the server was not reached, or answered what it should not
├── ToolchainMissing          exit 4   a compiler or interpreter is not installed
├── SandboxError              exit 5   no box could be built, or it broke
├── StoreError                exit 6   a run directory cannot be read or written
├── NothingMeasured           exit 7   a run ended without one measured trial
├── BelowThreshold            exit 8   a threshold that the user set was missed
└── TaskCheckFailed           exit 9   a task does not prove itself

Raised where the cause is known, caught once in ``cli/main.py``. What a *model* does wrong is an
``Ending`` or a failed check, never an exception that leaves its driver.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import ClassVar


class CodestoneError(Exception):
    """A message for the user, and in ``hint`` what to do about it."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(CodestoneError):
    """What was asked cannot be done as written."""

    exit_code = 2


class UnknownName(UsageError):
    """No ``kind`` is called ``name``; the nearest of ``known`` are offered."""

    def __init__(self, kind: str, name: str, known: Sequence[str]) -> None:
        near = get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(known) or 'none'}."
        super().__init__(f"no {kind} is called {name!r}", hint=hint)
        self.kind, self.name, self.known = kind, name, tuple(known)


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong with a task or suite; ``line`` counts from 1, 0 where the whole file is meant."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else f"{self.file}"
        return f"{where}: {self.message}"


class TaskError(UsageError):
    """Data in files is malformed (tasks, or whatever ``of`` says); ``faults`` holds all that was found."""

    def __init__(self, faults: Sequence[Fault], *, of: str = "the task data") -> None:
        self.faults = tuple(sorted(set(faults)))
        count = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        super().__init__("\n".join([f"{count} in {of}:", *(f"  {fault}" for fault in self.faults)]))


class EndpointError(CodestoneError):
    """The server at ``url`` was not reached or answered wrongly; ``body`` is the start of what it said."""

    exit_code = 3

    def __init__(
        self, message: str, *, url: str = "", status: int | None = None, body: bytes = b"", hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.url, self.status, self.body = url, status, body[:200]


class ToolchainMissing(CodestoneError):
    """``what`` is not installed; the hint says how to install it."""

    exit_code = 4

    def __init__(self, what: str, *, hint: str) -> None:
        super().__init__(f"{what} is not installed", hint=hint)
        self.what = what


class SandboxError(CodestoneError):
    """No box could be built on this machine, or one broke while in use."""

    exit_code = 5


class StoreError(CodestoneError):
    """A run directory cannot be read or written."""

    exit_code = 6


class NothingMeasured(CodestoneError):
    """A run ended without one measured trial."""

    exit_code = 7


class BelowThreshold(CodestoneError):
    """A threshold that the user set was missed."""

    exit_code = 8


class TaskCheckFailed(CodestoneError):
    """A task does not prove itself."""

    exit_code = 9
