"""Read and apply unified diffs as models write them.

Tolerated: missing or wrong line numbers and counts, a bare ``@@``, blank context lines without their
space, prose before and after. Not tolerated: context that does not stand in the file, or stands there twice.
(``unidiff`` refuses wrong counts and reads no bare ``@@``; ``whatthepatch`` refuses any offset: hence own.)
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from codestone.answers.locate import Place, find, joined, split, with_ends_of

HUNKS = 1_000
_HUNK = re.compile(r"^@@(?:[ \t]*-(\d{1,9})(?:,(\d{1,9}))?[ \t]+\+(\d{1,9})(?:,(\d{1,9}))?[ \t]*@@|.*)")
_LOOKS = re.compile(r"^--- [^\n]+\n\+\+\+ [^\n]+\n|^diff --git [^\n]+\n|^@@[^\n]*@@", re.MULTILINE)
_BETWEEN = (
    "diff --git ",
    "index ",
    "new file mode",
    "deleted file mode",
    "similarity ",
    "old mode",
    "new mode",
    "*** ",
)
_NOWHERE = "/dev/null"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """Lines with their mark (" ", "-", "+"); ``start`` is the old line that the header names, from 1."""

    start: int | None
    lines: tuple[str, ...]

    @property
    def old(self) -> list[str]:
        """What must stand in the file."""
        return [line[1:] for line in self.lines if line[0] != "+"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """The hunks for one file; a path is None where the diff names none, "/dev/null" where there is none."""

    old: str | None
    new: str | None
    hunks: tuple[Hunk, ...]

    @property
    def path(self) -> str | None:
        """The file that it changes, without the prefixes of git."""
        name = self.old if self.new in (None, _NOWHERE) else self.new
        if name is None:
            return None
        git = all(path in (None, _NOWHERE) or path[:2] in ("a/", "b/") for path in (self.old, self.new))
        return name[2:] if git and name[:2] in ("a/", "b/") else name

    @property
    def deletes(self) -> bool:
        """Whether the file is to go."""
        return self.new == _NOWHERE


def found(text: str) -> bool:
    """Whether the text holds something like a diff."""
    return _LOOKS.search(text.replace("\r\n", "\n")) is not None


def begins(text: str) -> bool:
    """Whether the text begins as a diff does."""
    return text.lstrip().startswith(("--- ", "diff --git ", "@@"))


def patches(text: str) -> Iterator[Patch]:
    """Yield the patches of a text, prose around them left out."""
    lines = [line.removesuffix("\r") for line in split(text)]
    old: str | None = None
    new: str | None = None
    hunks: list[Hunk] = []
    at = 0
    while at < len(lines):
        if _is_header(lines, at):
            if hunks:
                yield Patch(old=old, new=new, hunks=tuple(hunks))
            old, new, hunks = _name(lines[at]), _name(lines[at + 1]), []
            at += 2
            if at < len(lines) and lines[at][:1] in {" ", "-", "+"} and not _is_header(lines, at):
                hunk, at = _hunk(lines, at, None)
                hunks.append(hunk)
        elif header := _HUNK.match(lines[at]):
            hunk, at = _hunk(lines, at + 1, header)
            hunks.append(hunk)
        else:
            at += 1
    if hunks:
        yield Patch(old=old, new=new, hunks=tuple(hunks))


def apply(text: str | None, patch: Patch) -> tuple[str | None, str]:
    """Return the text with every hunk applied and "", or None and which hunk does not fit."""
    if patch.deletes:
        return None, "a diff may not delete a file"
    if text is None or not text:
        if any(hunk.old and any(hunk.old) for hunk in patch.hunks):
            return None, "the file does not exist" if text is None else "the file is empty"
        return joined([line[1:] for hunk in patch.hunks for line in hunk.lines if line[0] == "+"], ""), ""
    lines = split(text)
    placed: list[tuple[Place, Hunk]] = []
    for number, hunk in enumerate(patch.hunks, 1):
        place = _placed(lines, hunk, after=placed[-1][0].end if placed else 0)
        if not isinstance(place, Place):
            return None, f"hunk {number}: {place}"
        placed.append((place, hunk))
    placed.sort(key=lambda pair: (pair[0].start, pair[0].end))
    if any(one.end > two.start for (one, _), (two, _) in pairwise(placed)):
        return None, "two hunks change the same lines"
    return joined(_merged(lines, placed, text), text), ""


def _is_header(lines: Sequence[str], at: int) -> bool:
    """Whether ``--- old`` and ``+++ new`` stand there."""
    return lines[at].startswith("--- ") and at + 1 < len(lines) and lines[at + 1].startswith("+++ ")


def _name(line: str) -> str:
    """Return the path of a ``---`` or ``+++`` line, without its time stamp and quotes."""
    return line[4:].partition("\t")[0].strip().strip('"')


def _hunk(lines: Sequence[str], at: int, header: re.Match[str] | None) -> tuple[Hunk, int]:
    """Return the hunk whose lines begin at ``at``, and where they end: by its counts if they are true."""
    start = int(header[1]) if header and header[1] else None
    counted = None
    if header and header[1]:
        counted = _counted(lines, at, int(header[2] or 1), new=int(header[4] or 1))
    end = counted if counted is not None else _uncounted(lines, at)
    body = [line or " " for line in lines[at:end] if not line.startswith("\\")]
    return Hunk(start=start, lines=tuple(body)), end


def _counted(lines: Sequence[str], at: int, old: int, *, new: int) -> int | None:
    """Return where the hunk ends by its counts; None where they do not end at a boundary."""
    while at < len(lines) and (old > 0 or new > 0):
        mark = lines[at][:1] or " "
        if mark not in {" ", "-", "+", "\\"}:
            return None
        old -= mark in {" ", "-"}
        new -= mark in {" ", "+"}
        at += 1
    at += at < len(lines) and lines[at].startswith("\\")
    whole = old == 0 and new == 0
    following = at
    while following < len(lines) and not lines[following]:
        following += 1
    at_boundary = following >= len(lines) or _ends(lines, following) or lines[following][0] not in " +-"
    return at if whole and at_boundary else None


def _uncounted(lines: Sequence[str], at: int) -> int:
    """Return where the run of marked lines ends; blank lines at its end belong to the prose."""
    end = at
    while end < len(lines) and not _ends(lines, end) and (not lines[end] or lines[end][0] in " +-\\"):
        end += 1
    while end > at and not lines[end - 1]:
        end -= 1
    return end


def _ends(lines: Sequence[str], at: int) -> bool:
    """Whether another hunk or file begins there."""
    return lines[at].startswith(("@@", *_BETWEEN)) or _is_header(lines, at)


def _placed(lines: list[str], hunk: Hunk, *, after: int) -> Place | str:
    """Return where the hunk belongs in the old file."""
    if not hunk.old:
        # nothing to recognise the place by: only the header can say it
        if hunk.start is None or hunk.start > len(lines):
            return "it has no context"
        return Place(hunk.start, hunk.start)
    at = hunk.start - 1 if hunk.start else None
    return find(lines, hunk.old, at=at, after=after)


def _merged(lines: list[str], placed: Sequence[tuple[Place, Hunk]], text: str) -> list[str]:
    """Return the lines with the hunks applied; context stays as the file has it."""
    merged: list[str] = []
    at = 0
    for place, hunk in placed:
        merged += lines[at : place.start]
        at = place.start
        for line in hunk.lines:
            if line[0] == "+":
                merged += with_ends_of(text, [line[1:]])
            else:
                merged += lines[at : at + 1] if line[0] == " " else []
                at += 1
    return merged + lines[at:]
