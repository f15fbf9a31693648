import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.cli.durations import DURATION
from codestone.stats.forecast import duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("8h", 28800), ("90m", 5400), ("1h30m", 5400), ("45s", 45), ("1.5h", 5400), ("1H1M1S", 3661)],
)
def test_hours_minutes_and_seconds_are_understood(text, seconds):
    """In that order, each at most once."""
    assert DURATION.convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "8", "0h", "-1h", "30m1h", "1h 30m", "8d", "h", "1e3s", "٣h", "8h!"])
def test_anything_else_is_refused_with_the_form(text):
    """A number without a unit too: nobody knows what was meant."""
    with pytest.raises(click.BadParameter, match="8h, 90m, 1h30m or 45s"):
        DURATION.convert(text, None, None)


@given(st.integers(1, 10**6))
def test_what_is_said_is_understood(seconds):
    """A duration as reports say it, without its spaces, is the same duration."""
    said = duration(seconds).replace(" ", "").replace("min", "m")
    assert DURATION.convert(said, None, None) == seconds
