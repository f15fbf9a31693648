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
    )


def test_what_was_not_measured_is_none():
    """No usage, no arrival: no figure."""
    marks = Marks(connect_ns=None, headers_ns=None, arrivals=(), end_ns=None)
    assert speed_of(marks, None) == Speed()
