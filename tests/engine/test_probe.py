from itertools import count

import pytest

from codestone.endpoint.client import Client
from codestone.engine.probe import LONG_TOKENS, SHORT_TOKENS, probe
from codestone.testing import Finish, Script, ScriptedEndpoint, chunk, reply, schedule
from codestone.testing.faults import fault
from codestone.testing.records import make_contestant
from codestone.testing.script import DONE, usage
from codestone.trial import Sampling, Thinking

PROMPT_TOKENS = 200


def answer(request, *, tokens_per_s=400.0, first_s=0.1, told=True, cached=0) -> Script:
    """Write the whole output budget at that speed, a token a chunk."""
    budget = request.body["max_tokens"]
    delays = [first_s, *[1 / tokens_per_s] * (budget - 1)]
    events = [(delay, chunk({"content": "abcd"})) for delay in delays]
    events.append((0.0, chunk(finish="length")))
    if told:
        details = {"prompt_tokens_details": {"cached_tokens": cached}}
        events.append((0.0, chunk() | {"choices": [], "usage": usage(PROMPT_TOKENS, budget, **details)}))
    return Script(steps=schedule([*events, (0.0, DONE)]))


def probed(what, *, limit_s=60.0, **changes):
    """Return the probe of a scripted server, and the server."""
    with ScriptedEndpoint(what) as server, Client(server.base_url) as client:
        contestant = make_contestant(base_url=server.base_url, **changes)
        return probe(contestant, client, limit_s=limit_s), server


def true_rate(played) -> float:
    """Return the tokens/s at which a reply was really sent."""
    sent = [step.before_ns for step in played.sent if b'"abcd"' in step.data]
    return (len(sent) - 1) * 1e9 / (sent[-1] - sent[0])


def test_the_speed_is_the_one_at_which_the_server_sent():
    """Of the second, longer answer; the prompt's speed is a lower bound."""
    found, server = probed(answer)
    assert [request.body["max_tokens"] for request in server.requests] == [SHORT_TOKENS, LONG_TOKENS]
    assert found.tokens_per_s == pytest.approx(true_rate(server.played[1]), rel=0.3)
    first_ns = server.played[1].sent[0].before_ns - server.played[1].request.at_ns
    assert 0 < found.prompt_tokens_per_s <= 1.2 * PROMPT_TOKENS * 1e9 / first_ns
    assert found.load_ns >= 0.01e9
    assert found.why == ""


def test_no_two_prompts_begin_alike():
    """A cached prefix would pass for speed."""
    _, server = probed(answer)
    first, second = (request.user_text for request in server.requests)
    assert first[:60] != second[:60]


def test_the_launch_configuration_is_that_of_the_contestant_and_the_budget_the_probes():
    """Thinking and sampling are sent; an output budget of the contestant's own is not."""
    _, server = probed(
        answer,
        thinking=Thinking(mode="off", request={"chat_template_kwargs": {"enable_thinking": False}}),
        sampling=Sampling(mode="fixed", request={"temperature": 0.3, "max_tokens": 100_000}),
    )
    for request in server.requests:
        assert request.body["chat_template_kwargs"] == {"enable_thinking": False}
        assert request.body["temperature"] == 0.3
        assert request.body["max_tokens"] <= LONG_TOKENS


def test_a_second_answer_that_does_not_end_leaves_the_first():
    """Within the time altogether, and no longer than it would need at the first one's speed."""
    asked = count(1)

    def play(request):
        return answer(request) if next(asked) == 1 else Script(finish=Finish.STALL)

    found, server = probed(play, limit_s=4)
    assert len(server.requests) == 2
    assert found.tokens_per_s == pytest.approx(true_rate(server.played[0]), rel=0.3)
    assert found.prompt_tokens_per_s is None
    assert found.why == ""


def test_without_usage_nothing_is_measured():
    """Chunks are no tokens; and the reason is said."""
    found, server = probed(lambda request: answer(request, told=False))
    assert (found.tokens_per_s, found.prompt_tokens_per_s) == (None, None)
    assert "does not tell how many tokens" in found.why
    assert len(server.requests) == 1


def test_a_cached_prompt_has_no_prefill():
    """Of 200 tokens 190 were there already."""
    found, _ = probed(lambda request: answer(request, cached=190))
    assert found.tokens_per_s is not None
    assert found.prompt_tokens_per_s is None


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (reply("one, two"), "2 tokens came"),
        (reply("x" * 800, piece=800), "all text came at once"),
        (Script(finish=Finish.STALL), "not finished within 1 s"),
        (fault("error-500"), "the server answered with an error"),
        (fault("reset"), "the stream broke off"),
    ],
)
def test_what_does_not_come_is_no_speed(what, words):
    """None with the reason, never 0 and never a guess."""
    found, _ = probed(what, limit_s=1)
    assert (found.tokens_per_s, found.prompt_tokens_per_s) == (None, None)
    assert words in found.why


def test_a_server_that_is_gone_is_no_speed():
    """Nothing is raised for it."""
    with ScriptedEndpoint(reply("x")) as server:
        url = server.base_url
    with Client(url) as client:
        found = probe(make_contestant(base_url=url), client, limit_s=2)
    assert found.tokens_per_s is None
    assert "the server was not reached" in found.why
