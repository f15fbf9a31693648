"""What is known of a language whose syntax is looked at: a parser by name, and questions as data."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Query

INSTALL = "pip install 'codestone[style]'"
PACKAGES = (
    "tree_sitter",
    "tree_sitter_go",
    "tree_sitter_javascript",
    "tree_sitter_python",
    "tree_sitter_rust",
    "tree_sitter_typescript",
)
"""The extra ``style``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """A language: where its parser is, and queries of tree-sitter whose captures have fixed names.

    ``declared`` is about functions, methods and classes:

    - ``@declared`` with its ``@name``; ``@member`` of a class, ``@owner`` the class's name, where it has one
    - ``@free``: nobody has to name it (exported, kept by an interface); ``@sheltered``: nor anything within
    - ``@inherits``: a member that a base class may name; ``@hidden``: a member that only its class can name
    - ``@part`` of the type ``@of``: what it says of the type is no use of it
    - ``@mark``: what stands before a declaration; with a ``@meaning`` it frees what comes next

    ``named`` is about what names them: ``@word``, and every word of ``@text`` but not of ``@quiet``;
    ``@offered`` is a class that others see whole, itself or by an instance. Where something is ``@unsure``,
    nobody is accused; where it is ``@unsure.member``, no member.

    ``dead`` is about statements: ``@block`` is a list of them, ``@end`` one after which none comes,
    ``@alive`` one that says something all the same, ``@alive.within`` makes those around it such, ``@entry``
    can be jumped to, ``@guard`` makes the next one conditional, ``@never`` is not executed (with its
    condition, ``@never.head``).

    ``imports`` captures what ``imported`` makes names of, given the text's bytes and the workspace's own
    top-level names.
    """

    package: str
    function: str = "language"
    declared: str
    named: str
    dead: str
    imports: str
    imported: Callable[["Captures", bytes, frozenset[str]], set[str]]
    private: re.Pattern[str]
    """Members by such a name are their class's own, by convention."""
    spared: re.Pattern[str]
    """Whole names that somebody else calls: ``main``, tests."""
    protocol: re.Pattern[str] = re.compile("(?!)")
    """Whole names of members that somebody else calls, whatever class has them."""


Captures = Mapping[str, "list[Node]"]


def installed() -> bool:
    """Whether the extra ``style`` is installed."""
    return all(find_spec(package) is not None for package in PACKAGES)


@cache
def language(grammar: Grammar) -> "Language":
    """Return what the parser needs, loaded once."""
    from tree_sitter import Language  # noqa: PLC0415 - an extra

    return Language(getattr(import_module(grammar.package), grammar.function)())


@cache
def query(grammar: Grammar, text: str) -> "Query":
    """Return a query that is ready to be asked; building one takes longer than asking it."""
    from tree_sitter import Query  # noqa: PLC0415 - an extra

    return Query(language(grammar), text)


def words(node: "Node") -> str:
    """Return the text of a node."""
    return (node.text or b"").decode("utf-8", errors="replace")
