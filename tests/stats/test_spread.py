import pytest

from codestone.stats.spread import median_of, proportion, sample_stdev, total_of


def test_the_sample_stdev_of_the_published_scores():
    """[65, 45, 65, 90, 45] has 18.574…; [17, 14, 14, 18, 16, 14] has 1.8."""
    assert sample_stdev([65, 45, 65, 90, 45]) == pytest.approx(18.574, abs=5e-4)
    assert sample_stdev([17, 14, 14, 18, 16, 14]) == pytest.approx(1.76, abs=5e-3)


def test_one_value_has_no_spread():
    """Not 0: nothing is known of it."""
    assert sample_stdev([65]) is None
    assert median_of([65]).stdev is None


def test_what_was_not_measured_is_in_no_median():
    """None is left out, and n says so."""
    found = median_of([None, 3, 1, None, 2])
    assert (found.median, found.n, found.least, found.most) == (2, 3, 1, 3)
    assert median_of([None]) is None


def test_a_total_says_how_many_told():
    """A sum of what half of the servers told is not the sum of all."""
    total = total_of([5, None, 7])
    assert (total.total, total.n, total.of) == (12, 2, 3)
    assert total_of([None]) is None


def test_nothing_of_nothing_has_no_interval():
    """0 of 0 is shown without ends."""
    assert proportion(0, 0).low is None
    assert proportion(7, 10).low == pytest.approx(0.3968, abs=5e-5)
