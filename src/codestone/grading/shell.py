"""Commands in the box, and the files of its workspace, bytes for bytes.

Asked of a worker that has none of the candidate's code in it: what it tells of a command or a file is true.
Paths are relative to the workspace; text stands for its UTF-8 bytes, and names that are no UTF-8 come and go
as Python's file functions write them (surrogateescape).
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from codestone.grading.channel import CandidateFailed, Channel
from codestone.grading.findings import one_line, printable, shown
from codestone.grading.values import MalformedValue, decode, encode

_Made = TypeVar("_Made")
_MARGIN_S = 0.2  # what a command that ran out of time has left to be told of


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that ran inside: exit code (minus the signal's number; None when time ran out), output."""

    code: int | None
    stdout: bytes
    stderr: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in the workspace; ``kind`` is "file", "folder", "link" (to ``target``) or "other"."""

    kind: str
    mode: int
    size: int
    target: str | None


@dataclass(frozen=True, slots=True)
class Command:
    """A command that was started and is not waited for; it dies with the check."""

    shell: "Shell"
    number: int
    asked: str
    limit_s: float

    def ended(self) -> Ran:
        """Wait for its end, or for the limit that it was given."""
        return self.shell.taken(self.number, self.asked, self.limit_s + _MARGIN_S, made=_ran)


class Shell:
    """The worker of one check that runs commands."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel

    def start(
        self, argv: Sequence[str | bytes], *, stdin: bytes, env: Mapping[str, str], limit_s: float
    ) -> Command:
        """Start a command; after ``limit_s`` seconds its whole process group is killed."""
        asked = f"running {shown([printable(str(_text(word))) for word in argv])}"
        run_s = max(_MARGIN_S, limit_s - _MARGIN_S)
        number = self._ask("run", [list(argv), stdin, run_s, dict(env)])
        return Command(self, number, asked, limit_s)

    def put(self, path: str | bytes, data: bytes, *, mode: int | None, limit_s: float) -> None:
        """Write a file, and the folders on its way."""
        self.taken(self._ask("put", [_bytes(path), data, mode]), f"writing {path!r}", limit_s, made=_nothing)

    def read(self, path: str | bytes, *, limit_s: float) -> bytes:
        """Return the bytes of a regular file."""
        return self.taken(self._ask("read", [_bytes(path)]), f"reading {path!r}", limit_s, made=_data)

    def listing(self, *, limit_s: float) -> dict[str, Entry]:
        """Return everything in the workspace by path, sorted."""
        return self.taken(self._ask("listing", []), "listing the workspace", limit_s, made=_entries)

    def taken(self, number: int, asked: str, limit_s: float, *, made: Callable[[Any], _Made]) -> _Made:
        """Wait for an answer; what raised inside is the candidate's failure.

        So is an answer of another shape: a candidate may have reached into the shell's memory.
        """
        message = self.channel.answer(number, limit_s=limit_s, asked=asked)
        match message:
            case {"gives": value}:
                with contextlib.suppress(MalformedValue):
                    return made(decode(value, _no_handle, _no_handle))
            case {"raises": {"type": [str(name), *_], "message": str(text)}}:
                kind = name.removeprefix("builtins.")
                raise CandidateFailed(one_line(f"{asked} raised {kind}({text!r})"))
            case {"unsayable": str(why)}:
                raise CandidateFailed(one_line(f"{asked} gave {why}"))
        raise CandidateFailed(f"{asked}: bytes outside the protocol")

    def _ask(self, verb: str, args: list[Any]) -> int:
        coded = [encode(arg, lambda _: None) for arg in args]
        return self.channel.ask({"do": verb, "args": coded, "kwargs": {}, "aside": verb == "run"})


def _ran(told: Any) -> Ran:
    match told:
        case (int() | None as code, bytes() as stdout, bytes() as stderr):
            return Ran(code, stdout, stderr)
    raise MalformedValue("not what a command leaves")


def _nothing(told: Any) -> None:
    if told is not None:
        raise MalformedValue("something where nothing is told")


def _data(told: Any) -> bytes:
    if not isinstance(told, bytes):
        raise MalformedValue("not the bytes of a file")
    return told


def _entries(told: Any) -> dict[str, Entry]:
    if not isinstance(told, dict):
        raise MalformedValue("not the names in a workspace")
    return dict(sorted(_entry(path, entry) for path, entry in told.items()))


def _entry(path: Any, entry: Any) -> tuple[str, Entry]:
    match path, entry:
        case (
            str() | bytes(),
            (str() as kind, int() as mode, int() as size, str() | bytes() | None as target),
        ):
            return _text(path), Entry(kind, mode, size, None if target is None else _text(target))
    raise MalformedValue("not a name in a workspace")


def _no_handle(*_: object) -> Any:
    raise MalformedValue("a handle where none can be")


def _bytes(path: str | bytes) -> bytes:
    return path if isinstance(path, bytes) else path.encode("utf-8", "surrogateescape")


def _text(path: str | bytes) -> str:
    return path if isinstance(path, str) else path.decode("utf-8", "surrogateescape")
