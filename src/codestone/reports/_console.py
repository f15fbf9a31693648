"""What a terminal report is made of: headings, lines, lists, pairs, and tables that fit its width."""

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from codestone.reports import _words as words
from codestone.reports._safe import clipped, visible
from codestone.reports._table import Section, Table

_LONGEST_LIST = 20
_GAP = 2
_HEAD, _WORD = 12, 16
_TEXT = 34


def heading(console: Console, text: str) -> None:
    """Print an empty line and a heading."""
    console.print()
    console.print(Text(visible(text), style="bold"))


def line(console: Console, text: str, *, indent: int = 0, style: str = "", lines: bool = False) -> None:
    """Print a text, folded where it is long; ``lines`` keeps its line breaks."""
    console.print(Padding(Text(visible(text, lines=lines), style=style, overflow="fold"), (0, 0, 0, indent)))


def listing(console: Console, title: str, texts: Sequence[str]) -> None:
    """Print the start of a list; the whole of it is in the Markdown and JSON reports."""
    if not texts:
        return
    heading(console, title)
    for text in texts[:_LONGEST_LIST]:
        line(console, text, indent=2)
    if len(texts) > _LONGEST_LIST:
        line(console, f"… and {len(texts) - _LONGEST_LIST} more, in the Markdown and JSON reports", indent=2)


def pairs(console: Console, found: Iterable[tuple[str, str]]) -> None:
    """Print names with their values."""
    table = RichTable.grid(padding=(0, _GAP))
    for name, value in found:
        table.add_row(f"  {visible(name)}", Text(visible(clipped(value)), overflow="fold"))
    console.print(table)


def section(console: Console, found: Section) -> None:
    """Print a section: its heading, what must be known, its tables."""
    heading(console, found.heading)
    line(console, found.note, indent=2)
    for drawn in found.tables:
        if drawn.caption:
            console.print()
            line(console, drawn.caption, indent=2)
        table(console, drawn)


def table(console: Console, found: Table) -> None:
    """Print a table; one that is too wide in several, each with the columns that say what a row is of."""
    if found.listed:
        _rows(console, found)
        return
    for places in _parts(found, console.width):
        widths = _widths(found, places, console.width)
        drawn = RichTable(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="underline")
        for place in places:
            drawn.add_column(
                Text(visible(found.columns[place])),
                justify="left" if place in found.words else "right",
                overflow="fold",
                width=widths[place],
            )
        for row in found.rows:
            drawn.add_row(*(_text(row[place]) for place in places))
        console.print(drawn)


def _rows(console: Console, found: Table) -> None:
    """Print each row as a paragraph: what it is of, and below it column by column."""
    for row in found.rows:
        line(console, ", ".join(row[: found.heads]), indent=2)
        for place in range(found.heads, len(found.columns)):
            line(console, f"{found.columns[place]}: {row[place]}", indent=4)


def _parts(found: Table, width: int) -> Iterator[list[int]]:
    """Yield the columns of each part: as many as fit when their words are not broken."""
    heads = list(range(found.heads))
    part = [*heads]
    for place in range(found.heads, len(found.columns)):
        if len(part) > len(heads) and _taken(found, [*part, place]) > width:
            yield part
            part = [*heads]
        part.append(place)
    yield part


def _taken(found: Table, places: Sequence[int]) -> int:
    return sum(_least(found, place) + _GAP for place in places) - _GAP


def _widths(found: Table, places: Sequence[int], width: int) -> dict[int, int]:
    """Return how wide each column is: figures on one line where all of them fit, then names, then texts."""
    widths = {place: _least(found, place) for place in places}
    figures = {place: _wanted(found, place, width) for place in places if place not in found.words}
    if _taken(found, places) + sum(figures[place] - widths[place] for place in figures) <= width:
        widths |= figures
    room = width - sum(widths.values()) - _GAP * (len(widths) - 1)
    for place in sorted(found.words & set(places), key=lambda place: (place >= found.heads, place)):
        more = max(0, min(_wanted(found, place, width) - widths[place], room))
        widths[place] += more
        room -= more
    return widths


def _wanted(found: Table, place: int, width: int) -> int:
    texts = [found.columns[place], *(row[place] for row in found.rows)]
    return min(max(cell_len(visible(text)) for text in texts), _TEXT if place in found.words else width)


def _least(found: Table, place: int) -> int:
    """Return the columns that the longest word of a column takes; very long words are broken."""
    head, cells = found.columns[place], [row[place] for row in found.rows]
    return max(min(_longest_word([head]), _HEAD), min(_longest_word(cells), _WORD))


def _longest_word(texts: Iterable[str]) -> int:
    return max((cell_len(word) for text in texts for word in visible(text).split()), default=1)


def _text(text: str) -> Text:
    scripted = words.SCRIPTED in text.split()
    return Text(visible(text), style="bold yellow" if scripted else "", overflow="fold")
