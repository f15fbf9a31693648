import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.endpoint.chat import Reply
from codestone.engine.serving_checks.asking import Asked
from codestone.engine.serving_checks.prompts import (
    Long,
    judge_context,
    judge_long,
    long_prompt,
    secret_word,
    told_context,
)
from codestone.timing import Marks
from codestone.trial import Ending, Exchange, Fact


@given(st.integers(0, 20_000))
def test_a_long_prompt_has_its_size_and_its_word_once_at_the_start(characters):
    """A word that stood anywhere else would come back from a prompt that was cut."""
    word = secret_word()
    (message,) = long_prompt(word, characters)
    assert characters <= len(message.content) <= characters + 300
    assert message.content.count(word) == 1
    assert word in message.content.splitlines()[0]


def test_words_are_not_alike():
    """A cached or remembered word would prove nothing."""
    words = {secret_word() for _ in range(50)}
    assert len(words) > 45


def test_the_context_of_one_slot_is_the_one_that_counts():
    """What llama-server has in all is divided among its slots; a fact that is no number is none."""
    facts = {
        "context_served": Fact(value=32768, source="server"),
        "context_per_slot": Fact(value=8192, source="server"),
    }
    assert told_context(facts) == 8192
    assert told_context({"context_served": Fact(value=True, source="declared")}) is None
    assert told_context({}) is None


@pytest.mark.parametrize(
    ("said", "context"),
    [
        ("prompt of 9412 tokens, context of 8192 tokens: request exceeds the available context size", 8192),
        ("HTTP 400: This model's maximum context length is 4096 tokens. However, you requested 9000", 4096),
        ("HTTP 400: prompt is over max_context_window 32768", 32768),
        (
            "error inside the stream: However, the model is loaded with context length of only 2048 tokens",
            2048,
        ),
    ],
)
def test_the_context_is_read_from_the_words_of_any_server(said, context):
    """A prompt that is refused for its size is no failure, and its number is the context."""
    exchange = Exchange(ending=Ending.SERVER_ERROR, status=400, detail=said)
    marks = Marks(connect_ns=None, headers_ns=None, arrivals=(), end_ns=None)
    reply = Reply(content="", reasoning="", tool_calls=(), exchange=exchange, marks=marks, raw_extra={})
    asked = Asked(about="long-prompt", messages=long_prompt("x", 9000), tools=(), max_tokens=96, reply=reply)
    longs = [Long(word="x", asked=asked)]
    assert judge_long(longs, "plain").words == "not measured: every prompt was refused"
    assert f"refused beyond {context}" in judge_context(longs, {}, "plain").evidence
