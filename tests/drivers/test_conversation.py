import pytest

from codestone.drivers._conversation import Conversation
from codestone.endpoint.chat import Message, ToolCall
from codestone.task import Limits
from codestone.trial import Ending


def _talk(playing, replies, **limits):
    ask = playing(*replies)
    talk = Conversation(Limits(**limits), ask)
    talk.say(Message(role="user", content="go"))
    return talk, ask


def test_the_messages_grow_with_the_replies(playing, reply):
    """Reasoning and calls are kept with the reply that had them."""
    talk, ask = _talk(playing, [reply("one", reasoning="hm"), reply("two")])
    call = ToolCall(id="1", name="n", arguments="{}")
    talk.heard(talk.ask(), (call,))
    talk.say(Message(role="tool", content="r", tool_call_id="1"))
    talk.ask()
    first = Message(role="user", content="go")
    said = Message(role="assistant", content="one", reasoning="hm", tool_calls=(call,))
    assert [messages for messages, _, _ in ask.asked] == [
        (first,),
        (first, said, Message(role="tool", content="r", tool_call_id="1")),
    ]


def test_a_reply_may_use_what_is_left_of_the_tokens(playing, reply):
    """At most the budget of a reply, and in the end the rest of the conversation's."""
    talk, ask = _talk(
        playing, [reply("a", tokens=60), reply("b", tokens=30)], reply_tokens=64, conversation_tokens=90
    )
    talk.ask()
    assert talk.spent() is None
    talk.ask()
    assert [tokens for _, tokens, _ in ask.asked] == [64, 30]
    assert talk.spent() == (Ending.TURNS_SPENT, "90 of 90 output tokens were used in 2 replies")


def test_replies_without_usage_count_no_tokens_and_are_bounded_by_turns(playing, reply):
    """Characters are no tokens."""
    talk, _ = _talk(playing, [reply("x" * 9999)] * 3, turns=3, conversation_tokens=10)
    talk.ask()
    talk.ask()
    assert talk.spent() is None
    talk.ask()
    assert talk.spent() == (Ending.TURNS_SPENT, "all 3 replies were used")


def test_time_alone_is_not_the_models_doing(playing, reply):
    """A slow machine is slow, not wrong."""
    talk, _ = _talk(playing, [reply("x")], conversation_s=1e-9)
    talk.ask()
    ended = talk.spent()
    assert ended.ending is Ending.OUT_OF_TIME
    assert not ended.ending.measured
    assert ended.detail.endswith("the conversation may take 1e-09 s")


@pytest.mark.parametrize("ending", [Ending.STALLED, Ending.CONTEXT_OVERFLOW, Ending.LOOPED])
def test_what_ended_an_exchange_for_good_ends_the_conversation(playing, reply, ending):
    """With the number of the reply."""
    talk, _ = _talk(playing, [reply("x"), reply("", ending=ending, detail="why")])
    assert talk.stopped(talk.ask()) is None
    assert talk.stopped(talk.ask()) == (ending, "reply 2: why")


def test_each_path_is_named_once_in_the_order_of_first_writing(playing, reply):
    """However often it was written."""
    talk, _ = _talk(playing, [])
    talk.wrote(["b", "a"])
    talk.wrote(["a", "c"])
    assert talk.files == ("b", "a", "c")
