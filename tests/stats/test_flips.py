import random
from itertools import product
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.stats.flips import flips, holm, mcnemar

RUNS = 1000
differences = st.lists(st.integers(-8, 8).map(lambda eighths: eighths / 8), min_size=1, max_size=9)


def by_hand(values):
    """Return the two-sided p from all patterns of signs, written out."""
    sums = [
        sum(sign * value for sign, value in zip(signs, values, strict=True))
        for signs in product((1, -1), repeat=len(values))
    ]
    seen = sum(values)
    above, below = sum(each >= seen for each in sums), sum(each <= seen for each in sums)
    return min(1, 2 * min(above, below) / len(sums))


@given(differences)
def test_p_is_what_all_patterns_of_signs_say(values):
    """Subset means and sign patterns are one thing."""
    assert flips(values).p == pytest.approx(by_hand(values))


@given(st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=12))
def test_all_or_nothing_gives_exact_mcnemar(values):
    """Pairs that do not differ say nothing."""
    assert flips(values).p == pytest.approx(mcnemar(values.count(1), values.count(-1)))


@pytest.mark.parametrize(
    ("one", "other", "p"), [(0, 0, 1), (6, 0, 0.03125), (5, 0, 0.0625), (9, 1, 0.021484375)]
)
def test_mcnemar_gives_the_published_p(one, other, p):
    """2 · P(X <= min) of a fair coin; the sides may be swapped."""
    assert mcnemar(one, other) == mcnemar(other, one) == p


@given(st.lists(st.floats(-1, 1), min_size=6, max_size=20))
def test_the_interval_and_the_test_never_contradict_each_other(values):
    """It leaves out 0 where p is at most 0.05, and only there."""
    found = flips(values)
    assert found.interval is not None
    outside = found.interval.low > 0 or found.interval.high < 0
    assert outside == (found.p <= 0.05)


@given(st.lists(st.floats(-1, 1), min_size=6, max_size=20))
def test_the_other_way_round_it_is_mirrored(values):
    """Whichever of two is named first."""
    found, mirrored = flips(values), flips([-value for value in values])
    assert mirrored.p == found.p
    assert mirrored.interval == pytest.approx((-found.interval.high, -found.interval.low))


def test_fewer_than_six_can_show_nothing():
    """Five that all say the same happen in one of sixteen nights by luck."""
    five = flips([1.0] * 5)
    assert (five.p, five.interval) == (0.0625, None)
    assert flips([1.0] * 6).p == 0.03125


def test_a_weight_counts_like_so_many_of_it():
    """A unit of weight 0.5 moves the mean half as much."""
    values, weights = [0.4, -0.2, 0.1, 0.9, 0.3, 0.2], [1, 0.5, 0.5, 1, 1, 1]
    found, doubled = flips(values, weights=weights), flips(values, weights=[2 * each for each in weights])
    assert (found.p, found.interval) == (doubled.p, pytest.approx(doubled.interval))
    assert found.p != flips(values).p


def test_nothing_is_no_difference():
    """Zero units are refused, not taken for no difference."""
    with pytest.raises(ValueError, match="no differences"):
        flips([])


@pytest.mark.parametrize(
    ("ps", "corrected"),
    [
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.5, 0.6], [1.0, 1.0]),
        ([0.04], [0.04]),
        ([], []),
    ],
)
def test_holm_corrects_for_how_many_there_are(ps, corrected):
    """Step by step down, in the order in which they came."""
    assert holm(ps) == pytest.approx(corrected)


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_never_makes_one_smaller_nor_changes_their_order(ps):
    """And with one alone there is nothing to correct."""
    corrected = holm(ps)
    assert all(one >= p for one, p in zip(corrected, ps, strict=True))
    order = sorted(range(len(ps)), key=ps.__getitem__)
    assert [corrected[i] for i in order] == sorted(corrected)


def night(draw, gap, *, tasks, epochs):
    """Return task differences: each task its difficulty and its own difference, each answer its luck."""
    found = []
    for _ in range(tasks):
        chance, own = draw.uniform(0.25, 0.6), draw.gauss(gap, 0.12)

        def share(chance=chance):
            return fmean(sum(draw.random() < chance for _ in range(8)) / 8 for _ in range(epochs))

        found.append(share() - share(max(0.0, min(1.0, chance - own))))
    return found


@pytest.mark.parametrize(("tasks", "epochs"), [(6, 3), (10, 1), (16, 2)])
def test_false_alarms_are_at_most_5_of_100_with_task_effects(tasks, epochs):
    """Two that are alike on the average, though not on each task."""
    draw = random.Random(tasks)
    alarms = sum(flips(night(draw, 0.0, tasks=tasks, epochs=epochs)).p <= 0.05 for _ in range(RUNS))
    assert alarms / RUNS <= 0.05 + 0.007  # one standard error of 1,000 nights


@pytest.mark.parametrize(("tasks", "epochs"), [(6, 3), (10, 1), (16, 2)])
def test_95_of_100_intervals_hold_the_true_difference(tasks, epochs):
    """93 at least."""
    draw = random.Random(tasks + 1)
    held = 0
    for _ in range(RUNS):
        low, high = flips(night(draw, 0.1, tasks=tasks, epochs=epochs)).interval
        held += low <= 0.1 <= high
    assert held / RUNS >= 0.93 - 0.008


def test_counting_answers_in_place_of_tasks_would_cry_wolf():
    """The same nights, every answer taken as a unit: far more than 5 of 100."""
    draw, alarms = random.Random(5), 0
    for _ in range(100):
        units = [value for value in night(draw, 0.0, tasks=6, epochs=4) for _ in range(4)]
        alarms += flips(units).p <= 0.05
    assert alarms / 100 > 0.15
