"""Find fenced code blocks as CommonMark has them, and as models write them.

Own scanner: one pass of one regular expression over the fence lines, linear in the reply. Beyond
CommonMark: a fence may be indented by anything and may follow a list marker; a block that is itself
tagged as Markdown may hold fences of its own length, each closed by a bare one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

BLOCKS = 10_000
"""No reply has more blocks than this; what follows is not read."""
_ABOVE = 20
_FENCE = re.compile(r"^([ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
_MARKDOWN = frozenset({"markdown", "md", "mdx"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block; ``above``: the non-blank lines since the block before, nearest first."""

    info: str
    code: str
    above: tuple[str, ...]
    closed: bool
    line: int
    start: int
    end: int


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks in order; the last may be one that the end of the reply cut off."""
    opening: re.Match[str] | None = None
    depth = floor = seen = 0
    line = 1
    for fence in _FENCE.finditer(text):
        if opening is None:
            if fence[2][0] == "~" or "`" not in fence[3]:
                opening, depth = fence, 0
                line += text.count("\n", seen, fence.start())
                seen = fence.start()
        elif _may_close(fence, opening):
            if fence[3].strip():
                depth += _is_markdown(opening[3])
            elif depth:
                depth -= 1
            else:
                yield _block(text, opening, fence, floor=floor, line=line)
                floor, opening = fence.end(), None
    if opening is not None:
        yield _block(text, opening, None, floor=floor, line=line)


def unwrapped(text: str) -> str:
    """Return what a Markdown block holds where the reply is that one block, else the reply."""
    first = next(blocks(text), None) if text.lstrip().startswith(("```", "~~~")) else None
    if first and _is_markdown(first.info) and not text[first.end :].strip():
        return first.code
    return text


def outside(text: str, found: list[Block]) -> str:
    """Return what stands outside the blocks."""
    kept, start = [], 0
    for block in found:
        kept.append(text[start : block.start])
        start = block.end
    return "\n".join([*kept, text[start:]])


def _may_close(fence: re.Match[str], opening: re.Match[str]) -> bool:
    """Whether the fence is long enough and little enough indented to end the block."""
    return fence[2].startswith(opening[2]) and not fence[1].strip() and len(fence[1]) <= len(opening[1]) + 3


def _is_markdown(info: str) -> bool:
    """Whether the info string is that of Markdown."""
    return info.strip().partition(" ")[0].lower() in _MARKDOWN


def _block(
    text: str, opening: re.Match[str], closing: re.Match[str] | None, *, floor: int, line: int
) -> Block:
    """Return the block between two fences, or from the first to the end."""
    code = text[opening.end() + 1 : closing.start() if closing else len(text)]
    if opening[3].endswith("\r"):
        code = code.replace("\r\n", "\n")
    return Block(
        info=opening[3].strip(),
        code=_dedented(code, len(opening[1])),
        above=_above(text, floor, opening.start()),
        closed=closing is not None,
        line=line,
        start=opening.start(),
        end=closing.end() if closing else len(text),
    )


def _dedented(code: str, width: int) -> str:
    """Return the code with at most ``width`` blanks taken from the front of each line."""
    return re.sub(rf"^[ \t]{{1,{min(width, 200)}}}", "", code, flags=re.MULTILINE) if width else code


def _above(text: str, floor: int, end: int) -> tuple[str, ...]:
    """Return the last non-blank lines of ``text[floor:end]``, nearest first."""
    lines: list[str] = []
    while end > floor and len(lines) < _ABOVE:
        start = max(text.rfind("\n", floor, end - 1) + 1, floor)
        if line := text[start:end].strip():
            lines.append(line)
        end = start
    return tuple(lines)
