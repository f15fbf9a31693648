"""Find the one place where lines stand in a file. Nothing is guessed: no match or two are a refusal."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Lines ``start`` to ``end`` (exclusive, from 0)."""

    start: int
    end: int


def split(text: str) -> list[str]:
    """Return the lines without their newlines; a newline at the end begins no line."""
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def find(
    lines: Sequence[str], wanted: Sequence[str], *, at: int | None = None, after: int = 0
) -> Place | str:
    """Return where ``wanted`` stands, exactly or but for blanks at line ends; or why that cannot be said.

    ``at`` is where it is said to stand, believed where it is true. Of several places the only one from
    ``after`` on is taken.
    """
    for normal in (list, _stripped):
        have, want = normal(lines), normal(wanted)
        if at is not None and at >= after and have[at : at + len(want)] == want:
            return Place(at, at + len(want))
        places = _places(have, want, 0)
        if len(places) > 1:
            places = _places(have, want, after) if after else places
        if len(places) == 1:
            return Place(places[0], places[0] + len(want))
        if places:
            return "its lines stand in more than one place"
    return "its lines do not stand in the file"


def _stripped(lines: Sequence[str]) -> list[str]:
    """Return the lines without blanks at their ends."""
    return [line.rstrip() for line in lines]


def _places(lines: list[str], wanted: list[str], after: int) -> list[int]:
    """Return the first two indices from ``after`` at which the wanted lines stand."""
    haystack, needle = "\n".join(["", *lines[after:], ""]), "\n".join(["", *wanted, ""])
    found: list[int] = []
    at = haystack.find(needle)
    while at >= 0 and len(found) < 2:
        found.append(after + haystack.count("\n", 0, at))
        at = haystack.find(needle, at + 1)
    return found


def joined(lines: Sequence[str], like: str) -> str:
    """Return the lines as text that ends in a newline where ``like`` does, or where that is empty."""
    text = "\n".join(lines)
    return text + "\n" if lines and (not like or like.endswith("\n")) else text


def with_ends_of(text: str, lines: Sequence[str]) -> list[str]:
    """Return new lines with the line ends that the text has: CR LF where its first line does."""
    ending = "\r" if text.partition("\n")[0].endswith("\r") else ""
    return [line.removesuffix("\r") + ending for line in lines]
