import json

import pytest

from codestone.drivers.loop import BAD, REPEATS, drive, fault, prompt
from codestone.task import ToolReply, ToolSpec
from codestone.trial import Ending

READ = ("read_it", {"path": "x.py"})
WRITE = ("write_it", {"path": "x.py", "content": "def f():\n    return 2\n"})
BROKEN = ("read_it", '{"path": ')


@pytest.fixture
def loop(workspace, brief, playing):
    """Drive the replies, and return the transcript with what was asked."""

    def loop(*replies, **more):
        ask = playing(*replies)
        return drive(brief(**more), ask, workspace), ask

    return loop


def test_calls_are_carried_out_until_a_reply_has_none(loop, workspace, reply):
    """Results go back by id, in order, after the message that asked for them."""
    first = reply("Let me see.", READ, ("list_it", {}), reasoning="hm")
    done, ask = loop(first, reply("", WRITE), reply("Done."))
    assert (workspace / "x.py").read_text() == "def f():\n    return 2\n"
    assert (done.ending, done.files, done.detail) == (Ending.ANSWERED, ("x.py",), "")
    shape = [(m.role, len(m.tool_calls), m.tool_call_id) for m in done.messages]
    assert shape == [
        ("user", 0, None),
        ("assistant", 2, None),
        ("tool", 0, "c0"),
        ("tool", 0, "c1"),
        ("assistant", 1, None),
        ("tool", 0, "c0"),
    ]
    assert [m.content for m in done.messages[2:4]] == ["def f():\n    return 1\n", "x.py"]
    assert done.messages[1].reasoning == "hm"
    assert ask.asked[-1][0] == done.messages
    assert {tool["function"]["name"] for tool in ask.asked[0][2]} >= {"read_it", "write_it"}
    assert len(done.replies) == 3


def test_the_first_message_says_how_to_work(workspace, brief):
    """The workspace is shown only where no tool reads it."""
    text = prompt(brief(), workspace)
    assert text.startswith("Fix `f`.\n\nWork on the files with the tools;")
    assert "return 1" not in text
    blind = brief(tools=(ToolSpec(name="put", description="P.", does="write"),))
    assert "`x.py`\n```python\ndef f():\n    return 1\n```" in prompt(blind, workspace)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (BROKEN, "invalid JSON"),
        (("shell", {"command": "ls"}), "unknown tool 'shell'"),
        (("read_it", {"file": "x.py"}), "wrong arguments for read_it"),
    ],
)
def test_calls_that_cannot_be_carried_out_end_it_after_three_replies(loop, reply, call, why):
    """Two at once are one reply: the model has not seen the error yet."""
    done, ask = loop(*[reply("", call, call)] * BAD)
    assert (done.ending, done.files) == (Ending.BAD_CALLS, ())
    assert done.detail.startswith(f"no usable call in 3 replies in a row: {why}")
    assert len(ask.asked) == BAD
    assert all(m.content.startswith("error: ") for m in done.messages if m.role == "tool")


def test_a_good_call_forgives_the_bad_ones_before_it(loop, reply):
    """What counts is three in a row."""
    bad = reply("", BROKEN)
    done, _ = loop(bad, bad, reply("", BROKEN, READ), bad, bad, reply("", WRITE), reply("Done."))
    assert done.ending is Ending.ANSWERED


def test_a_call_cut_by_the_budget_is_told_as_such(loop, reply):
    """The model hears that it wrote too much, not that it cannot write JSON."""
    cut = reply("", BROKEN, finish_reason="length")
    done, _ = loop(cut, cut, cut)
    assert "the reply was cut off inside it" in done.detail


def test_the_same_calls_again_and_again_are_a_loop(loop, reply):
    """Also where the JSON is written differently; what was written before is graded."""
    again = [reply("", ("read_it", text)) for text in ('{"path":"x.py"}', '{ "path": "x.py" }')] * 2
    done, ask = loop(reply("", WRITE), *again)
    assert (done.ending, done.files) == (Ending.LOOPED, ("x.py",))
    assert done.detail == f"the same call of 'read_it' in {REPEATS} replies in a row"
    assert len(ask.asked) == 1 + REPEATS


def test_going_to_and_fro_is_ended_by_the_turns(loop, reply):
    """Two calls that alternate are no repetition of one."""
    done, _ = loop(*[reply("", READ), reply("", ("list_it", {}))] * 3, limits={"turns": 6})
    assert (done.ending, done.detail) == (Ending.TURNS_SPENT, "all 6 replies were used")


def test_tokens_and_time_end_it(loop, reply):
    """Tokens are the model's doing, time is not."""
    done, _ = loop(reply("", WRITE, tokens=50), limits={"conversation_tokens": 50})
    assert (done.ending, done.files) == (Ending.TURNS_SPENT, ("x.py",))
    done, _ = loop(reply("", WRITE), limits={"conversation_s": 1e-9})
    assert done.ending is Ending.OUT_OF_TIME


