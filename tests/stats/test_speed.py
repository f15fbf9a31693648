from codestone.stats.speed import speed_row
from codestone.testing.records import make_exchange, make_record
from codestone.trial import Speed, Usage


def of(*exchanges):
    """Return the row of one trial with these exchanges."""
    return speed_row([make_record(exchanges=exchanges)])


def test_nothing_measured_is_none_everywhere():
    """No reply, no figure."""
    row = speed_row([])
    assert row.replies == 0
    assert {value for name, value in row if name != "replies"} == {None}


def test_ttft_is_split_by_what_the_cache_held():
    """A prompt whose prefix was cached is never averaged with one that had to be read."""
    row = of(
        *(
            make_exchange(usage=Usage(cached_tokens=cached), speed=Speed(ttft_ns=ttft))
            for cached, ttft in [(0, 900), (0, 1100), (180, 10), (None, 500)]
        ),
        make_exchange(usage=None, speed=Speed(ttft_ns=700)),
    )
    assert (row.ttft_uncached.median, row.ttft_uncached.n) == (1000, 2)
    assert (row.ttft_cached.median, row.ttft_cached.n) == (10, 1)
    assert (row.ttft_untold.median, row.ttft_untold.n) == (600, 2)


def test_tokens_are_summed_over_the_replies_that_told():
    """Reasoning tokens that no server told are not measured."""
    row = of(make_exchange(), make_exchange(usage=None))
    assert (row.completion_tokens.total, row.completion_tokens.n, row.completion_tokens.of) == (128, 1, 2)
    assert row.reasoning_tokens is None


def test_a_servers_rate_over_few_tokens_is_no_rate():
    """The floor of our own clock holds for the server's figures too."""
    timings = {
        "predicted_n": 63.0,
        "predicted_per_second": 900.0,
        "prompt_n": 64.0,
        "prompt_per_second": 500.0,
    }
    row = of(make_exchange(timings=timings), make_exchange(timings=None))
    assert row.tg_server is None
    assert (row.pp_server.median, row.pp_server.n) == (500, 1)
