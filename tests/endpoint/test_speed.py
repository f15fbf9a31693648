import itertools

from codestone.endpoint.speed import speed_of
from codestone.timing import Arrival, Channel, Marks
from codestone.trial import Speed, Usage


def test_the_figures_of_an_exchange_follow_from_its_marks():
    """100 tokens in 100 chunks, 10 ms apart, the first of them thought."""
    arrivals = tuple(
        Arrival(10_000_000 * (n + 1), Channel.CONTENT if n else Channel.REASONING, 4) for n in range(100)
    )
    marks = Marks(connect_ns=1, headers_ns=2, arrivals=arrivals, end_ns=1_100_000_000)
    assert speed_of(marks, Usage(completion_tokens=100)) == Speed(
        connect_ns=1,
        headers_ns=2,
        ttft_ns=10_000_000,
        ttfo_ns=20_000_000,
        last_ns=1_000_000_000,
        wall_ns=1_100_000_000,
        chunks=100,
        tg=100.0,
        icl_p50_ns=10_000_000,
        icl_p90_ns=10_000_000,
        icl_p99_ns=10_000_000,
        icl_most_ns=10_000_000,
    )


def marks_with_gaps(gaps):
    """Return marks whose arrivals lie that far apart."""
    instants = [1, *itertools.accumulate(gaps, initial=1)][1:]
    arrivals = tuple(Arrival(at, Channel.CONTENT, 4) for at in instants)
    return Marks(connect_ns=None, headers_ns=None, arrivals=arrivals, end_ns=None)


def test_gaps_between_arrivals_have_quantiles():
    """Of 1 to 101 ms, whatever their order: median 51, p90 91, p99 100, longest 101."""
    gaps = [n * 1_000_000 for n in range(101, 0, -1)]
    speed = speed_of(marks_with_gaps(gaps), None)
    found = (speed.icl_p50_ns, speed.icl_p90_ns, speed.icl_p99_ns, speed.icl_most_ns)
    assert found == (51_000_000, 91_000_000, 100_000_000, 101_000_000)


def test_few_gaps_make_no_distribution():
    """19 have none, 20 do."""
    assert speed_of(marks_with_gaps([5] * 19), None).icl_p50_ns is None
    assert speed_of(marks_with_gaps([5] * 20), None).icl_p99_ns == 5


def test_what_was_not_measured_is_none():
    """No usage, no arrival: no figure."""
    marks = Marks(connect_ns=None, headers_ns=None, arrivals=(), end_ns=None)
    assert speed_of(marks, None) == Speed()
