"""Texts into syntax that can be asked. A tree is never walked by recursion: the text is hostile.

Covered: what a query costs, by the two limits below. Not covered: the time of the parser itself.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codestone.grading.style import grammar as grammars
from codestone.grading.style.grammar import Captures, Grammar

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

MATCH_LIMIT = 256
"""Matches that a query may have begun at one time: the time of each step is in line with them."""
DEPTH_LIMIT = 500
"""Levels of a tree: a query takes the depth times the length."""


class Unasked(Exception):
    """A query would have taken too long on this text: what it found is not whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """One file that was parsed without an error."""

    grammar: Grammar
    data: bytes
    tree: "Tree"

    def captures(self, query: str) -> Captures:
        """Return the nodes of the whole file by their capture, in the order in which they begin.

        Raises Unasked.
        """
        # not by QueryCursor.captures: it keeps every match that ends while an earlier one is open, so that
        # an ordinary class is over the limit
        found: defaultdict[str, dict[int, Node]] = defaultdict(dict)
        for match in self.matches(query):
            for name, nodes in match.items():
                found[name].update((node.id, node) for node in nodes)
        return {
            name: sorted(nodes.values(), key=lambda node: node.start_byte) for name, nodes in found.items()
        }

    def matches(self, query: str) -> Sequence[Captures]:
        """Return the nodes of each match, by their capture. Raises Unasked."""
        from tree_sitter import QueryCursor  # noqa: PLC0415 - an extra

        cursor = QueryCursor(grammars.query(self.grammar, query), match_limit=MATCH_LIMIT)
        matches = cursor.matches(self.tree.root_node)
        if cursor.did_exceed_match_limit:
            raise Unasked
        return [found for _, found in matches]


def parsed(text: str, grammar: Grammar) -> Syntax | None:
    """Return the syntax of a text, None where it has errors or is deeper than ``DEPTH_LIMIT``."""
    syntax = parsed_anyway(text, grammar)
    return None if syntax.tree.root_node.has_error or _too_deep(syntax.tree) else syntax


def parsed_anyway(text: str, grammar: Grammar) -> Syntax:
    """Return the syntax of a text, with holes where it has errors."""
    from tree_sitter import Parser  # noqa: PLC0415 - an extra

    data = text.encode("utf-8", errors="replace")
    return Syntax(grammar=grammar, data=data, tree=Parser(grammars.language(grammar)).parse(data))


def _too_deep(tree: "Tree") -> bool:
    cursor = tree.walk()
    depth = 0
    while depth <= DEPTH_LIMIT:
        if cursor.goto_first_child():
            depth += 1
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return False
            depth -= 1
    return True
