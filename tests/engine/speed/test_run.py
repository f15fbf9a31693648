"""Whole speed trials, held against what the scripted server really sent, and when."""

import _thread
import socket
from itertools import count
from statistics import median

import pytest

from codestone.engine.speed.texts import FOLLOW_UPS
from codestone.engine.speed.trials import OUTPUT_TOKENS, TRIALS, TURNS
from codestone.engine.speed.warm import WARM_TOKENS
from codestone.engine.stint import Patience
from codestone.errors import EndpointError
from codestone.store.records import Store
from codestone.testing import Finish, Script, ScriptedEndpoint
from codestone.testing.faults import fault, loading
from codestone.testing.rated import Rated, Rates
from codestone.trial import Ending, Sampling, Thinking

QUICK = Rates(prompt_per_s=400_000, output_per_s=40_000)
"""Of no interest but that it does not take long."""
ROUND = len(TRIALS) - 1 + TURNS
"""Requests of one round: the cold prompts, and the turns of the conversation."""


def timed(server, play):
    """Return what was sent for each timed request, beside what the model counted: the warm-up left out."""
    pairs = list(zip(server.played, play.asked, strict=True))
    return [pair for pair in pairs if pair[0].request.body["max_tokens"] != WARM_TOKENS]


def waited_ns(played) -> int:
    """Return the time from a request to its first text, by the server's clock."""
    first = next(
        sent for sent in played.sent if (b'"content":"' in sent.data or b'"reasoning_content":"' in sent.data)
    )
    return first.before_ns - played.request.at_ns


def by_name(row):
    """Return the turns of a row by trial and number."""
    return {(turn.trial, turn.turn): turn for turn in row.turns}


@pytest.mark.parametrize(
    "rates",
    [
        pytest.param(Rates(output_per_s=5000), id="plain, early role chunk"),
        pytest.param(
            Rates(output_per_s=5000, tokens_per_chunk=4, thinks=0.5, characters_per_token=2.7),
            id="four tokens a chunk, reasoning first, another tokenizer",
        ),
    ],
)
def test_prefill_is_what_the_server_did(trials, rates):
    """pp_diff over about 70 and 8,448 tokens beside the truth: 5,000 tokens/s and the log of send times."""
    play = Rated(rates)
    with ScriptedEndpoint(play) as server:
        (row,) = trials.go({"m": server.base_url})
    large = [pair for pair in timed(server, play) if pair[1].prompt > 8_192]
    small = [
        pair
        for pair in timed(server, play)
        if pair[1].prompt < 100 and pair[0].request.user_text.startswith("# ")
    ]
    assert (len(large), len(small)) == (3, 3)
    tokens = [median(a.prompt - a.cached for _, a in pairs) for pairs in (large, small)]
    times = [median(waited_ns(played) for played, _ in pairs) for pairs in (large, small)]
    truth = (tokens[0] - tokens[1]) * 1e9 / (times[0] - times[1])
    assert row.pp_diff.tokens_per_second == pytest.approx(truth, rel=0.2)
    assert row.pp_diff.tokens_per_second == pytest.approx(5_000, rel=0.2)
    assert (row.pp_diff.large_tokens, row.pp_diff.small_tokens) == tuple(tokens)
    assert by_name(row)["large-code", 1].pp_server.median == 5_000


def test_a_warm_turn_is_told_by_its_cached_tokens(trials):
    """Turns 2 and 3 wait for what is new alone; share and tokens are those that the server had cached."""
    play = Rated(Rates(output_per_s=20_000, prompt_per_s=2_000, characters_per_token=3))
    with ScriptedEndpoint(play) as server:
        (row,) = trials.go({"m": server.base_url})
    turns = by_name(row)
    talks = [pair for pair in timed(server, play) if pair[0].request.body["max_tokens"] != OUTPUT_TOKENS]
    for turn in range(1, TURNS + 1):
        asked = [a for played, a in talks if len(played.request.messages) == 2 * turn - 1]
        found = turns["conversation-code", turn]
        assert found.n == len(asked) == 3
        assert found.cached_tokens.median == median(a.cached for a in asked)
        assert found.cached_share.median == median(a.cached / a.prompt for a in asked)
        waits = [waited_ns(p) for p, _ in talks if len(p.request.messages) == 2 * turn - 1]
        assert found.ttft.median == pytest.approx(median(waits), rel=0.5, abs=20e6)
    assert turns["conversation-code", 1].cached_share.median < 0.1
    assert turns["conversation-code", 2].cached_share.median > 0.8
    assert turns["conversation-code", 2].ttft.median < turns["conversation-code", 1].ttft.median
    said = [played.request.messages[-1]["content"] for played, _ in talks]
    assert said[1:3] == list(FOLLOW_UPS)


