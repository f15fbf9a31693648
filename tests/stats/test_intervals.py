import math
import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.stats.intervals import bootstrap_mean, bounded_mean, mean_interval, wilson
from codestone.stats.summarise import summarise
from codestone.testing.records import make_record

shares = st.lists(st.floats(0, 1), min_size=2, max_size=12)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (7, 10, 0.3968, 0.8922),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 1, 0.2065, 1.0),
        (15, 148, 0.0624, 0.1605),
    ],
)
def test_wilson_gives_the_published_ends(k, n, low, high):
    """15 of 148 is Newcombe's example (Statistics in Medicine 17, 1998): 0.0624 to 0.1605."""
    assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)


@given(
    st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999)
)
def test_wilson_holds_the_proportion_and_mirrors_it(k_of_n, confidence):
    """It lies within 0 to 1, holds k/n, and failures have the mirrored interval of passes."""
    k, n = k_of_n
    low, high = wilson(k, n, confidence)
    assert 0 <= low <= k / n <= high <= 1
    assert wilson(n - k, n, confidence) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(("k", "n", "confidence"), [(0, 0, 0.95), (2, 1, 0.95), (-1, 1, 0.95), (1, 1, 1.0)])
def test_what_is_no_proportion_is_refused(k, n, confidence):
    """0 of 0 has no interval, and none is made up."""
    with pytest.raises(ValueError, match="no proportion"):
        wilson(k, n, confidence)


@given(shares, st.integers(0, 5))
def test_the_bootstrap_is_repeatable_and_holds_its_mean(values, seed):
    """The same seed gives the same interval, within 0 to 1."""
    interval = bootstrap_mean(values, resamples=50, seed=seed)
    assert interval == bootstrap_mean(values, resamples=50, seed=seed)
    if interval is None:
        assert len(set(values)) == 1
    else:
        assert 0 <= interval.low <= fmean(values) + 1e-12
        assert fmean(values) - 1e-12 <= interval.high <= 1


@pytest.mark.parametrize("values", [[], [0.5], [1.0, 1.0, 1.0]])
def test_where_nothing_can_be_resampled_there_is_no_bootstrap(values):
    """One task, or tasks that are all alike: never an interval of width 0."""
    assert bootstrap_mean(values) is None


def test_the_bootstrap_agrees_with_theory_on_a_known_mean():
    """For 0..99 of 100 the 95 % interval is close to mean ± 1.98 standard errors: 49.5 ± 5.76."""
    interval = bootstrap_mean([value / 100 for value in range(100)])
    assert interval == pytest.approx((0.4374, 0.5526), abs=0.006)


@given(shares.filter(bool))
def test_the_bound_holds_its_mean_and_mirrors(values):
    """It lies within 0 to 1, and shares lost have the mirrored interval of shares earned."""
    low, high = bounded_mean(values)
    assert 0 <= low <= fmean(values) + 1e-9
    assert fmean(values) - 1e-9 <= high <= 1
    lost = bounded_mean([1 - value for value in values])
    assert lost == pytest.approx((1 - high, 1 - low), abs=0.05)


def test_the_bound_of_tasks_in_full_is_that_of_clopper_and_pearson():
    """Nothing but full marks on n tasks: 0.025^(1/n) to 1."""
    assert bounded_mean([1.0] * 4) == pytest.approx((0.025**0.25, 1.0), abs=0.02)
    assert bounded_mean([-1.0] * 4, least=-1.0) == pytest.approx((-1.0, 1 - 2 * 0.025**0.25), abs=0.04)


@pytest.mark.parametrize("values", [[], [1.2], [-0.1, 0.5]])
def test_what_lies_outside_the_bounds_is_refused(values):
    """The bound would not hold."""
    with pytest.raises(ValueError, match="no values within"):
        bounded_mean(values)


def test_one_task_has_no_interval_and_few_have_the_bound():
    """From six tasks the bootstrap holds; where all are alike it says nothing, and the bound does."""
    assert mean_interval([0.5]) is None
    few, many = [0.2, 0.9, 0.6], [0.2, 0.9, 0.6, 0.4, 0.7, 0.5]
    assert mean_interval(few) == bounded_mean(few)
    assert mean_interval(many) == bootstrap_mean(many)
    assert mean_interval([1.0] * 8) == bounded_mean([1.0] * 8)


def eighths(draw, chance, *, epochs=2):
    """Return the mean share of answers that each pass so many of eight checks."""
    return fmean(sum(draw.random() < chance for _ in range(8)) / 8 for _ in range(epochs))


POPULATIONS = {
    "tasks of all difficulties, three epochs of eight checks": (
        lambda draw: eighths(draw, draw.betavariate(1.2, 0.8)),
        0.6,
    ),
    "easy tasks": (lambda draw: draw.betavariate(5, 1), 5 / 6),
    "all or nothing, mostly": (lambda draw: draw.betavariate(0.5, 0.5), 0.5),
    "half of the tasks in full": (lambda draw: 1.0 if draw.random() < 0.5 else draw.random(), 0.75),
}


@pytest.mark.parametrize("tasks", [2, 4, 6, 12, 30])
@pytest.mark.parametrize("population", POPULATIONS)
def test_95_of_100_intervals_hold_the_truth_over_tasks(tasks, population):
    """93 at least, with 400 runs: task effects in them, skewed shares, few tasks and many."""
    one, truth = POPULATIONS[population]
    draw = random.Random(tasks)
    held = 0
    for _ in range(400):
        interval = mean_interval([one(draw) for _ in range(tasks)])
        held += interval is not None and interval.low <= truth <= interval.high
    assert held / 400 >= 0.93 - 0.0125  # one standard error of 400 runs


@pytest.mark.parametrize(("p", "n"), [(0.5, 10), (0.8, 5), (0.9, 20), (0.3, 40)])
def test_wilson_holds_the_truth_in_one_cell(p, n):
    """On average over p it is 95 of 100; computed, not drawn."""
    chance = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    held = sum(chance[k] for k in range(n + 1) if wilson(k, n).low <= p <= wilson(k, n).high)
    assert held >= 0.93


def test_ten_copies_of_an_epoch_do_not_narrow_the_interval(plan):
    """The interval depends on the tasks' means only: tasks are the unit of generalisation."""

    def share(epochs):
        records = [
            make_record(task=f"t{task}", epoch=epoch, earned=10 * task)
            for task in range(5)
            for epoch in range(1, epochs + 1)
        ]
        frame = plan(tasks=[f"t{task}" for task in range(5)], epochs=epochs)
        return summarise(records, [], planned=frame).standings[0].share

    assert share(1) == share(10)
