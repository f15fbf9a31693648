"""Texts into syntax that can be asked. A tree is never walked by recursion: the text is hostile."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codestone.grading.style import grammar as grammars
from codestone.grading.style.grammar import Captures, Grammar

if TYPE_CHECKING:
    from tree_sitter import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """One file that was parsed without an error."""

    grammar: Grammar
    data: bytes
    tree: "Tree"

    def captures(self, query: str) -> Captures:
        """Return the nodes of the whole file by their capture, in the order in which they begin."""
        from tree_sitter import QueryCursor  # noqa: PLC0415 - an extra

        found = QueryCursor(grammars.query(self.grammar, query)).captures(self.tree.root_node)
        # tree-sitter hands them over in the order of their addresses
        return {name: sorted(nodes, key=lambda node: node.start_byte) for name, nodes in found.items()}

    def matches(self, query: str) -> Iterator[Captures]:
        """Yield the nodes of each match, by their capture."""
        from tree_sitter import QueryCursor  # noqa: PLC0415 - an extra

        asked = QueryCursor(grammars.query(self.grammar, query))
        return (found for _, found in asked.matches(self.tree.root_node))


def parsed(text: str, grammar: Grammar) -> Syntax | None:
    """Return the syntax of a text, None where it has errors."""
    syntax = parsed_anyway(text, grammar)
    return None if syntax.tree.root_node.has_error else syntax


def parsed_anyway(text: str, grammar: Grammar) -> Syntax:
    """Return the syntax of a text, with holes where it has errors."""
    from tree_sitter import Parser  # noqa: PLC0415 - an extra

    data = text.encode("utf-8", errors="replace")
    return Syntax(grammar=grammar, data=data, tree=Parser(grammars.language(grammar)).parse(data))
