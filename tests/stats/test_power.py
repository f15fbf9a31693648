import random
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.stats.gap_words import gap_words
from codestone.stats.power import (
    ASSUMED_BETWEEN,
    ASSUMED_WITHIN,
    Spread,
    detectable_gap,
    passes_to_show,
    spread_of,
    tasks_to_show,
)
from codestone.stats.student import t_quantile
from codestone.testing.records import make_record
from codestone.trial import Score

NIGHTS = 4000


def found_share(gap: float, *, tasks: int, epochs: int, spread: Spread, seed: int) -> float:
    """Return how many of many simulated nights find a true mean difference of ``gap``.

    Each task has its own difficulty and its own difference; each answer its own luck.
    """
    draw = random.Random(seed)
    critical = t_quantile(0.975, tasks - 1)
    found = 0
    for _ in range(NIGHTS):
        differences = []
        for _ in range(tasks):
            difficulty, own = draw.gauss(0.5, 0.3), draw.gauss(gap, spread.between)
            first = fmean(draw.gauss(difficulty + own, spread.within) for _ in range(epochs))
            second = fmean(draw.gauss(difficulty, spread.within) for _ in range(epochs))
            differences.append(first - second)
        found += abs(fmean(differences)) > critical * stdev(differences) / tasks**0.5
    return found / NIGHTS


@pytest.mark.parametrize(
    ("tasks", "epochs", "spread"),
    [
        (4, 3, Spread(between=0.05, within=0.2)),
        (5, 4, Spread(between=0.1, within=0.2)),
        (6, 3, Spread()),
        (12, 2, Spread(between=0.1, within=0.3)),
        (20, 5, Spread(between=0.25, within=0.1)),
    ],
)
def test_the_gap_is_found_in_four_nights_of_five(tasks, epochs, spread):
    """With task effects, in a simulation; and where there is none, in one of twenty."""
    gap = detectable_gap(tasks=tasks, epochs=epochs, spread=spread)
    assert gap is not None
    assert found_share(gap, tasks=tasks, epochs=epochs, spread=spread, seed=1) == pytest.approx(0.8, abs=0.03)
    assert found_share(0, tasks=tasks, epochs=epochs, spread=spread, seed=2) == pytest.approx(0.05, abs=0.015)


def test_it_holds_for_answers_that_pass_so_many_of_eight_checks():
    """Shares come in eighths and lie in 0 to 1, which no normal distribution does."""
    draw, tasks, epochs, found = random.Random(4), 10, 3, 0
    spread = Spread(between=0.1, within=(0.24 / 8) ** 0.5)
    gap = detectable_gap(tasks=tasks, epochs=epochs, spread=spread)
    assert gap is not None

    def share(chance: float) -> float:
        passed = sum(draw.random() < chance for _ in range(8 * epochs))
        return passed / (8 * epochs)

    for _ in range(NIGHTS):
        chances = [draw.uniform(0.25, 0.55) for _ in range(tasks)]
        pairs = [(share(chance + draw.gauss(gap, spread.between)), share(chance)) for chance in chances]
        differences = [first - second for first, second in pairs]
        found += abs(fmean(differences)) > t_quantile(0.975, tasks - 1) * stdev(differences) / tasks**0.5
    assert found / NIGHTS == pytest.approx(0.8, abs=0.04)


def test_counting_every_answer_as_evidence_would_promise_too_much():
    """What a formula without task effects calls 80 % is found far less often."""
    spread = Spread(between=0.25, within=0.1)
    pooled = 2.8 * (2 * spread.within**2 / (6 * 10)) ** 0.5
    assert found_share(pooled, tasks=6, epochs=10, spread=spread, seed=3) < 0.3


def test_one_task_shows_nothing_of_tasks_in_general():
    """However many passes; and the words say why."""
    assert detectable_gap(tasks=1, epochs=1000) is None
    assert passes_to_show(0.5, tasks=1) is None
    assert "one task says nothing of others" in gap_words(tasks=1, epochs=1000)


def test_a_difference_above_everything_is_none():
    """Two tasks would need more than all points against none."""
    assert detectable_gap(tasks=2, epochs=3) is None
    assert "not even all against nothing" in gap_words(tasks=2, epochs=3)


