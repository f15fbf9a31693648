"""The totals of each contestant, and who stands where."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from codestone.stats.cells import endings_of
from codestone.stats.pace import score_per_gb, score_per_minute, score_per_total_minute, weights_gb
from codestone.stats.passes import pass_scores
from codestone.stats.planned import Planned
from codestone.stats.ranks import ranks
from codestone.stats.repeats import repeats_over_tasks
from codestone.stats.speed import speed_row
from codestone.stats.spread import mean_of, sample_stdev
from codestone.stats.summary import Cell, Standing
from codestone.task import Band
from codestone.trial import Contestant, TrialRecord

Entrant = tuple[str, str]
"""Name of a contestant, name of a driver: one row of the ranking."""


def labels(planned: Planned) -> dict[Entrant, str]:
    """Return what each row is called: the contestant, SCRIPTED where that is so, its driver."""
    return {
        (contestant.name, driver): " ".join(
            [
                contestant.name,
                *(["SCRIPTED"] if contestant.scripted else []),
                *([f"· {driver}"] if len(planned.drivers) > 1 else []),
            ]
        )
        for contestant in planned.contestants
        for driver in planned.drivers
    }


def standings(
    planned: Planned,
    *,
    cells: Mapping[Entrant, Sequence[Cell]],
    records: Mapping[Entrant, Sequence[TrialRecord]],
) -> tuple[Standing, ...]:
    """Return all rows: complete ones by rank, then the incomplete ones by their lower bound.

    ``cells`` holds those of the tasks that were not skipped. Ties keep the order of the plan.
    """
    called = labels(planned)
    rows = [
        _standing(contestant, driver, label=called[own], cells=cells[own], records=records.get(own, ()))
        for contestant in planned.contestants
        for driver in planned.drivers
        for own in [(contestant.name, driver)]
    ]
    complete = [row for row in rows if row.complete]
    places = ranks([row.points or 0.0 for row in complete])
    ranked = [
        row.model_copy(update={"rank": place, "band": band_of(planned.bands, row.points)})
        for row, place in zip(complete, places, strict=True)
    ]
    ranked.sort(key=lambda row: row.rank or 0)
    below = sorted((row for row in rows if not row.complete), key=_lower_bound, reverse=True)
    return (*ranked, *below)


def band_of(bands: Sequence[Band], points: float | None) -> str:
    """Return the word for a total: that of the highest band which it reaches; "" where there is none."""
    reached = [band.name for band in bands if points is not None and points >= band.at_least]
    return reached[-1] if reached else ""


def _lower_bound(row: Standing) -> float:
    return -1.0 if row.points is None else row.points


def _standing(
    contestant: Contestant, driver: str, *, label: str, cells: Sequence[Cell], records: Sequence[TrialRecord]
) -> Standing:
    means = [(cell.mean, cell.possible) for cell in cells if cell.mean is not None]
    points, shares = [mean for mean, _ in means], [mean / possible for mean, possible in means]
    complete, gb = bool(cells) and len(means) == len(cells), weights_gb(contestant)
    walls_ns = [fmean(epoch.generation_ns for epoch in cell.epochs) for cell in cells if cell.epochs]
    return Standing(
        label=label,
        contestant=contestant.name,
        driver=driver,
        scripted=contestant.scripted,
        rank=None,
        complete=complete,
        points=sum(points) if points else None,
        possible=sum(cell.possible for cell in cells),
        share=mean_of(shares) if shares else None,
        tasks_measured=len(means),
        tasks=len(cells),
        trials_measured=sum(cell.n for cell in cells),
        trials=sum(cell.planned for cell in cells),
        full_trials=sum(cell.full.k for cell in cells),
        endings=endings_of(records),
        consistency=sample_stdev(shares),
        passes=pass_scores(cells),
        repeats=repeats_over_tasks(cells),
        score_per_minute=score_per_minute(points, walls_ns),
        score_per_total_minute=score_per_total_minute(points, walls_ns),
        weights_gb=gb,
        score_per_gb=score_per_gb(points, [cell.possible for cell in cells], gb=gb)
        if gb and complete
        else None,
        speed=speed_row(records),
    )