def test_cold_is_cold_and_the_warm_up_does_not_count(trials):
    """Of no cold prompt more is cached than the template; four requests come before the timed ones."""
    play = Rated(QUICK)
    with ScriptedEndpoint(play) as server:
        (row,) = trials.go({"m": server.base_url})
    assert len(play.asked) == 4 + 3 * ROUND
    assert [played.request.body["max_tokens"] for played in server.played[:4]] == [WARM_TOKENS] * 4
    assert all(asked.cached < 20 for _, asked in timed(server, play) if asked.written == OUTPUT_TOKENS)
    cold = [turn for turn in row.turns if turn.shape != "conversation"]
    assert {turn.n for turn in row.turns} == {3}
    assert {turn.prompt_tokens.median for turn in cold if turn.shape == "small"} == {70}
    assert [turn.prompt_tokens.median for turn in cold if turn.shape == "large"] == [8_448]


def test_rates_come_from_usage_alone(trials):
    """Without it no token is counted, no rate is told and the reason is; times are measured all the same."""
    with ScriptedEndpoint(Rated(Rates(prompt_per_s=400_000, output_per_s=40_000, usage=False))) as server:
        (row,) = trials.go({"m": server.base_url})
    assert row.n == 12
    assert (row.pp_diff, row.pp_diff_why) == (None, "the server tells no token counts")
    for turn in row.turns:
        assert (turn.tg, turn.itl, turn.prompt_tokens, turn.cached_share) == (None, None, None, None)
        assert turn.tg_why == "the server tells no token counts"
        assert turn.wanted_tokens is None
        assert turn.ttft.median > 0
        assert turn.icl_p50.n == 3


def test_a_reply_too_short_for_a_rate_has_none(trials):
    """Of what a contestant says of itself in 20 tokens no speed can be told."""
    with ScriptedEndpoint(Rated(Rates(prompt_per_s=4e5, output_per_s=4e4, reply_tokens=20))) as server:
        (row,) = trials.go({"m": server.base_url})
    assert {turn.tg for turn in row.turns} == {None}
    assert row.turns[0].tg_why == "20 tokens came at most, and a rate needs 64"


def test_drafted_tokens_are_kept(trials):
    """Of 200 drafted 150 were accepted: the kind of prompt matters then, and is named."""
    with ScriptedEndpoint(Rated(Rates(prompt_per_s=4e5, output_per_s=4e4, drafted=(200, 150)))) as server:
        (row,) = trials.go({"m": server.base_url})
    turns = by_name(row)
    assert turns["small-prose", 1].draft_accepted.median == 0.75
    assert {turn.kind for turn in row.turns} == {"prose", "code"}


@pytest.mark.parametrize("told", [4_096, 32_768, None])
def test_a_small_context_scales_the_large_prompt_down(trials, told):
    """Whether it is told before, found out by a refusal, or told wrongly: and the row says so."""
    play = Rated(Rates(prompt_per_s=1e4, output_per_s=4e4, context=4_096))
    with ScriptedEndpoint(play) as server:
        (row,) = trials.go({"m": server.base_url}, context=told)
    large = by_name(row)["large-code", 1]
    assert large.prompt_tokens.median == pytest.approx(2_048, abs=8)
    assert "4096 tokens: the prompt has about 2048 in place of 8448" in large.scaled
    assert row.n == 12
    assert row.pp_diff is not None
    assert not by_name(row)["small-code", 1].scaled


def test_a_server_that_cuts_prompts_without_a_word_is_found_out(trials):
    """What it counts is less than what was sent: the prompt is made smaller than that."""
    play = Rated(Rates(prompt_per_s=4e5, output_per_s=4e4, context=4_096, cuts=True))
    with ScriptedEndpoint(play) as server:
        (row,) = trials.go({"m": server.base_url}, context=None)
    large = by_name(row)["large-code", 1]
    assert "cuts prompts, without saying so, to 2048 tokens" in large.scaled
    assert large.prompt_tokens.median == pytest.approx(1_024, abs=8)