@given(
    tasks=st.integers(2, 60),
    gap=st.floats(0.02, 1.0),
    between=st.floats(0.0, 0.5),
    within=st.floats(0.0, 0.5),
)
def test_the_passes_are_the_fewest_that_show_the_gap(tasks, gap, between, within):
    """One pass fewer does not, and where no number does, more tasks are needed."""
    spread = Spread(between=between, within=within)
    passes = passes_to_show(gap, tasks=tasks, spread=spread)
    if passes is None:
        endless = detectable_gap(tasks=tasks, epochs=10**9, spread=spread)
        assert endless is None or endless >= gap * (1 - 1e-6)
        return
    shown = detectable_gap(tasks=tasks, epochs=passes, spread=spread)
    assert shown is not None
    assert shown <= gap * (1 + 1e-6)
    if passes > 1:
        fewer = detectable_gap(tasks=tasks, epochs=passes - 1, spread=spread)
        assert fewer is None or fewer > gap


@given(gap=st.floats(0.02, 1.0), epochs=st.integers(1, 20))
def test_the_tasks_are_the_fewest_that_show_the_gap(gap, epochs):
    """One task fewer does not."""
    tasks = tasks_to_show(gap, epochs=epochs)
    assert tasks is not None
    assert (detectable_gap(tasks=tasks, epochs=epochs) or 2) <= gap
    assert (detectable_gap(tasks=tasks - 1, epochs=epochs) or 2) > gap


def test_no_number_of_tasks_within_reason_is_none():
    """A difference of one point of 10,000."""
    assert tasks_to_show(0.0001, epochs=1) is None


@pytest.mark.parametrize("comparisons", [1, 2, 5, 10, 19, 45])
@pytest.mark.parametrize("gap", [0.05, 0.3, 0.9])
def test_the_more_comparisons_the_more_tasks(gap, comparisons):
    """However strict the level is: two tasks have one degree of freedom, and its quantile is far out."""
    few, more = (
        tasks_to_show(gap, epochs=3, confidence=1 - 0.05 / each) or 0
        for each in (comparisons, comparisons + 1)
    )
    assert 2 < few <= more


@pytest.mark.parametrize("gap", [0.0, -0.1, 1.5])
def test_what_is_no_difference_of_shares_is_refused(gap):
    """It lies in 0 to 1, without 0."""
    with pytest.raises(ValueError, match="difference"):
        passes_to_show(gap, tasks=4)
    with pytest.raises(ValueError, match="difference"):
        tasks_to_show(gap, epochs=4)


def test_without_records_the_spread_is_the_assumption():
    """And says that it rests on nothing; a single record tells nothing of spread either."""
    assert spread_of([]) == Spread()
    assert spread_of([make_record()]) == Spread()


def test_many_records_tell_the_spread():
    """Both parts of the simulation's truth are found again, to a tenth."""
    draw, records = random.Random(5), []
    for task in range(150):
        for name, own in (("a", 0.0), ("b", draw.gauss(0.1, 0.3))):
            records += [
                make_record(
                    contestant=name,
                    task=f"t-{task}",
                    epoch=epoch,
                    score=Score(
                        earned=50 + 100 * (own + draw.gauss(0, 0.1)), possible=100, passed=0, checks=1
                    ),
                )
                for epoch in range(1, 6)
            ]
    told = spread_of(records)
    assert told.within == pytest.approx(0.1, rel=0.1)
    assert told.between == pytest.approx(0.3, rel=0.1)
    assert (told.within_df, told.between_df) == (1200, 149)


def test_two_equal_answers_do_not_make_luck_vanish():
    """The assumption counts beside what little was seen."""
    told = spread_of([make_record(epoch=1), make_record(epoch=2)])
    assert 0.7 * ASSUMED_WITHIN < told.within < ASSUMED_WITHIN
    assert (told.between, told.within_df) == (ASSUMED_BETWEEN, 1)


def test_the_words_name_what_more_passes_would_show():
    """And where they would hardly help, how many tasks would."""
    luck = Spread(between=0.05, within=0.2)
    assert gap_words(tasks=4, epochs=3, spread=luck) == (
        "with 4 tasks x 3 passes a difference below 36 points of 100 would not show; "
        "6 more passes would show 23; of other tasks fewer than 6 tell nothing"
    )
    assert gap_words(tasks=4, epochs=9, spread=luck).startswith(
        "with 4 tasks x 9 passes a difference below 23 points"
    )
    assert gap_words(tasks=20, epochs=30) == (
        "with 20 tasks x 30 passes a difference below 14 points of 100 would not show; 74 tasks would show 7"
    )
