import pytest

from codestone.stats.summarise import summarise
from codestone.testing.records import make_record


def row_of(plan, tasks, epochs, records):
    return summarise(records, [], planned=plan(tasks=tasks, epochs=epochs)).standings[0]


@pytest.mark.parametrize(
    ("scores", "mean", "spread", "stdev"),
    [
        ([65, 45, 65, 90, 45], 62, 45, 18.6),
        ([65, 40, 40, 15, 65], 45, 50, 20.9),
        ([25, 0, 20, 65, 15], 25, 65, 24.2),
        ([20, 40, 65], 41.7, 45, 22.5),
    ],
)
def test_published_repeats_come_out_again(plan, scores, mean, spread, stdev):
    """All scores, mean, spread and sample stdev; of the last one "~19" is published, which is that of n."""
    records = [make_record(epoch=epoch, earned=earned) for epoch, earned in enumerate(scores, start=1)]
    passes = row_of(plan, ("add-numbers",), len(scores), records).passes
    assert passes.scores == tuple(scores)
    assert (passes.n, passes.best, passes.worst, passes.spread) == (
        len(scores),
        max(scores),
        min(scores),
        spread,
    )
    assert (passes.mean, passes.stdev) == (pytest.approx(mean, abs=0.05), pytest.approx(stdev, abs=0.06))
    assert passes.best_epoch == scores.index(max(scores)) + 1


def test_the_best_pass_shows_its_levels(plan):
    """Five tasks of 25, 25, 0, 15, 0 points, of 65 in all: the published block of one run."""
    levels = {"l1": [25, 25], "l2": [0, 25], "l3": [0, 0], "l4": [15, 15], "l5": [0, 0]}
    records = [
        make_record(task=task, epoch=epoch, earned=earned)
        for task, row in levels.items()
        for epoch, earned in enumerate(row, start=1)
    ]
    passes = row_of(plan, tuple(levels), 2, records).passes
    assert (passes.scores, passes.best_epoch) == ((40, 65), 2)
    assert [(level.task, level.points) for level in passes.levels] == [
        (f"examples/{task}", row[1]) for task, row in levels.items()
    ]


def test_a_pass_with_a_task_missing_is_no_score(plan):
    """A sum over fewer tasks would look like a bad pass."""
    records = [
        make_record(task="a", epoch=1),
        make_record(task="b", epoch=1, earned=50),
        make_record(task="a", epoch=2),
    ]
    passes = row_of(plan, ("a", "b"), 2, records).passes
    assert (passes.n, passes.scores, passes.stdev) == (1, (150,), None)
    assert row_of(plan, ("a", "b"), 2, records[2:]).passes is None
