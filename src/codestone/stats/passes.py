"""What each whole pass of a contestant earned: all scores, best, mean, worst and their spread. Pure.

A pass counts where every task that was asked has its trial: a sum over fewer tasks is no score.
"""

from collections.abc import Sequence
from statistics import fmean

from codestone.stats.spread import sample_stdev
from codestone.stats.summary import Cell, Level, PassScores


def pass_scores(cells: Sequence[Cell]) -> PassScores | None:
    """Return the scores of one contestant's whole passes; None where there is none.

    ``cells`` are those of its row, one for each task that was asked.
    """
    points = [{epoch.epoch: epoch.points for epoch in cell.epochs} for cell in cells]
    epochs = sorted(set.intersection(*(set(each) for each in points))) if points else []
    if not epochs:
        return None
    scores = [sum(each[epoch] for each in points) for epoch in epochs]
    best = epochs[scores.index(max(scores))]
    return PassScores(
        n=len(epochs),
        scores=tuple(scores),
        mean=fmean(scores),
        best=max(scores),
        worst=min(scores),
        spread=max(scores) - min(scores),
        stdev=sample_stdev(scores),
        best_epoch=best,
        levels=tuple(
            Level(task=cell.task, points=each[best], possible=cell.possible)
            for cell, each in zip(cells, points, strict=True)
        ),
    )
