import math
import random

import pytest

from codestone.stats.intervals import mean_interval
from codestone.stats.pace import score_per_gb, score_per_minute, score_per_total_minute, weights_gb
from codestone.stats.spread import sample_stdev
from codestone.stats.summarise import summarise
from codestone.testing.records import make_contestant, make_record
from codestone.trial import Fact

SECOND = 1e9


@pytest.mark.parametrize(
    ("points", "wall_s", "published"),
    [
        ((17, 17, 14, 18, 16, 17), 22, 270),
        ((17, 14, 14, 15, 14, 15), 21, 254),
        ((16, 14, 13, 18, 14, 14), 48, 111),
        ((17, 14, 14, 18, 16, 14), 68, 82),
        ((17, 18, 15, 18, 16, 16), 112, 54),
    ],
)
def test_the_published_score_per_minute_comes_out_again(points, wall_s, published):
    """99 points at 22 s on the average of six tasks is 270; by total minute it is a sixth of that."""
    walls = [wall_s * SECOND] * 6
    rate = score_per_minute(points, walls)
    assert round(rate.value) == published
    assert score_per_total_minute(points, walls).value == pytest.approx(rate.value / 6)
    assert rate.low < rate.value < rate.high


def test_the_published_consistency_comes_out_again():
    """The sample standard deviation over six tasks, in points of 20: 1.8 for one row, 1.5 for another."""
    assert round(sample_stdev([17, 14, 14, 18, 16, 14]), 1) == 1.8
    assert round(sample_stdev([15, 14, 15, 18, 14, 14]), 1) == 1.5


def test_a_summary_has_all_three(plan):
    """Consistency is told in shares: 1.8 of 20 points is 0.088."""
    tasks = dict(zip("abcdef", (17, 14, 14, 18, 16, 14), strict=True))
    records = [
        make_record(task=task, earned=5 * points, generation_ns=68 * 10**9) for task, points in tasks.items()
    ]
    row = summarise(records, [], planned=plan(tasks=tuple(tasks))).standings[0]
    assert 20 * row.consistency == pytest.approx(1.76, abs=0.005)
    assert row.score_per_minute.value == pytest.approx(5 * 93 / (68 / 60))
    assert row.score_per_total_minute.n == row.score_per_minute.n == 6


def test_what_was_not_measured_has_no_rate(plan):
    """No task, no time: None, and never 0. Two tasks have no interval."""
    assert score_per_minute([], []) is None
    assert score_per_total_minute([1.0], [0]) is None
    assert score_per_minute([1.0, 2.0], [SECOND, SECOND]).low is None
    assert score_per_minute([0.0] * 4, [SECOND] * 4).value == 0
    assert summarise([], [], planned=plan()).standings[0].score_per_minute is None


def test_95_of_100_intervals_hold_the_true_rate():
    """93 at least, with tasks that take longer the harder they are; the truth is that of very many tasks."""
    draw = random.Random(3)

    def task():
        share = draw.betavariate(2, 1.5)
        return 100 * share, 60e9 * (1.2 - share) * math.exp(draw.gauss(0, 0.4))

    many = [task() for _ in range(20_000)]
    truth = score_per_total_minute([p for p, _ in many], [w for _, w in many]).value
    held = 0
    for _ in range(500):
        points, walls = zip(*(task() for _ in range(12)), strict=True)
        rate = score_per_total_minute(points, walls)
        held += rate.low <= truth <= rate.high
    assert held / 500 >= 0.93 - 0.0114  # one standard error of 500 runs


def test_points_per_gb_are_the_published_ones():
    """99 points at 12.3 GB: 8.0; the interval is that of the points, divided by the same size."""
    points = [17, 17, 14, 18, 16, 17]
    found = score_per_gb(points, [20] * 6, gb=12.3)
    assert (round(found.value, 1), found.n) == (8.0, 6)
    interval = mean_interval([value / 20 for value in points])
    assert (found.low, found.high) == pytest.approx((120 * interval.low / 12.3, 120 * interval.high / 12.3))


def test_points_per_gb_of_one_task_have_no_interval():
    """It tells nothing of others."""
    found = score_per_gb([10], [20], gb=5)
    assert (found.value, found.low, found.high) == (2, None, None)


@pytest.mark.parametrize(
    ("facts", "gb"),
    [
        ({"file_bytes": 12_300_000_000, "weights_bytes": 1}, 12.3),
        ({"weights_bytes": 5e9}, 5),
        ({"file_bytes": "big"}, None),
        ({}, None),
    ],
)
def test_the_size_is_the_files_where_it_is_told(facts, gb):
    """GB are 10^9 bytes, as weights are published."""
    told = {name: Fact(value=value, source="file") for name, value in facts.items()}
    assert weights_gb(make_contestant(facts=told)) == gb
