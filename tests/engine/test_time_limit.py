import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.endpoint.chat import Timeouts
from codestone.engine.time_limit import (
    FIRST_CEILING_S,
    SILENCE_CEILING_S,
    SLACK,
    WALL_CEILING_S,
    WALL_FLOOR_S,
    measured_speed,
    timeouts_for,
)
from codestone.task import Limits
from codestone.testing.records import make_exchange, make_record
from codestone.trial import Speed, Usage

SPEEDS = st.none() | st.floats(0.01, 10_000)
LIMITS = Limits(reply_tokens=4096)


@given(
    tokens=st.integers(1, 200_000), speed=SPEEDS, reading=SPEEDS, prompt=st.integers(0, 200_000),
    sent=st.none() | st.integers(1, 200_000),
)  # fmt: skip
def test_every_limit_stays_between_floor_and_ceiling(tokens, speed, reading, prompt, sent):
    """Whatever was measured; the first text may take no longer than all of the reply."""
    timeouts = timeouts_for(
        Limits(reply_tokens=tokens),
        tokens_per_second=speed,
        prompt_tokens_per_second=reading,
        prompt_tokens=prompt,
        output_tokens=sent,
    )
    assert WALL_FLOOR_S <= timeouts.wall_s <= WALL_CEILING_S
    assert Timeouts().first_s <= timeouts.first_s <= min(FIRST_CEILING_S, timeouts.wall_s)
    assert Timeouts().silence_s <= timeouts.silence_s <= SILENCE_CEILING_S


@given(slow=st.floats(0.01, 1000), factor=st.floats(1, 100))
def test_who_is_slower_gets_more_time(slow, factor):
    """Never less."""
    slower = timeouts_for(LIMITS, tokens_per_second=slow)
    faster = timeouts_for(LIMITS, tokens_per_second=slow * factor)
    assert slower.wall_s >= faster.wall_s
    assert slower.first_s >= faster.first_s


@pytest.mark.parametrize("speed", [2.0, 8.0, 60.0])
def test_a_whole_budget_at_a_quarter_of_the_speed_is_in_time(speed):
    """That is what is meant by generous."""
    timeouts = timeouts_for(LIMITS, tokens_per_second=speed)
    assert timeouts.wall_s >= SLACK * 4096 / speed


def test_where_nothing_was_measured_an_hour_is_the_least():
    """And a budget of any size may be written at a token a second."""
    assert timeouts_for(Limits(reply_tokens=100), tokens_per_second=None).wall_s >= 3600
    assert timeouts_for(Limits(reply_tokens=20_000), tokens_per_second=None).wall_s > 20_000


def test_a_budget_of_the_contestants_own_counts():
    """Where its sampling sends more than the task asks for."""
    own = timeouts_for(LIMITS, tokens_per_second=10.0, output_tokens=32_768)
    assert own == timeouts_for(Limits(reply_tokens=32_768), tokens_per_second=10.0)
    assert own.wall_s > SLACK * 32_768 / 10


def test_a_long_prompt_on_a_slow_machine_may_take_its_time():
    """30,000 tokens at 20 tokens/s are 25 minutes."""
    slow = timeouts_for(LIMITS, tokens_per_second=5.0, prompt_tokens_per_second=20.0, prompt_tokens=30_000)
    assert slow.first_s > 1500 * SLACK
    assert timeouts_for(LIMITS, tokens_per_second=50.0).first_s == Timeouts().first_s


def test_the_speed_is_the_median_of_all_replies():
    """One reply of a busy minute does not decide."""
    records = [
        make_record(epoch=n, exchanges=(make_exchange(speed=Speed(tg=tg)),))
        for n, tg in enumerate([40.0, 2.0, 41.0], 1)
    ]
    assert measured_speed(records) == 40.0


def test_without_a_rate_tokens_over_time_have_to_do():
    """A ratio of sums, not a mean of ratios."""
    short = [
        make_exchange(usage=Usage(completion_tokens=tokens), speed=Speed(wall_ns=wall_s * 10**9))
        for tokens, wall_s in ((10, 1), (20, 9))
    ]
    assert measured_speed([make_record(exchanges=tuple(short))]) == 3.0


@pytest.mark.parametrize(
    "exchange", [make_exchange(usage=None, speed=Speed(wall_ns=5)), make_exchange(speed=Speed())]
)
def test_what_was_not_measured_is_no_speed(exchange):
    """None, and never 0."""
    assert measured_speed([]) is None
    assert measured_speed([make_record(exchanges=(exchange,))]) is None
