"""What a file declares: functions, methods and types, each with what decides whether it must be named."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codestone.grading.style.grammar import words
from codestone.grading.style.parsing import Syntax

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One function, method or type. The captures of ``Grammar.declared`` say what each word means."""

    name: str
    name_at: int
    """Byte of the name."""
    spans: tuple[tuple[int, int], ...]
    """Bytes of its own text: the declaration; of the first by this name also a type's other parts."""
    free: bool
    member: bool
    owner: str | None
    inherits: bool
    hidden: bool
    private: bool


def declarations(syntax: Syntax) -> list[Declared]:
    """Return what is declared, in no certain order. Raises Unasked."""
    ids: defaultdict[str, set[int]] = defaultdict(set)
    found: dict[int, tuple[Node, Node]] = {}
    owners: dict[int, str] = {}
    parts: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
    marks: dict[int, tuple[int, bool]] = {}
    sheltered: list[Node] = []
    for match in syntax.matches(syntax.grammar.declared):
        for capture, nodes in match.items():
            ids[capture].update(node.id for node in nodes)
        for node in match.get("declared", ()):
            found[node.id] = node, match["name"][0]
        if "owner" in match:
            owners |= {node.id: words(match["owner"][0]) for node in match["member"]}
        if "part" in match:
            parts[words(match["of"][0])] |= {_span(node) for node in match["part"]}
        for node in match.get("mark", ()):
            means = "meaning" in match or marks.get(node.end_byte, (0, False))[1]
            marks[node.end_byte] = node.start_byte, means
        sheltered += match.get("sheltered", ())
    shelters = _merged(sheltered)
    ends = sorted(marks)
    grammar = syntax.grammar
    return [
        Declared(
            name=(text := words(name)),
            name_at=name.start_byte,
            # taken by the first: a copy for each would be the square of the text, where a name comes often
            spans=(_span(node), *sorted(parts.pop(text, ()))),
            free=key in ids["free"]
            or grammar.spared.fullmatch(text) is not None
            or (key in ids["member"] and grammar.protocol.fullmatch(text) is not None)
            or _within(node.start_byte, shelters)
            or _marked(node.start_byte, syntax.data, marks=marks, ends=ends),
            member=key in ids["member"],
            owner=owners.get(key),
            inherits=key in ids["inherits"],
            hidden=key in ids["hidden"],
            private=grammar.private.fullmatch(text) is not None,
        )
        for key, (node, name) in found.items()
    ]


def _span(node: "Node") -> tuple[int, int]:
    return node.start_byte, node.end_byte


def _merged(nodes: Sequence["Node"]) -> list[tuple[int, int]]:
    """Return the spans of nodes, ascending, without those within another."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted(map(_span, nodes)):
        if not spans or start >= spans[-1][1]:
            spans.append((start, end))
    return spans


def _within(place: int, spans: Sequence[tuple[int, int]]) -> bool:
    before = bisect_right(spans, place, key=lambda span: span[0])
    return before > 0 and place < spans[before - 1][1]


def _marked(start: int, data: bytes, *, marks: dict[int, tuple[int, bool]], ends: Sequence[int]) -> bool:
    """Whether among the marks that stand right before a declaration is one with a meaning.

    ``marks`` are start and meaning by end, ``ends`` the ends, ascending.
    """
    for end in map(ends.__getitem__, range(bisect_right(ends, start) - 1, -1, -1)):
        if data[end:start].strip():
            return False
        start, means = marks[end]
        if means:
            return True
    return False
