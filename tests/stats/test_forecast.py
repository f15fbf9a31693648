import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.stats.forecast import (
    LEAST_SHARE,
    UNKNOWN_GRADING_S,
    UNKNOWN_SPEEDS,
    Forecast,
    epochs_within,
    forecast,
    words,
)
from codestone.testing.records import make_exchange, make_record
from codestone.trial import Speed

BUDGETS = {"examples/a": 1000, "examples/b": 1000}


def key(task="a", contestant="one", epoch=1, driver="single"):
    return make_record(task=task, contestant=contestant, epoch=epoch, driver=driver).key


def seen(task="a", contestant="one", *, seconds, grading_s=0.0, tg=None, **where):
    """Return a record that took so long."""
    return make_record(
        task=task,
        contestant=contestant,
        **where,
        generation_ns=int(seconds * 1e9),
        grading_ns=int(grading_s * 1e9),
        exchanges=(make_exchange(speed=Speed(tg=tg)),),
    )


def foretold(pending, records=(), *, speeds=None, overlap=False):
    return forecast(pending, records, budgets=BUDGETS, speeds=speeds or {}, overlap=overlap)


def test_nothing_left_takes_no_time():
    """Whatever was seen."""
    assert foretold([], [seen(seconds=9)]) == Forecast(low_s=0, likely_s=0, high_s=0)


def test_a_cell_that_was_seen_takes_what_it_took():
    """Its mean, between the least and the most seen; wider where it was seen less."""
    records = [seen(seconds=seconds, epoch=epoch) for epoch, seconds in enumerate((6, 10, 14), start=1)]
    told = foretold([key(epoch=4), key(epoch=5)], records)
    assert told.likely_s == pytest.approx(20)
    assert told.low_s == pytest.approx(2 * 6 / (1 + 1 / 3))
    assert told.high_s == pytest.approx(2 * 14 * (1 + 1 / 3))
    once = foretold([key(epoch=4)], records[1:2])
    assert (once.low_s, once.likely_s, once.high_s) == pytest.approx((5, 10, 20))


def test_an_unseen_task_borrows_from_the_contestants_others():
    """Not from the same contestant's other driver, which may ask twenty times."""
    records = [seen("b", seconds=10), seen("b", seconds=900, driver="loop")]
    told = foretold([key("a")], records)
    assert told.likely_s == pytest.approx(10)
    assert told.low_s < 5
    assert told.high_s > 20


def test_an_unseen_contestant_borrows_from_the_task_scaled_by_speed():
    """Half as fast takes twice as long, whether a record or the probe told the speed."""
    records = [seen("a", "other", seconds=10, tg=40.0)]
    assert foretold([key("a")], records, speeds={"one": 20.0}).likely_s == pytest.approx(20)
    assert foretold([key("a")], records, speeds={"one": 80.0}).likely_s == pytest.approx(5)


def test_what_records_tell_of_speed_wins_over_the_probe():
    """They come from the very tasks."""
    records = [seen("a", "other", seconds=10, tg=40.0), seen("b", "one", seconds=20, tg=20.0)]
    told = foretold([key("a")], records, speeds={"one": 1000.0})
    assert told.likely_s == pytest.approx((20 + 20) / 2)


def test_where_nothing_was_seen_the_budget_and_the_speed_tell():
    """From a twentieth of the output budget to all of it."""
    told = foretold([key()], speeds={"one": 10.0})
    assert told.low_s == pytest.approx(LEAST_SHARE * 100 + UNKNOWN_GRADING_S[0])
    assert told.high_s == pytest.approx(100 + UNKNOWN_GRADING_S[1])
    assert told.low_s < told.likely_s < told.high_s


def test_without_any_speed_the_range_covers_slow_and_fast_machines():
    """It is wide, for nothing is known."""
    told = foretold([key()])
    assert told.low_s == pytest.approx(LEAST_SHARE * 1000 / UNKNOWN_SPEEDS[1] + UNKNOWN_GRADING_S[0])
    assert told.high_s == pytest.approx(1000 / UNKNOWN_SPEEDS[0] + UNKNOWN_GRADING_S[1])


def test_grading_is_added_and_beside_the_generation_only_the_longer_counts():
    """Overlapping grading hides behind the model."""
    records = [seen(seconds=20, grading_s=10, epoch=1)]
    assert foretold([key(epoch=2)], records).likely_s == pytest.approx(30)
    assert foretold([key(epoch=2)], records, overlap=True).likely_s == pytest.approx(20)


def test_a_task_without_a_budget_is_an_error_and_no_guess():
    """The plan knows the budget of each of its tasks."""
    with pytest.raises(KeyError):
        foretold([key("c")])


@given(
    seconds=st.lists(st.floats(0.01, 1e4), max_size=6),
    tasks=st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=6),
    speed=st.one_of(st.none(), st.floats(0.1, 1e3)),
    overlap=st.booleans(),
)
def test_it_is_always_a_range_and_more_trials_take_longer(seconds, tasks, speed, overlap):
    """The low end, the likely one and the high end rise; each trial more adds to all three."""
    records = [seen("a", seconds=s, grading_s=0.1, epoch=e, tg=30.0) for e, s in enumerate(seconds, start=1)]
    pending = [key(task, epoch=10 + number) for number, task in enumerate(tasks)]
    speeds = {"one": speed} if speed else {}
    told = foretold(pending, records, speeds=speeds, overlap=overlap)
    assert 0 < told.low_s < told.likely_s < told.high_s
    more = foretold([*pending, key("b", epoch=99)], records, speeds=speeds, overlap=overlap)
    assert more.low_s > told.low_s
    assert more.likely_s > told.likely_s
    assert more.high_s > told.high_s


def test_it_narrows_as_more_is_seen():
    """A re-forecast after each pass is the same call."""
    ratios = []
    for passes in range(4):
        records = [seen(seconds=10, epoch=epoch) for epoch in range(1, passes + 1)]
        told = foretold([key(epoch=9)], records, speeds={"one": 20.0})
        ratios.append(told.high_s / told.low_s)
    assert ratios == sorted(ratios, reverse=True)
    assert len(set(ratios)) == 4


@pytest.mark.parametrize(("budget_s", "passes"), [(30, 3), (39.9, 3), (5, 1), (0, 1)])
def test_whole_passes_fit_by_the_likely_estimate(budget_s, passes):
    """And the first is always begun."""
    assert epochs_within(budget_s, Forecast(low_s=5, likely_s=10, high_s=30)) == passes


def test_a_pass_without_trials_is_one():
    """Nothing fits endlessly often."""
    assert epochs_within(100, Forecast(low_s=0, likely_s=0, high_s=0)) == 1


@pytest.mark.parametrize(
    ("low_s", "high_s", "said"),
    [
        (4200, 13200, "1 h 10 min - 3 h 40 min"),
        (4321, 13199, "1 h 10 min - 3 h 40 min"),
        (0.2, 0.4, "0 s - 1 s"),
        (59.2, 59.2, "59 s - 1 min"),
        (65, 65, "1 min - 1 min 10 s"),
        (601, 3599, "10 min - 1 h"),
        (3600, 90000, "1 h - 25 h"),
    ],
)
def test_it_is_said_as_a_range_rounded_outwards(low_s, high_s, said):
    """So that it never is a point."""
    assert words(Forecast(low_s=low_s, likely_s=low_s, high_s=high_s)) == said
