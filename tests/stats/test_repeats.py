from itertools import combinations
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.stats.repeats import pass_all, pass_at, repeats_of_cell
from codestone.stats.summarise import summarise
from codestone.testing.records import make_record

cells = st.integers(1, 8).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n), st.integers(1, n)))


@given(cells)
def test_both_are_what_all_draws_of_k_say(cell):
    """Every subset of k of the n epochs, written out."""
    passed, n, k = cell
    draws = list(combinations([True] * passed + [False] * (n - passed), k))
    assert pass_at(k, passed=passed, n=n) == pytest.approx(fmean(map(any, draws)))
    assert pass_all(k, passed=passed, n=n) == pytest.approx(fmean(map(all, draws)))


def test_they_are_without_bias():
    """On the average over all outcomes of five epochs they are 1 - (1 - p)^k and p^k."""
    p, n = 0.3, 5
    outcomes = [(k, 1.0) for k in range(n + 1)]
    chance = [[1, 5, 10, 10, 5, 1][k] * p**k * (1 - p) ** (n - k) for k, _ in outcomes]
    for k in range(1, n + 1):
        at = sum(c * pass_at(k, passed=passed, n=n) for passed, c in enumerate(chance))
        whole = sum(c * pass_all(k, passed=passed, n=n) for passed, c in enumerate(chance))
        assert (at, whole) == pytest.approx((1 - (1 - p) ** k, p**k))


@given(st.integers(2, 20).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_estimate(cell):
    """And lies within 0 to 1, for each k that is shown."""
    passed, n = cell
    for row in repeats_of_cell(passed, n):
        for each in (row.any_passes, row.all_pass):
            assert 0 <= each.low <= each.value <= each.high <= 1
            assert each.n == n


@pytest.mark.parametrize(("k", "passed", "n"), [(0, 1, 2), (3, 1, 2), (1, 3, 2), (1, -1, 2)])
def test_what_cannot_be_is_refused(k, passed, n):
    """Three of two epochs were never drawn."""
    with pytest.raises(ValueError, match="no such repeats"):
        pass_at(k, passed=passed, n=n)


def test_one_epoch_has_no_repeats(plan):
    """Nothing is said of a second one."""
    summary = summarise([make_record()], [], planned=plan())
    assert (summary.cells[0].repeats, summary.standings[0].repeats) == ((), ())


def test_over_tasks_it_is_the_mean_for_ks_that_every_task_has(plan):
    """Two of three, and three of three: pass@2 is 1 and 1, pass^2 1/3 and 1; three epochs show no k of 5."""
    records = [
        make_record(task=task, epoch=epoch, earned=100 if epoch <= full else 40)
        for task, full in (("a", 2), ("b", 3))
        for epoch in (1, 2, 3)
    ]
    summary = summarise(records, [], planned=plan(tasks=("a", "b"), epochs=3))
    rows = {row.k: row for row in summary.standings[0].repeats}
    assert sorted(rows) == [1, 2, 3]
    assert (rows[2].any_passes.mean, rows[2].any_passes.n) == (1, 2)
    assert rows[2].all_pass.mean == pytest.approx(2 / 3)
    assert rows[3].all_pass.mean == 0.5
    assert rows[3].all_pass.low < 0.5 < rows[3].all_pass.high
