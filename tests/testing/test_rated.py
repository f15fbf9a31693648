import pytest

from codestone.endpoint.client import ChatRequest, Client, Message
from codestone.testing import ScriptedEndpoint
from codestone.testing.rated import Rated, Rates
from codestone.trial import Ending, Usage


def asked(rates, *conversations, max_tokens=80):
    """Ask each conversation (user, assistant, user …); return the replies, the play and what was played."""
    play = Rated(rates)
    with ScriptedEndpoint(play) as server, Client(server.base_url) as client:
        replies = [
            client.chat(
                ChatRequest(
                    model="m",
                    max_tokens=max_tokens,
                    messages=[
                        Message(role="assistant" if place % 2 else "user", content=text)
                        for place, text in enumerate(texts)
                    ],
                )
            )
            for texts in conversations
        ]
    return replies, play, server.played


def test_a_prompt_takes_as_long_as_its_uncached_tokens():
    """Linearly, and never less; the role comes at once and the text does not."""
    _, play, played = asked(Rates(prompt_per_s=10_000), ["x" * 400], ["y" * 8_000])
    for one, model in zip(played, play.asked, strict=True):
        role, first = one.sent[:2]
        wait_s = (first.before_ns - one.request.at_ns) / 1e9
        assert wait_s >= (model.prompt - model.cached) / 10_000
        assert (role.before_ns - one.request.at_ns) / 1e9 < wait_s
    assert play.asked[1].prompt > 2_000


def test_the_prefix_of_the_last_request_is_cached_and_told():
    """The reply belongs to it; another beginning has the template and nothing more."""
    first = "a" * 4_000
    play = Rated(Rates())
    with ScriptedEndpoint(play) as server, Client(server.base_url) as client:

        def ask(*texts):
            messages = [
                Message(role="assistant" if n % 2 else "user", content=text) for n, text in enumerate(texts)
            ]
            return client.chat(ChatRequest(model="m", messages=messages, max_tokens=80))

        said = ask(first).content
        warm = ask(first, said, "go on").exchange.usage
        cold = ask("b" * 4_000).exchange.usage
    assert warm == Usage(
        prompt_tokens=warm.prompt_tokens, completion_tokens=80, cached_tokens=warm.cached_tokens
    )
    assert warm.cached_tokens > 1_000 + 70
    assert cold.cached_tokens < 20


def test_several_tokens_a_chunk_are_counted_as_tokens():
    """And reasoning comes first, on its own channel."""
    (reply,), _, _ = asked(Rates(tokens_per_chunk=8, thinks=0.5, characters_per_token=3), ["hi"])
    assert (reply.exchange.speed.chunks, reply.exchange.usage.completion_tokens) == (10, 80)
    assert (len(reply.reasoning), len(reply.content)) == (120, 120)


@pytest.mark.parametrize("told", [True, False])
def test_usage_and_timings_are_told_or_not(told):
    """Without them a client has its own clock and no count."""
    (reply,), _, _ = asked(Rates(usage=told, timings=told, drafted=(9, 6)), ["hi" * 400])
    assert (reply.exchange.usage is not None) is told
    timings = reply.exchange.timings or {}
    assert (timings.get("prompt_per_second"), timings.get("draft_n_accepted")) == (
        (5_000, 6) if told else (None, None)
    )


def test_a_prompt_beyond_the_context_is_refused_or_cut():
    """Refused in llama-server's words; cut without any."""
    (reply,), play, _ = asked(Rates(context=500), ["x" * 4_000])
    assert reply.exchange.ending is Ending.CONTEXT_OVERFLOW
    assert "context of 500 tokens" in reply.exchange.detail
    assert play.asked == []
    (cut,), _, _ = asked(Rates(context=500, cuts=True), ["x" * 4_000])
    assert cut.exchange.usage.prompt_tokens == 250


def test_a_model_that_has_little_to_say_stops_by_itself():
    """And one that fills its budget says so."""
    (short,), _, _ = asked(Rates(reply_tokens=5), ["hi"])
    (long,), _, _ = asked(Rates(), ["hi"])
    assert [reply.exchange.finish_reason for reply in (short, long)] == ["stop", "length"]
