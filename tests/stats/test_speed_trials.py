import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.errors import StoreError
from codestone.stats.planned import Planned, PlannedSpeed
from codestone.stats.speed_trials import UNTOLD, speed_trials
from codestone.stats.summarise import summarise
from codestone.testing.records import (
    TASK_DIGEST,
    make_attempt,
    make_contestant,
    make_exchange,
    make_speed_record,
)
from codestone.trial import Speed, Usage

NAMES = ("small-prose", "small-code", "large-code", "conversation-code")


def frame(*contestants, epochs=3, **changes):
    """Return the plan of speed trials and nothing else."""
    speed = PlannedSpeed(trials=NAMES, epochs=epochs, digest=TASK_DIGEST)
    named = tuple(make_contestant(name) for name in contestants or ["tiny-1b-q8-1a2b3c4d"])
    return Planned(title="speed", epochs=1, contestants=named, tasks=(), **{"speed": speed, **changes})


def prompt(tokens, ttft_ms, *, cached=0, **speed):
    """Return a reply to a prompt of so many tokens."""
    usage = Usage(prompt_tokens=tokens, completion_tokens=300, cached_tokens=cached)
    return make_exchange(usage=usage, speed=Speed(ttft_ns=ttft_ms * 1_000_000, **speed))


def cold(task, *exchanges):
    """Return one record for each exchange."""
    return [
        make_speed_record(task=task, epoch=epoch, exchanges=[exchange])
        for epoch, exchange in enumerate(exchanges, start=1)
    ]


def test_pp_diff_is_the_difference_of_the_medians_of_uncached_tokens():
    """What both prompts have in common cancels out, the cached template too."""
    small = cold("small-code", *(prompt(70, ms, cached=20) for ms in (110, 100, 130)))
    large = cold("large-code", *(prompt(8_270, ms, cached=20) for ms in (1_750, 1_700, 1_800)))
    (row,) = speed_trials(small + large, [], frame())
    assert row.pp_diff.tokens_per_second == pytest.approx(8_200 / 1.64)
    assert (row.pp_diff.small, row.pp_diff.large) == (3, 3)
    assert (row.pp_diff.small_tokens, row.pp_diff.large_tokens) == (50, 8_250)
    assert row.pp_diff.least < row.pp_diff.tokens_per_second < row.pp_diff.most
    assert row.pp_diff_why == ""


def test_small_prompts_of_another_kind_are_no_part_of_it():
    """Prose has other tokens; the large prompt is code."""
    large = cold("large-code", prompt(8_270, 1_700))
    (row,) = speed_trials(cold("small-prose", prompt(70, 100)) + large, [], frame())
    assert (row.pp_diff, row.pp_diff_why) == (None, "no small prompt was measured")


@pytest.mark.parametrize(
    ("small", "large", "why"),
    [
        (prompt(70, 100), None, "no large prompt was measured"),
        (None, prompt(8_270, 1_700), "no small prompt was measured"),
        (prompt(70, 100), make_exchange(usage=None), UNTOLD),
        (prompt(70, 100), prompt(8_270, 90), "the large prompt was answered no later than the small one"),
    ],
)
def test_what_cannot_be_told_is_none_with_the_reason(small, large, why):
    """Never 0, and never a guess."""
    records = [*(cold("small-code", small) if small else ()), *(cold("large-code", large) if large else ())]
    (row,) = speed_trials(records, [], frame())
    assert (row.pp_diff, row.pp_diff_why) == (None, why)


def test_each_turn_of_the_conversation_has_a_row_of_its_own():
    """With the cached share of each run, and its median."""
    records = [
        make_speed_record(
            task="conversation-code",
            epoch=epoch,
            exchanges=[prompt(600, 120), prompt(800, 10 + epoch, cached=600), prompt(1_000, 12, cached=900)],
        )
        for epoch in (1, 2, 3)
    ]
    (row,) = speed_trials(records, [], frame())
    assert [(turn.turn, turn.n, turn.cached_share.median) for turn in row.turns] == [
        (1, 3, 0),
        (2, 3, 0.75),
        (3, 3, 0.9),
    ]
    warm = row.turns[1].ttft
    assert (warm.median, warm.least, warm.most, warm.stdev) == (12e6, 11e6, 13e6, 1e6)


def test_a_figure_counts_the_runs_that_have_it():
    """A run without a rate makes n smaller, and not the median."""
    records = cold("small-code", prompt(70, 100, tg=50), prompt(70, 100, tg=40), prompt(70, 100))
    (row,) = speed_trials(records, [], frame())
    (turn,) = row.turns
    assert (turn.n, turn.tg.n, turn.tg.median, turn.tg_why) == (3, 2, 45, "")
    assert (turn.itl.least, turn.itl.most) == (20e6, 25e6)


def test_rows_stand_for_all_contestants_and_count_what_is_missing():
    """In the plan's order; attempts and records of other prompts are counted apart."""
    records = [*cold("small-code", prompt(70, 100)), make_speed_record(epoch=2, task_digest="other")]
    attempt = make_attempt(suite="speed", driver="speed", task="large-code", contestant="b")
    rows = speed_trials(records, [attempt], frame("b", "tiny-1b-q8-1a2b3c4d"))
    assert [(row.contestant, row.n, row.planned, row.stale, row.not_measured) for row in rows] == [
        ("b", 0, 12, 0, 1),
        ("tiny-1b-q8-1a2b3c4d", 1, 12, 1, 0),
    ]


def test_a_record_without_a_place_in_the_plan_is_refused():
    """Another contestant's, or another trial's."""
    for record in (make_speed_record(contestant="nobody"), make_speed_record(task="x-code", shape="small")):
        with pytest.raises(StoreError, match="does not belong"):
            speed_trials([record], [], frame())
    with pytest.raises(StoreError, match="does not belong"):
        speed_trials([make_speed_record()], [], frame(speed=None))


@given(order=st.permutations(range(6)))
def test_the_order_of_records_changes_nothing(order):
    """Same records, same rows."""
    records = cold("small-code", *(prompt(70, 100 + ms) for ms in range(3)))
    records += cold("large-code", *(prompt(8_270, 1_700 + ms) for ms in range(3)))
    assert speed_trials([records[place] for place in order], [], frame()) == speed_trials(
        records, [], frame()
    )


def test_a_summary_counts_speed_trials_among_the_trials_of_the_run():
    """Their attempts are failures like others; nobody is ranked by them."""
    attempts = [
        make_attempt(suite="speed", driver="speed", task="small-code"),
        make_attempt(suite="speed", driver="speed", task="large-code"),
    ]
    records = cold("small-code", prompt(70, 100))
    summary = summarise((), attempts, planned=frame(), speed=records)
    assert (summary.run.planned, summary.run.measured, summary.run.attempts) == (12, 1, 2)
    assert (summary.standings, summary.cells) == ((), ())
    assert [(failure.task, failure.settled) for failure in summary.failures] == [
        ("speed/large-code", False),
        ("speed/small-code", True),
    ]
    assert summary.run.codestone == ("0.1.0",)
    assert summary.run.boxes == ()
    assert summary.thinking[0].replies == 1
    assert len(summary.speed_trials) == 1
