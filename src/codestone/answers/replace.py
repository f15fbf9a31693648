"""Read and apply search/replace blocks: ``<<<<<<< SEARCH``, ``=======``, ``>>>>>>> REPLACE``, path above."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codestone.answers import labels
from codestone.answers.locate import Place, find, joined, split, with_ends_of

EDITS = 1_000
_MARK = re.compile(
    r"^[ \t]*(?:(?P<search><{5,9}[ \t]*(?:SEARCH|ORIGINAL|HEAD)\b[^\n]*)"
    r"|(?P<divide>={5,9})|(?P<end>>{5,9}[ \t]*(?:REPLACE|UPDATED)\b[^\n]*))"
    r"[ \t\r]*$",
    re.MULTILINE,
)
_FENCE = ("```", "~~~")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One block: ``search`` is to become ``new``; ``path`` as the reply names it, None where it does not."""

    path: str | None
    search: str
    new: str
    line: int


def found(text: str) -> bool:
    """Whether the reply holds search/replace blocks."""
    return any(mark["search"] for mark in _MARK.finditer(text))


def edits(text: str, files: Sequence[str]) -> Iterator[Edit | str]:
    """Yield the blocks in order, and for each unfinished one what is wrong with it."""
    search: re.Match[str] | None = None
    divide: re.Match[str] | None = None
    path: str | None = None
    line, seen, floor = 1, 0, 0
    for mark in _MARK.finditer(text):
        if mark["search"]:
            if search:
                yield f"line {line}: search/replace block without an end"
            line += text.count("\n", seen, mark.start())
            seen = mark.start()
            path = _path(text, floor, mark.start(), files=files) or path
            search, divide = mark, None
        elif mark["divide"]:
            divide = divide or (mark if search else None)
        elif search:
            if divide:
                yield _edit(text, (search, divide, mark), path=path, line=line)
            else:
                yield f"line {line}: search/replace block without a divider"
            search = divide = None
            floor = mark.end()
    if search:
        yield f"line {line}: search/replace block without an end"


def apply(text: str | None, edit: Edit) -> tuple[str | None, str]:
    """Return the text with the edit made and "", or None and why not; ``text`` is None for no file."""
    if not edit.search.strip():
        return (None, "an empty search fits a new file only") if text else (edit.new, "")
    if text is None:
        return None, "the file does not exist"
    lines = split(text)
    place = find(lines, split(edit.search))
    if not isinstance(place, Place):
        return None, place
    new = with_ends_of(text, split(edit.new))
    return joined([*lines[: place.start], *new, *lines[place.end :]], text), ""


def _edit(
    text: str, marks: tuple[re.Match[str], re.Match[str], re.Match[str]], *, path: str | None, line: int
) -> Edit:
    """Return the edit between three markers."""
    search, divide, end = marks
    return Edit(
        path=path,
        search=text[search.end() + 1 : divide.start()].replace("\r\n", "\n"),
        new=text[divide.end() + 1 : end.start()].replace("\r\n", "\n"),
        line=line,
    )


def _path(text: str, floor: int, end: int, *, files: Sequence[str]) -> str | None:
    """Return the path on one of the three non-blank lines above the block, fence lines included."""
    above = [line.strip() for line in text[max(floor, end - 8_000) : end].split("\n") if line.strip()]
    for line in reversed(above[-3:]):
        if line.startswith(_FENCE):
            path = labels.in_info(line.lstrip("`~"), files)[1]
        else:
            path = (
                labels.on_line(line, files) or labels.in_comment(line, files) or labels.mentioned(line, files)
            )
        if path:
            return path
    return None
