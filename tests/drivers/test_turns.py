import pytest

from codestone.drivers.turns import drive, fault
from codestone.trial import Ending

ONE = "```python\ndef f():\n    return 2\n```\n"
EDIT = "```diff\n@@\n-    return 2\n+    return 3\n```\n"


@pytest.fixture
def conversation(brief):
    """A brief of three messages."""
    return lambda **more: brief(turns=("Now three.\n", "Test it."), **more)


def test_each_message_follows_the_reply_to_the_one_before(workspace, conversation, playing, reply):
    """The later ones as they stand, and every reply's files are there when the next one comes."""
    ask = playing(reply(ONE, reasoning="hm"), reply(EDIT), reply("It works."))
    done = drive(conversation(), ask, workspace)
    assert (workspace / "x.py").read_text() == "def f():\n    return 3\n"
    sent = [message.content for message in done.messages]
    assert sent[0].startswith("Fix `f`.\n\n`x.py`\n```python\ndef f():\n    return 1\n```")
    assert sent[1:] == [ONE, "Now three.\n", EDIT, "Test it."]
    assert [message.role for message in done.messages] == ["user", "assistant"] * 2 + ["user"]
    assert [message.reasoning for message in done.messages] == ["", "hm", "", "", ""]
    assert done.replies == tuple(ask.replies)
    assert [(len(messages), tokens, tools) for messages, tokens, tools in ask.asked] == [
        (1, 77, ()),
        (3, 77, ()),
        (5, 77, ()),
    ]


def test_a_reply_without_a_file_is_named_and_ends_nothing(workspace, conversation, playing, reply):
    """Files of any reply make it answered."""
    done = drive(conversation(), playing(reply(""), reply(ONE), reply("I can't do that.")), workspace)
    assert (done.ending, done.files) == (Ending.ANSWERED, ("x.py",))
    assert done.detail == "reply 1: the reply had no text; reply 3: the model refused"


@pytest.mark.parametrize(
    ("content", "ending"),
    [("", Ending.EMPTY), ("I can't do that.", Ending.REFUSED), ("Use a heap.", Ending.UNPARSABLE)],
)
def test_without_any_file_it_ends_as_the_last_reply_did(conversation, playing, reply, content, ending):
    """As under ``single``."""
    ask = playing(reply("hm"), reply("hm"), reply(content))
    done = drive(conversation(), ask, conversation().workspace)
    assert (done.ending, done.files) == (ending, ())


@pytest.mark.parametrize(
    "ending",
    sorted({e for e in Ending if not e.measured} | {Ending.CONTEXT_OVERFLOW}),
)
def test_what_ends_an_exchange_for_good_ends_the_trial_at_once(
    workspace, conversation, playing, reply, ending
):
    """Nothing more is asked; what was written is still named."""
    ask = playing(reply(ONE), reply("x", ending=ending, detail="why"))
    done = drive(conversation(), ask, workspace)
    assert (done.ending, done.detail, done.files) == (ending, "reply 2: why", ("x.py",))
    assert len(ask.asked) == len(done.replies) == 2
    assert done.answer.files == {"x.py": "def f():\n    return 2\n"}
    assert done.ending.graded is done.ending.measured


def test_a_reply_that_repeats_itself_ends_it_unless_its_files_were_whole(
    workspace, conversation, playing, reply
):
    """What was written before is graded; after a whole file the script goes on."""
    looped = {"ending": Ending.LOOPED, "detail": "content repeated"}
    done = drive(conversation(), playing(reply(ONE), reply("and and and", **looped)), workspace)
    assert (done.ending, done.detail, done.files) == (Ending.LOOPED, "reply 2: content repeated", ("x.py",))
    talk = playing(reply(ONE + "and and and", **looped), reply("Fine."), reply(EDIT))
    done = drive(conversation(), talk, workspace)
    assert (done.ending, len(done.replies)) == (Ending.ANSWERED, 3)
    assert (workspace / "x.py").read_text() == "def f():\n    return 3\n"
    assert done.detail.startswith("reply 1: the files were complete, then the reply looped: content repeated")


def test_spent_tokens_end_it_and_what_was_written_is_graded(workspace, conversation, playing, reply):
    """The later messages are not asked."""
    limits = {"conversation_tokens": 100}
    done = drive(conversation(limits=limits), playing(reply(ONE, tokens=100)), workspace)
    assert (done.ending, done.files, done.ending.graded) == (Ending.TURNS_SPENT, ("x.py",), True)


def test_a_conversation_that_takes_too_long_is_not_measured(workspace, conversation, playing, reply):
    """A slow machine is slow, not wrong; one that is through was not too long."""
    slow = conversation(limits={"conversation_s": 1e-9})
    assert drive(slow, playing(reply(ONE)), workspace).ending is Ending.OUT_OF_TIME


def test_the_last_reply_may_take_the_rest(workspace, brief, playing, reply):
    """A limit that is reached with the last reply ends nothing."""
    one = brief(limits={"conversation_s": 1e-9, "turns": 1, "conversation_tokens": 5})
    assert drive(one, playing(reply(ONE, tokens=5)), workspace).ending is Ending.ANSWERED


def test_a_task_that_forbids_its_own_messages_is_refused(conversation):
    """The remedy is in the sentence."""
    assert fault(conversation()) == ""
    assert fault(conversation(limits={"turns": 2})) == (
        "s/t has 3 messages and limits.turns = 2: set turns to 3 or more in its task.toml"
    )
