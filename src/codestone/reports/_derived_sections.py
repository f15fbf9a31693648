"""What follows from the ranking, as tables: passes, repeats, evenness, value, twins, reliability."""

from collections.abc import Iterator

from codestone.reports import _words as words
from codestone.reports._compared import difference
from codestone.reports._table import Section, Table
from codestone.stats.summary import Estimate, Mean, Reliability, Repeats, Standing, Summary, Twin

_TWINS = {
    "thinking": "One model, thinking and not",
    "quant": "One model in two quantisations",
    "distill": "A distilled model beside its base model",
}


def passes(summary: Summary) -> Iterator[Section]:
    """Yield points of whole passes and what repeats promise, where there was more than one pass."""
    repeated = [row for row in summary.standings if row.passes is not None and row.passes.n > 1]
    tables = [_pass_table(repeated)] if repeated else []
    if any(row.repeats for row in summary.standings):
        tables.append(_repeat_table(summary))
    if tables:
        yield Section(
            id="passes",
            heading="From pass to pass",
            note=(
                "Points of whole passes, in which every task was measured. pass@k: at least one of k answers "
                "earns every point; pass^k: all k do; means over tasks, with their interval."
            ),
            tables=tables,
        )


def value(summary: Summary) -> Iterator[Section]:
    """Yield how even a contestant is over tasks, and its points for time and for size."""
    told = [row for row in summary.standings if row.consistency is not None or row.score_per_total_minute]
    sized = any(row.weights_gb for row in told)
    if len(told) > 1 or any(row.consistency is not None for row in told):
        yield Section(
            id="value",
            heading="Evenness, and points for time and size",
            note=(
                "stdev: of the shares over n tasks, in points of 100: consistency, small is even. Points a "
                "minute: by the wall time of the same trials, thinking included. Score/Min, as it is "
                "published elsewhere, is by the average task, so it grows with their number. GB: 10^9 bytes "
                "of weights. With intervals over tasks."
            ),
            tables=[
                Table(
                    columns=(
                        "contestant",
                        "n",
                        "stdev",
                        "points/minute",
                        "Score/Min",
                        *(("GB", "points/GB") if sized else ()),
                    ),
                    rows=[_value_row(row, sized=sized) for row in told],
                )
            ],
        )


def twins(summary: Summary) -> Iterator[Section]:
    """Yield pairs of one model that differ in one thing."""
    rows = {row.label: row for row in summary.standings}
    kinds = [(kind, [each for each in summary.twins if each.kind == kind]) for kind in _TWINS]
    if summary.twins:
        yield Section(
            id="twins",
            heading="Variants of one model",
            note=(
                "Points and the median wall time of a trial of each side; differences in points of 100, "
                "paired by task, of the first less the second. What else differs may be the reason."
            ),
            tables=[_twin_table(_TWINS[kind], found, rows) for kind, found in kinds if found],
        )


def reliability(summary: Summary) -> Iterator[Section]:
    """Yield whose trials could not all be measured at once."""
    if summary.reliability:
        yield Section(
            id="reliability",
            heading="Reliability",
            note="Trials that were measured, of those that were begun; what kept attempts from it was no "
            "doing of the model.",
            tables=[
                Table(
                    columns=("contestant", "measured", "failed attempts", "what happened"),
                    rows=[_reliability_row(row) for row in summary.reliability],
                    words=frozenset({0, 3}),
                )
            ],
        )


def estimate(figure: Estimate | None) -> str:
    """Return a figure with its interval."""
    if figure is None:
        return words.NOT_MEASURED
    if figure.low is None or figure.high is None:
        return words.number(figure.value)
    return f"{words.number(figure.value)} ({words.number(figure.low)}{words.TO}{words.number(figure.high)})"


def _pass_table(rows: list[Standing]) -> Table:
    return Table(
        caption="Whole passes",
        columns=("contestant", "passes", "mean", "best", "worst", "stdev", "all"),
        rows=[
            (
                row.label,
                str(row.passes.n),
                *map(words.number, (row.passes.mean, row.passes.best, row.passes.worst, row.passes.stdev)),
                ", ".join(map(words.number, row.passes.scores)),
            )
            for row in rows
            if row.passes
        ],
        words=frozenset({0, 6}),
    )


def _repeat_table(summary: Summary) -> Table:
    shown = sorted({each.k for row in summary.standings for each in row.repeats})
    figures = [(sign, k) for k in shown for sign in ("@^" if k > 1 else "@")]  # of one, any is all
    rows = []
    for row in summary.standings:
        of = {(sign, each.k): found for each in row.repeats for sign, found in _signed(each)}
        rows.append((row.label, *(words.mean_share(of.get(figure)) for figure in figures)))
    columns = ("contestant", *(f"pass{sign}{k}" for sign, k in figures))
    return Table(caption="What repeats promise", columns=columns, rows=rows)


def _signed(each: Repeats) -> tuple[tuple[str, Mean], ...]:
    return (("@", each.any_passes), ("^", each.all_pass))


def _value_row(row: Standing, *, sized: bool) -> tuple[str, ...]:
    size = (words.number(row.weights_gb), estimate(row.score_per_gb)) if sized else ()
    return (
        row.label,
        str(row.tasks_measured),
        words.number(None if row.consistency is None else 100 * row.consistency),
        estimate(row.score_per_total_minute),
        estimate(row.score_per_minute),
        *size,
    )


def _twin_table(caption: str, found: list[Twin], rows: dict[str, Standing]) -> Table:
    return Table(
        caption=caption,
        columns=("one", "beside", "points", "wall", "difference", "verdict", "also differs"),
        rows=[
            (
                f"{each.comparison.one} ({each.one_is})",
                f"{each.comparison.other} ({each.other_is})",
                _both(*(words.total(rows[label]) for label in (each.comparison.one, each.comparison.other))),
                _both(
                    *(
                        words.short_median(rows[label].speed.trial, words.duration)
                        for label in (each.comparison.one, each.comparison.other)
                    )
                ),
                difference(each.comparison),
                each.comparison.words,
                ", ".join(each.also) or "nothing that is told",
            )
            for each in found
        ],
        words=frozenset({0, 1, 4, 5, 6}),
        listed=True,
    )


def _both(one: str, other: str) -> str:
    return f"{one} and {other}"


def _reliability_row(row: Reliability) -> tuple[str, ...]:
    return (
        row.label,
        words.proportion(row.measured),
        str(row.attempts),
        ", ".join(f"{each.n} {words.TIMES} {each.words}" for each in row.endings),
    )