def test_a_context_without_room_for_a_large_prompt_leaves_the_others(trials):
    """Three attempts say why; nine trials are measured."""
    with ScriptedEndpoint(Rated(Rates(prompt_per_s=4e5, output_per_s=4e4))) as server:
        (row,) = trials.go({"m": server.base_url}, context=900)
    assert (row.n, row.not_measured) == (9, 3)
    assert row.pp_diff_why == "no large prompt was measured"
    (why,) = {o.detail for o in trials.watch.outcomes if hasattr(o, "detail")}
    assert why == "the context has 900 tokens, which is too small for this trial"


def test_the_contestants_own_settings_hold_and_its_budgets_do_not(trials):
    """Thinking and sampling are sent; an output budget of its own would make trials incomparable."""
    with ScriptedEndpoint(Rated(QUICK)) as server:
        trials.go(
            {"m": server.base_url},
            thinking=Thinking(mode="off", request={"chat_template_kwargs": {"enable_thinking": False}}),
            sampling=Sampling(mode="fixed", request={"temperature": 0.3, "max_tokens": 9}, seeded=True),
        )
    for request in server.requests:
        assert request.body["chat_template_kwargs"] == {"enable_thinking": False}
        assert (request.body["temperature"], request.body["seed"]) == (0.3, 7)
        assert request.body["max_tokens"] in {WARM_TOKENS, OUTPUT_TOKENS, 128}


def test_contestants_come_one_after_the_other(trials):
    """Each is served and warmed up once, and gets all of its runs; the machine's load is written down."""
    plays = {"a": Rated(QUICK), "b": Rated(QUICK)}
    with ScriptedEndpoint(plays) as server:
        rows = trials.go(dict.fromkeys(plays, server.base_url), epochs=4)
    assert trials.served == ["a", "b"]
    assert [row.contestant for row in rows] == ["a", "b"]
    assert [row.n for row in rows] == [16, 16]
    assert trials.watch.places[0] == (1, 32, 4)
    assert trials.watch.places[-1] == (32, 32, 4)
    with Store.open(trials.directory, read_only=True) as store:
        assert all(record.load_average and record.load_average[0] >= 0 for record in store.speed_records())


def test_a_record_leaves_its_raw_exchanges(trials):
    """The prompt that was sent and every arrival, as in any other trial."""
    with ScriptedEndpoint(Rated(QUICK)) as server:
        trials.go({"m": server.base_url})
    folder = trials.directory / "trials/m/speed/conversation-code/speed-1"
    lines = (folder / "transcript.jsonl").read_text().splitlines()
    assert sum(line.startswith('{"sent"') for line in lines) == 2 * TURNS
    assert sum(line.startswith('{"received"') for line in lines) == TURNS


def test_what_broke_is_asked_once_more_and_kept(trials):
    """The attempt stands in attempts.jsonl; the trial is measured."""
    play, asked, broken = Rated(QUICK), count(), fault("reset")
    with ScriptedEndpoint(lambda r: broken(r) if next(asked) == 6 else play(r)) as server:
        (row,) = trials.go({"m": server.base_url})
    assert (row.n, row.not_measured) == (12, 1)
    assert trials.watch.again == [Ending.STREAM_BROKEN]
    (attempt,) = Store.open(trials.directory, read_only=True).attempts()
    assert (attempt.key.suite, attempt.ending, attempt.number) == ("speed", Ending.STREAM_BROKEN, 1)


def test_a_trial_that_stays_broken_is_pending_and_the_rest_is_measured(trials):
    """A second go measures it, and only it."""
    play = Rated(QUICK)

    def refuses_long(request):
        long = request.body["max_tokens"] == OUTPUT_TOKENS and len(request.user_text) > 10_000
        return fault("error-500")(request) if long else play(request)

    with ScriptedEndpoint(refuses_long) as server:
        (row,) = trials.go({"m": server.base_url})
    assert (row.n, row.not_measured) == (9, 6)
    with ScriptedEndpoint(Rated(QUICK)) as server:
        (row,) = trials.go({"m": server.base_url})
        assert len(server.requests) == 4 + 3
    assert row.n == 12
    assert {turn.n for turn in row.turns} == {3}


