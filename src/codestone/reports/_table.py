"""A table of texts, and a section of tables: what every report draws in its own way."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of texts below their columns; the first ``heads`` columns say what a row is of.

    ``words`` are the places of columns that hold text; the others hold figures. ``listed``: there is so much
    text that a narrow report had better draw a paragraph for each row.
    """

    caption: str = ""
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    heads: int = 1
    words: frozenset[int] = frozenset({0})
    listed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Tables under one heading, with what must be known to read them; ``id`` is a word for links."""

    id: str
    heading: str
    note: str
    tables: Sequence[Table]
