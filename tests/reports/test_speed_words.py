"""What reports say of speed trials; their look is in the golden files."""

import pytest

from codestone.reports import _speed_words, markdown, terminal
from codestone.reports._words import NOT_MEASURED, TO
from codestone.stats.planned import Planned, PlannedSpeed
from codestone.stats.summarise import summarise
from codestone.testing.records import TASK_DIGEST, make_contestant, make_exchange, make_speed_record
from codestone.trial import Speed, Usage

NAME = "tiny-1b-q8-1a2b3c4d"


def reply(prompt=70, ttft_ms=100, *, cached=0, tg=40.0, timings=None):
    """Return one timed reply."""
    usage = Usage(prompt_tokens=prompt, completion_tokens=300, cached_tokens=cached)
    speed = Speed(ttft_ns=ttft_ms * 1_000_000, ttfo_ns=ttft_ms * 1_000_000, wall_ns=7_600_000_000, tg=tg)
    return make_exchange(usage=usage, speed=speed, timings=timings)


def summary(*records, **contestant):
    """Return the summary of a run of these speed trials and nothing else."""
    names = ("small-prose", "small-code", "large-code", "conversation-code")
    planned = Planned(
        title="speed",
        epochs=1,
        contestants=(make_contestant(NAME, **contestant),),
        tasks=(),
        speed=PlannedSpeed(trials=names, epochs=3, digest=TASK_DIGEST),
    )
    return summarise((), (), planned=planned, speed=records)


def lines(summary) -> dict:
    """Return name and figure of the lines below the table."""
    return dict(_speed_words.shown(summary.speed_trials[0]).lines)


SMALL = make_speed_record(exchanges=[reply()])
LARGE = make_speed_record(
    task="large-code",
    exchanges=[reply(8_270, 1_740, timings={"prompt_n": 8_270, "prompt_per_second": 5_010.0})],
    scaled="the context has 9000 tokens: the prompt has about 8270 in place of 8448",
)
TALK = make_speed_record(
    task="conversation-code", exchanges=[reply(600), reply(800, 9, cached=600), reply(1_000, 8, cached=900)]
)


def test_differential_prefill_stands_beside_the_servers_own_figure():
    """With both n, the range, and the sizes between which it was taken."""
    said = lines(summary(SMALL, LARGE))["pp_diff"]
    assert said == (
        f"5000 prompt tokens/s (n 1 and 1, 5000{TO}5000), 70 to 8270 uncached tokens · our clock; "
        "5010 (n 1) · the server's"
    )


def test_what_was_not_measured_is_a_dash_with_the_reason():
    """Neither a rate nor a difference is ever 0."""
    found = lines(summary(make_speed_record(exchanges=[make_exchange(usage=None, speed=Speed(ttft_ns=5))])))
    assert found["pp_diff"] == f"{NOT_MEASURED}, no large prompt was measured"
    assert found["tg small-code"].startswith(f"{NOT_MEASURED}, the server tells no token counts")
    assert found["TTFT, warm"] == NOT_MEASURED
    assert found["missing"] == "11 of 12 speed trials were not measured"


def test_warm_and_cold_are_told_apart():
    """Turn 1 is neither: it is the conversation's own start."""
    found = lines(summary(SMALL, LARGE, TALK))
    assert found["TTFT, cold"] == "small-code 100 ms (n 1); large-code 1.74 s (n 1)"
    assert found["TTFT, warm"] == "conversation-code 2 9.0 ms (n 1); conversation-code 3 8.0 ms (n 1)"
    rows = _speed_words.shown(summary(TALK).speed_trials[0]).table.rows
    assert [row[3] for row in rows] == ["0 (0%)", "600 (75%)", "900 (90%)"]


@pytest.mark.parametrize("render", [terminal.render, markdown.render])
def test_both_texts_hold_table_and_lines(render):
    """A scaled prompt is said, a script is marked, and nobody is ranked by speed."""
    text = render(summary(SMALL, LARGE, TALK, scripted=True))
    plain = " ".join(text.split())
    for words in (
        "SCRIPTED",
        "large-code",
        "conversation-code 3",
        "scaled down: the context has 9000 tokens",
    ):
        assert words in plain
    assert "Ranking" not in text
    assert text.count(_speed_words.HEADING) == 1
    assert all(len(line) <= 80 for line in text.splitlines()) or render is markdown.render


def test_drafted_tokens_are_told_by_their_accepted_share():
    """Only where there were any."""
    drafted = make_speed_record(exchanges=[reply(timings={"draft_n": 200, "draft_n_accepted": 150})])
    assert lines(summary(drafted))["tg small-code"].endswith("draft 75% accepted")
    assert "draft" not in lines(summary(SMALL))["tg small-code"]
