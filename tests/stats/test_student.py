import pytest

from codestone.stats.student import t_below, t_power, t_quantile, t_shift


@pytest.mark.parametrize(
    ("share", "df", "known"),
    [
        (0.975, 1, 12.7062),
        (0.975, 3, 3.18245),
        (0.95, 5, 2.01505),
        (0.995, 10, 3.16927),
        (0.975, 200, 1.97190),
        (0.5, 4, 0.0),
        (0.9995, 1, 636.61925),
    ],
)
def test_quantiles_are_those_of_the_tables(share, df, known):
    """Of any handbook, to its last digit."""
    assert t_quantile(share, df) == pytest.approx(known, abs=6e-5)


@pytest.mark.parametrize("df", [1, 2, 3, 7, 50])
def test_the_distribution_is_symmetric_and_whole(df):
    """P(T <= t) + P(T <= -t) is 1."""
    assert t_below(1.3, df) + t_below(-1.3, df) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("df", [1, 4, 30])
def test_no_difference_is_found_as_often_as_the_level_says(df):
    """The power at 0 is the rate of false alarms."""
    assert t_power(0.0, df=df, confidence=0.95) == pytest.approx(0.05, abs=1e-5)


@pytest.mark.parametrize("df", [1, 4, 30])
def test_the_shift_is_found_with_its_power(df):
    """t_shift is the inverse of t_power; for many degrees of freedom it is the normal's 2.80."""
    assert t_power(t_shift(df=df, power=0.8, confidence=0.95), df=df, confidence=0.95) == pytest.approx(0.8)
    assert t_shift(df=1000, power=0.8, confidence=0.95) == pytest.approx(2.8016, abs=0.01)


@pytest.mark.parametrize(("share", "df"), [(0.4, 3), (1.0, 3), (0.9, 0)])
def test_what_is_no_quantile_is_refused(share, df):
    """The lower half follows from symmetry, and no df is no sample."""
    with pytest.raises(ValueError, match="no such quantile"):
        t_quantile(share, df)
