"""Two contestants side by side, drawn for a terminal, as Markdown and as JSON. Nothing is computed here."""

from collections.abc import Callable, Iterable, Iterator
from textwrap import wrap

from codestone.reports._safe import markdown as escaped
from codestone.reports._safe import visible
from codestone.reports._words import NO_SANDBOX_SENTENCE, NOT_MEASURED, SCRIPTED_SENTENCE, TO, proportion
from codestone.stats.compared import Compared, ComparedPair, PaceRatio, TaskPair
from codestone.stats.summary import Comparison

_PACES = {"wall": "wall time", "tg": "tokens/s"}
_SIDES = ("A", "B")


def comparison_words(row: Comparison, *, one: str, other: str) -> str:
    """Return a comparison in one line: verdict, difference with its interval, n and p."""
    match row.verdict:
        case "better" | "worse":
            said = f"{one} is {row.words}, beside {other}"
        case "tied" | "not compared":
            said = f"{one} and {other} are {row.words}"
        case "no detectable difference":
            said = f"{one} and {other}: {row.words}"
        case "too few to tell":
            return f"{one} and {other}: {row.words}: observed {difference(row)}"
    return said if row.difference is None else f"{said}: {difference(row)}"


def difference(row: Comparison) -> str:
    """Return the difference in points of 100, with its interval and what stands behind it."""
    if row.difference is None or row.low is None or row.high is None:
        return NOT_MEASURED
    drawn = f"{row.n} {row.unit}{'' if row.n == 1 else 's'}"
    trials = "" if row.unit == "trial" and row.n == row.trials else f", {row.trials} trials each"
    corrected = "" if row.p_corrected == row.p else f", corrected {_p(row.p_corrected)}"
    return (
        f"{_points(row.difference)} of 100 ({_points(row.low)} to {_points(row.high)}, "
        f"n {drawn}{trials}; p {_p(row.p)}{corrected})"
    )


def terminal(compared: Compared) -> str:
    """Return the text for a terminal, at most 80 columns wide where names allow it."""
    blocks = ("\n".join(_terminal(pair)) for pair in compared.pairs)
    return "\n\n".join([*blocks, "\n".join(_indented(_guide(compared)))]) + "\n"


def markdown(compared: Compared) -> str:
    """Return Markdown, fit for a forum: no path of this machine."""
    blocks = ("\n".join(_markdown(pair)) for pair in compared.pairs)
    guide = "\n".join(f"- {escaped(sentence)}" for sentence in _guide(compared))
    return "\n\n".join([*blocks, f"**How to read this**\n\n{guide}"]) + "\n"


def json(compared: Compared) -> str:
    """Return it as indented ASCII JSON; ``Compared.model_validate_json`` reads it again."""
    return compared.model_dump_json(indent=2, ensure_ascii=True) + "\n"


def _terminal(pair: ComparedPair) -> Iterator[str]:
    for name, side in zip(_SIDES, (pair.one, pair.other), strict=True):
        mark = "   SCRIPTED" if side.scripted else ""
        yield visible(f"{name}  {side.label}{mark}")
        yield visible(f"   {side.run}")
    yield from _wrapped([pair.differs_words, *_warnings(pair)])
    yield ""
    yield from _wrapped([comparison_words(pair.comparison, one="A", other="B"), *map(_pace, pair.paces)])
    if pair.tasks:
        yield ""
        yield from _table(pair)
    if pair.left_out:
        yield ""
        yield "left out:"
        yield from _indented(pair.left_out)


def _markdown(pair: ComparedPair) -> Iterator[str]:
    for name, side in zip(_SIDES, (pair.one, pair.other), strict=True):
        yield f"- **{name}**: {escaped(side.label)}{' **SCRIPTED**' if side.scripted else ''}"
    for line in (pair.differs_words, *_warnings(pair), *map(_pace, pair.paces)):
        yield f"- {escaped(line)}"
    yield ""
    said = comparison_words(pair.comparison, one="A", other="B")
    yield f"**{escaped(said)}**"
    if pair.tasks:
        yield ""
        yield "| task | A | B | A - B | full A | full B | n | McNemar p |"
        yield "|---|--:|--:|--:|--:|--:|--:|--:|"
        for row in pair.tasks:
            yield f"| {' | '.join(_cells(row, show=escaped))} |"
    if pair.left_out:
        yield ""
        yield "Left out:"
        yield ""
        yield from (f"- {escaped(sentence)}" for sentence in pair.left_out)


def _warnings(pair: ComparedPair) -> Iterator[str]:
    scripted = [side.label for side in (pair.one, pair.other) if side.scripted]
    if scripted:
        yield f"{SCRIPTED_SENTENCE}{', '.join(scripted)}."
    if not (pair.one.boxed and pair.other.boxed):
        yield NO_SANDBOX_SENTENCE


def _table(pair: ComparedPair) -> Iterator[str]:
    rows = [
        ("task", "A", "B", "A - B", "full A", "full B", "p"),
        *(
            tuple(cell for place, cell in enumerate(_cells(row, show=visible)) if place != 6)
            for row in pair.tasks
        ),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        first, *rest = row
        figures = "  ".join(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))
        line = f"  {first.ljust(widths[0])}  {figures}"
        if len(line) <= 80:
            yield line.rstrip()
        else:
            yield f"  {first}"
            yield f"      {figures}".rstrip()


def _cells(row: TaskPair, *, show: Callable[[str], str]) -> tuple[str, ...]:
    p = _p(row.p) if row.p == row.p_corrected else f"{_p(row.p)} ({_p(row.p_corrected)})"
    return (
        show(row.task),
        f"{100 * row.one:.0f}",
        f"{100 * row.other:.0f}",
        _points(row.difference),
        proportion(row.one_full),
        proportion(row.other_full),
        str(row.n),
        p,
    )


def _pace(row: PaceRatio) -> str:
    """Return how the paces compare: 1.25 times B's."""
    drawn = f"n {row.n}"
    if row.low is None or row.high is None:
        return f"{_PACES[row.what]}: A's is {row.ratio:.2f} times B's ({drawn}, no interval)"
    return f"{_PACES[row.what]}: A's is {row.ratio:.2f} times B's ({row.low:.2f}{TO}{row.high:.2f}, {drawn})"


def _guide(compared: Compared) -> Iterator[str]:
    sure = f"{100 * compared.method.confidence:.0f}%"
    yield (
        "Only tasks and epochs that both have are compared. Differences are A - B in points of 100, with "
        f"their {sure} interval by sign flips of whole tasks; with fewer than six tasks, of their trials, "
        "and then they hold for these tasks only. p of a task is exact McNemar of full marks."
    )
    if len(compared.pairs) > 1 or any(len(pair.tasks) > 1 for pair in compared.pairs):
        yield "Corrected: by Holm, for how many comparisons, or tasks (in brackets), are shown."


def _indented(sentences: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in _wrapped(sentences, width=78))


def _wrapped(sentences: Iterable[str], *, width: int = 80) -> Iterator[str]:
    for sentence in sentences:
        yield from wrap(visible(sentence), width, break_long_words=False, break_on_hyphens=False)


def _points(share: float) -> str:
    """Return a difference of shares as points of 100, with its sign."""
    text = f"{100 * share:+.1f}".removesuffix(".0")
    return "0" if text in {"+0", "-0"} else text


def _p(value: float | None) -> str:
    if value is None:
        return NOT_MEASURED
    return "below 0.001" if value < 0.001 else f"{value:.3f}" if value < 0.0995 else f"{value:.2f}"
