import pytest

from codestone.endpoint.chat import Message, Reply
from codestone.engine.serving_checks.asking import Asked
from codestone.engine.serving_checks.thinking import judge_channels, judge_thinking, thought_characters
from codestone.testing.records import make_contestant
from codestone.timing import Marks
from codestone.trial import Ending, Exchange, Thinking, Usage

MARKS = Marks(connect_ns=None, headers_ns=None, arrivals=(), end_ns=None)


def asked(content="No.", reasoning="", *, finish="stop", about="thinking", **counts):
    """Return a plain question with this reply."""
    ending = Ending.ANSWERED if content else Ending.EMPTY
    exchange = Exchange(ending=ending, status=200, finish_reason=finish, usage=Usage(**counts))
    reply = Reply(
        content=content, reasoning=reasoning, tool_calls=(), exchange=exchange, marks=MARKS, raw_extra={}
    )
    message = Message(role="user", content="Is it?")
    return Asked(about=about, messages=(message,), tools=(), max_tokens=256, reply=reply)


def off():
    """Return a contestant that is not to think."""
    return make_contestant(thinking=Thinking(mode="off"))


@pytest.mark.parametrize("reasoning", ["", "<think>\n\n</think>", "\n", "<think></think>\n"])
def test_an_empty_block_is_no_thought(reasoning):
    """Templates open and close it when thinking is off."""
    one = asked(reasoning=reasoning, completion_tokens=2)
    assert thought_characters(one) == 0
    assert judge_thinking(off(), [one]).state == "ok"


@pytest.mark.parametrize(
    "one",
    [
        asked(reasoning="Hm."),
        asked(completion_tokens=2, reasoning_tokens=40),
        asked(completion_tokens=60),
        asked("Hm.</think>No."),
        asked("", "Hm", finish="length"),
    ],
)
def test_any_sign_of_thinking_is_believed(one):
    """Text, a count, tokens that nobody saw, or a tag that stayed."""
    assert judge_thinking(off(), [one]).state == "broken"


def test_a_reply_that_says_nothing_of_it_is_not_measured():
    """No text and no count: neither on nor off was shown."""
    assert judge_thinking(off(), [asked("")]).state == "not measured"
    assert judge_thinking(off(), []).state == "not measured"
    assert judge_thinking(off(), [asked(about="tool-call", reasoning="Hm.")]).state == "not measured"


def test_a_reply_that_its_budget_ended_while_thinking_is_no_reply_in_the_wrong_channel():
    """Only a reply that ended by itself can have all its text in reasoning."""
    assert judge_channels(off(), [asked("", "Hm", finish="length")]).state == "not measured"
    assert judge_channels(off(), [asked("", "Hm. No.")]).state == "broken"
    assert judge_channels(off(), [asked("", "Hm. No."), asked()]).state == "warning"
