from codestone.engine.speed.expected import expected
from codestone.engine.speed.trials import keys_of, planned_speed
from codestone.testing.records import make_contestant, make_record

NAMES = ("slow-1b", "quick-1b")


def keys(*names, epochs=3):
    """Return the speed trials of these contestants."""
    return keys_of(planned_speed(epochs), [make_contestant(name) for name in names])


def test_a_known_speed_narrows_the_forecast():
    """By a probe, or by records, which win over it."""
    unknown = expected(keys("slow-1b"), [], speeds={})
    probed = expected(keys("slow-1b"), [], speeds={"slow-1b": 20.0})
    seen = expected(keys("slow-1b"), [make_record(contestant="slow-1b")], speeds={"slow-1b": 20.0})
    assert unknown.low_s < probed.low_s < probed.likely_s < probed.high_s < unknown.high_s
    assert seen == expected(keys("slow-1b"), [], speeds={"slow-1b": 40.0})
    assert seen.likely_s == probed.likely_s / 2


def test_contestants_add_up_and_nothing_takes_no_time():
    """Each has a warm-up of its own; what is measured already is not in the forecast."""
    speeds = {"slow-1b": 10.0, "quick-1b": 100.0}
    each = [expected(keys(name), [], speeds=speeds) for name in NAMES]
    assert expected(keys(*NAMES), [], speeds=speeds) == each[0] + each[1]
    assert expected((), [], speeds=speeds).high_s == 0
    rest = expected(keys("slow-1b")[-1:], [], speeds=speeds)
    assert 0 < rest.high_s < each[0].high_s
