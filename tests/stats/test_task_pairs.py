import pytest

from codestone.stats.task_pairs import pace_ratios, record_couples, task_pairs
from codestone.testing.records import make_exchange, make_record
from codestone.trial import Speed


def row(contestant, task, scores, *, wall_s=4.0, tg=40.0):
    """Return one contestant's records of a task."""
    return [
        make_record(
            contestant=contestant,
            task=task,
            epoch=epoch,
            earned=earned,
            generation_ns=int(wall_s * 1e9 * (1 + epoch / 100)),
            exchanges=(make_exchange(speed=Speed(tg=tg)),),
        )
        for epoch, earned in enumerate(scores, start=1)
    ]


def test_a_task_has_both_means_and_mcnemar_of_full_marks():
    """Of six pairs one alone was full in five: 2 · 1 / 32."""
    couples = record_couples(row("one", "a", [100] * 6), row("other", "a", [40] * 5 + [100]))
    (found,) = task_pairs(couples)
    assert (found.n, found.one, found.other) == (6, 1.0, 0.5)
    assert found.difference == pytest.approx(0.5)
    assert (found.only_one, found.only_other) == (5, 0)
    assert (found.one_full.k, found.other_full.k, found.other_full.n) == (6, 1, 6)
    assert found.p == found.p_corrected == 0.0625


def test_several_tasks_are_corrected_for_each_other():
    """Two that would stand alone count double."""
    one = row("one", "a", [100] * 6) + row("one", "b", [100] * 6)
    other = row("other", "a", [40] * 6) + row("other", "b", [40] * 6)
    assert [(each.p, each.p_corrected) for each in task_pairs(record_couples(one, other))] == [
        (0.03125, 0.0625)
    ] * 2


def test_pairs_have_the_same_task_and_epoch():
    """Whatever only one has makes none."""
    one = row("one", "a", [100, 40]) + row("one", "b", [100])
    other = row("other", "a", [100, 40, 40]) + row("other", "c", [100])
    couples = record_couples(one, other)
    assert [(mine.key.task, mine.key.epoch) for mine, _ in couples] == [("a", 1), ("a", 2)]
    assert all(mine.key.epoch == theirs.key.epoch for mine, theirs in couples)


def test_pace_is_a_ratio_with_its_interval_over_tasks():
    """Twice as long on the average of eight tasks, each of which has its own factor."""
    factors = [1.6, 1.8, 1.9, 2.0, 2.0, 2.1, 2.2, 2.6]
    one = [
        each for n, f in enumerate(factors) for each in row("one", f"t{n}", [100], wall_s=3 * f, tg=40 / f)
    ]
    other = [each for n in range(8) for each in row("other", f"t{n}", [100], wall_s=3, tg=40.0)]
    wall, tg = pace_ratios(record_couples(one, other))
    assert (wall.what, wall.n, tg.what, tg.n) == ("wall", 8, "tg", 8)
    assert wall.ratio == pytest.approx(2.0, abs=0.02)
    assert 1.6 < wall.low < wall.ratio < wall.high < 2.6
    assert tg.ratio == pytest.approx(1 / wall.ratio)


def test_few_trials_have_a_ratio_without_interval():
    """And what was measured on one side only has none."""
    one, other = row("one", "a", [100] * 3, tg=None), row("other", "a", [100] * 3, wall_s=8)
    (wall,) = pace_ratios(record_couples(one, other))
    assert wall.ratio == pytest.approx(0.5)
    assert (wall.low, wall.high, wall.n) == (None, None, 3)
    assert pace_ratios([]) == ()
