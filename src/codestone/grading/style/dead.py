"""Lines that cannot be executed, in the plain sense of the syntax: what comes below a ``return``, say."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from codestone.grading.style.parsing import Syntax

if TYPE_CHECKING:
    from tree_sitter import Node


def dead_rows(syntax: Syntax) -> set[int]:
    """Return the numbers of the lines that have dead statements and nothing of what is executed before them.

    Nothing is concluded: a call that never returns, a condition that is never met and a loop without an end
    make nothing dead.
    """
    rows: set[int] = set()
    reach = 0
    # a statement within one that is dead has been counted: so the cost stays in line with the text
    for node, live in sorted(_statements(syntax), key=lambda each: each[0].start_byte):
        if node.start_byte >= reach:
            reach = node.end_byte
            rows.update(range(max(node.start_point.row, live + 1), _last_row(node) + 1))
    return rows


def _statements(syntax: Syntax) -> Iterator[tuple["Node", int]]:
    """Yield each dead statement, with the last line of what is executed before it."""
    found = syntax.captures(syntax.grammar.dead)
    kinds = {name: {node.id for node in nodes} for name, nodes in found.items()}
    speaking = [node.start_byte for node in found.get("alive.within", ())]

    def alive(node: "Node") -> bool:
        place = bisect_left(speaking, node.start_byte)
        within = place < len(speaking) and speaking[place] < node.end_byte
        return within or node.id in kinds.get("alive", ())

    for block in found.get("block", ()):
        below = _below(block.named_children, kinds)
        yield from ((node, live) for node, live in below if not alive(node))
    # a body begins before any condition within it: in order, they are pairs
    for head, body in zip(found.get("never.head", ()), found.get("never", ()), strict=True):
        within = body.named_children if body.id in kinds.get("block", ()) else [body]
        yield from ((node, _last_row(head)) for node in within if not alive(node))


def _below(statements: Sequence["Node"], kinds: dict[str, set[int]]) -> Iterator[tuple["Node", int]]:
    """Yield what comes after the end of a list of statements, up to where it is jumped to."""
    end: int | None = None
    guarded = False
    for node in statements:
        if node.id in kinds.get("entry", ()):
            end = None
        elif end is not None:
            yield node, end
        if node.id in kinds.get("end", ()) and not guarded:
            end = _last_row(node) if end is None else end
        guarded = node.id in kinds.get("guard", ())


def _last_row(node: "Node") -> int:
    row, column = node.end_point
    return row - (column == 0)
