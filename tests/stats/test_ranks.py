from hypothesis import given
from hypothesis import strategies as st

from codestone.stats.ranks import ranks


def test_ties_share_a_rank_and_leave_a_gap():
    """90, 80, 80, 70 give 1, 2, 2, 4."""
    assert ranks([90, 80, 80, 70]) == [1, 2, 2, 4]
    assert ranks([]) == []


def test_the_rounding_of_sums_makes_no_winner():
    """0.1 + 0.2 is as much as 0.3."""
    assert ranks([0.3, 0.1 + 0.2]) == [1, 1]


@given(st.lists(st.integers(0, 9)))
def test_a_rank_counts_who_is_better(points):
    """The rank is one more than the number of those with more points."""
    assert ranks(points) == [1 + sum(other > own for other in points) for own in points]