@pytest.mark.parametrize(
    "ending", sorted({e for e in Ending if not e.measured} | {Ending.CONTEXT_OVERFLOW, Ending.LOOPED})
)
def test_what_ends_an_exchange_for_good_ends_the_trial_at_once(loop, workspace, reply, ending):
    """Calls of a broken reply are not carried out."""
    before = (workspace / "x.py").read_text()
    done, _ = loop(reply("", READ), reply("", WRITE, ending=ending, detail="why"))
    assert (done.ending, done.detail, done.files) == (ending, "reply 2: why", ())
    assert (workspace / "x.py").read_text() == before


CASES = {
    "nothing": ({"content": ""}, Ending.EMPTY, ""),
    "thinking": (
        {"content": "", "reasoning": "hm", "finish_reason": "length"},
        Ending.THOUGHT_OUT,
        "2 characters of thinking",
    ),
    "cut": ({"content": "Let me", "finish_reason": "length"}, Ending.CUT_OFF, "reply 2: the reply was cut"),
    "gave up": ({"content": "I give up."}, Ending.GAVE_UP, "I give up."),
    "refused": ({"content": "I can't help with that."}, Ending.REFUSED, "I can't help"),
    "talk": (
        {"content": "All is well."},
        Ending.GAVE_UP,
        "finished after 1 calls that wrote no file: All is",
    ),
    "as text": (
        {"content": '<tool_call>{"name": "read_it"}'},
        Ending.BAD_CALLS,
        "reply 2: text instead of a call: <tool_call> in the content;",
    ),
    "weighed": (
        {"content": "", "reasoning": "Perhaps <tool_call>", "finish_reason": "length"},
        Ending.THOUGHT_OUT,
        "19 characters of thinking",
    ),
    "thought": (
        {"content": "", "reasoning": "<tool_call>{}"},
        Ending.BAD_CALLS,
        "text instead of a call: <tool_call> in the reasoning",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_reply_without_a_call_and_without_files_ends_as_what_it_is(loop, reply, name):
    """A serving template that loses calls is told apart from a model that makes none."""
    said, ending, detail = CASES[name]
    done, _ = loop(reply("", READ), reply(**said))
    assert done.ending is ending
    assert detail in done.detail


@pytest.mark.parametrize(
    ("said", "ending", "detail"),
    [
        ({"content": ""}, Ending.ANSWERED, ""),
        ({"content": "And so", "finish_reason": "length"}, Ending.ANSWERED, "reply 2: the reply was cut off"),
        ({"content": "I could not find more."}, Ending.ANSWERED, ""),
        ({"content": "[TOOL_CALLS]read_it"}, Ending.BAD_CALLS, "text instead of a call"),
    ],
)
def test_what_was_written_is_the_answer(loop, reply, said, ending, detail):
    """A last reply without words is enough; a call that got lost is still told, and graded."""
    done, _ = loop(reply("", WRITE), reply(**said))
    assert (done.ending, done.files, done.ending.graded) == (ending, ("x.py",), True)
    assert detail in done.detail


def test_a_model_that_never_calls_is_told_so(loop, reply):
    """Code in a fence is no call."""
    done, _ = loop(reply("Here:\n```python\ndef f():\n    return 2\n```"))
    assert (done.ending, done.files) == (Ending.BAD_CALLS, ())
    assert done.detail.startswith("no call: Here: ```python def f():")


def test_unreadable_arguments_go_back_as_json(loop, reply):
    """A template that reads them would fail, and the server be blamed for what the model wrote."""
    done, _ = loop(reply("", BROKEN), reply("", WRITE), reply("Done."))
    sent = done.messages[1].tool_calls[0].arguments
    assert json.loads(sent) == {"unreadable": '{"path": '}
    assert done.replies[0].tool_calls[0].arguments == '{"path": '


def test_tasks_that_it_cannot_drive_are_refused_with_the_remedy(brief):
    """Before anything is asked."""
    put = ToolSpec(name="put", description="P.", does="write")
    odd = ToolSpec(
        name="ask", description="A.", does="scripted", reply=(ToolReply(when={"a": "("}, says=""),)
    )
    assert fault(brief()) == ""
    assert fault(brief(tools=())) == "s/t has no [[tool]]: use --driver single"
    assert fault(brief(tools=(), turns=("More.",))) == "s/t has no [[tool]]: use --driver turns"
    assert fault(brief(turns=("More.",))).endswith("use --driver turns")
    assert 'add one that does "write"' in fault(brief(tools=brief().tools[:2]))
    assert "'(' of the tool 'ask' is no regular expression" in fault(brief(tools=(put, odd)))