def test_a_warm_up_that_broke_is_begun_again(trials):
    """Once; the trials know nothing of it."""
    play, asked, broken = Rated(QUICK), count(), fault("reset")
    with ScriptedEndpoint(lambda r: broken(r) if next(asked) == 1 else play(r)) as server:
        (row,) = trials.go({"m": server.base_url})
        assert len(server.requests) == 2 + 4 + 3 * ROUND
    assert (row.n, row.not_measured) == (12, 0)


def test_a_loading_server_is_waited_for_before_the_clock(trials):
    """In the warm-up; no attempt is written for it."""
    play = Rated(QUICK)
    late = loading(2, Script(finish=Finish.END))
    asked = count()
    with ScriptedEndpoint(lambda r: late(r) if next(asked) < 2 else play(r)) as server:
        (row,) = trials.go({"m": server.base_url}, patience=Patience(loading_s=5, pause_s=0.01))
    assert (row.n, row.not_measured) == (12, 0)


def test_a_server_that_does_not_answer_leaves_all_pending_with_the_reason(trials):
    """One attempt for each trial; the next contestant is measured."""
    with ScriptedEndpoint(Rated(QUICK)) as server, ScriptedEndpoint(fault("error-500")) as broken:
        first, second = trials.go({"a": broken.base_url, "b": server.base_url})
    assert (first.n, first.not_measured, first.turns) == (0, 12, ())
    assert second.n == 12
    assert all(o.detail.startswith("warm-up: ") for o in trials.watch.outcomes[:12])


def test_a_model_that_cannot_be_loaded_is_an_attempt_for_each_trial(trials):
    """By no doing of the model."""

    def unloadable():
        raise EndpointError("it ran out of memory", url="http://x")

    (row,) = trials.go({"m": unloadable}, launched=True)
    assert (row.n, row.not_measured) == (0, 12)
    assert {o.ending for o in trials.watch.outcomes} == {Ending.LOAD_FAILED}


def test_a_server_of_ours_that_died_is_started_anew_and_warmed_up_again(trials):
    """What was measured stays; the trial in flight is asked again."""
    first, second = ScriptedEndpoint(Rated(QUICK)), ScriptedEndpoint(Rated(QUICK))
    with first, second:
        urls = iter([first.base_url, second.base_url])
        asked, play = count(), Rated(QUICK)

        def dies(request):
            if next(asked) < 4 + ROUND:
                return play(request)
            first._listener.shutdown(socket.SHUT_RDWR)
            first._listener.close()
            return Script(head=False, finish=Finish.RESET)

        first._plays = {"scripted": dies}
        (row,) = trials.go({"m": lambda: next(urls)}, launched=True)
    assert trials.served == ["m", "m"]
    assert row.n == 12
    assert len(second.requests) == 4 + 2 * ROUND


def test_ctrl_c_loses_the_trial_in_flight_and_no_other(trials):
    """It is an attempt that says so; a second go measures the rest and nothing twice."""
    play, asked = Rated(QUICK), count()

    def interrupted(request):
        if next(asked) == 4 + ROUND + 1:
            _thread.interrupt_main()
            return Script(finish=Finish.STALL)
        return play(request)

    with ScriptedEndpoint(interrupted) as server, pytest.raises(KeyboardInterrupt):
        trials.go({"m": server.base_url})
    before = Store.open(trials.directory, read_only=True)
    assert len(before.speed_records()) == 5
    assert [attempt.ending for attempt in before.attempts()] == [Ending.CANCELLED]
    with ScriptedEndpoint(Rated(QUICK)) as server:
        (row,) = trials.go({"m": server.base_url})
    assert row.n == 12
    assert [record.started for record in before.speed_records()] == [
        record.started for record in Store.open(trials.directory, read_only=True).speed_records()[:5]
    ]


def test_a_spent_budget_leaves_trials_pending(trials):
    """Nothing is asked, and that is said."""
    with ScriptedEndpoint(Rated(QUICK)) as server:
        (row,) = trials.go({"m": server.base_url}, budget_s=0)
        assert server.requests == []
    assert row.n == 0
    assert "--resume" in trials.watch.said[-1]
