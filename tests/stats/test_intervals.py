import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.stats.intervals import bootstrap_mean, wilson
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
def test_the_bootstrap_is_repeatable_and_stays_among_its_tasks(values, seed):
    """The same seed gives the same interval, between the worst and the best task."""
    interval = bootstrap_mean(values, resamples=50, seed=seed)
    assert interval == bootstrap_mean(values, resamples=50, seed=seed)
    if interval is None:
        assert len(set(values)) == 1
    else:
        assert min(values) - 1e-12 <= interval.low <= interval.high <= max(values) + 1e-12


@pytest.mark.parametrize("values", [[], [0.5], [1.0, 1.0, 1.0]])
def test_where_nothing_can_be_resampled_there_is_no_interval(values):
    """One task, or tasks that are all alike, tell nothing about other tasks: never an interval of width 0."""
    assert bootstrap_mean(values) is None


def test_the_bootstrap_agrees_with_theory_on_a_known_mean():
    """For 0..99 the 95 % interval is close to mean ± 1.96 standard errors: 49.5 ± 5.66."""
    interval = bootstrap_mean([float(value) for value in range(100)])
    assert interval == pytest.approx((43.84, 55.16), abs=0.6)


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
