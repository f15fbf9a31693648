import pytest

from codestone.drivers.single import drive, fault, prompt
from codestone.endpoint.chat import Message, Reply, ToolCall
from codestone.plugins import names
from codestone.task import Brief, Limits
from codestone.timing import Marks
from codestone.trial import Ending, Exchange

CODE = "```python\ndef f():\n    return 2\n```\n"
OLD = "def f():\n    return 1\n"
MARKS = Marks(connect_ns=None, headers_ns=None, arrivals=(), end_ns=None)


class Contestant:
    """Answers with a text, and keeps what it was asked."""

    def __init__(self, content="", *, reasoning="", calls=(), **course):
        exchange = Exchange(**{"ending": Ending.ANSWERED, "finish_reason": "stop", **course})
        self.reply = Reply(
            content=content,
            reasoning=reasoning,
            tool_calls=calls,
            exchange=exchange,
            marks=MARKS,
            raw_extra={},
        )
        self.asked = []

    def __call__(self, messages, tokens):
        """Be an ``Ask``."""
        self.asked.append((messages, tokens))
        return self.reply


@pytest.fixture
def workspace(tmp_path):
    """Make a workspace with one file."""
    (tmp_path / "x.py").write_text(OLD)
    return tmp_path


def _brief(workspace, files=("x.py",), language="python", turns=()):
    return Brief(
        task="s/t", instruction="Fix `f`.\n", language=language, files=files, workspace=workspace,
        limits=Limits(reply_tokens=77), turns=turns,
    )  # fmt: skip


def _drive(workspace, contestant):
    return drive(_brief(workspace), contestant, workspace)


def test_one_question_gives_one_file(workspace):
    """The reply's file is written; the transcript has all of it."""
    contestant = Contestant("Here:\n\n" + CODE)
    transcript = _drive(workspace, contestant)
    assert (workspace / "x.py").read_text() == "def f():\n    return 2\n"
    assert contestant.asked == [(transcript.messages, 77)]
    assert transcript.replies == (contestant.reply,)
    assert (transcript.ending, transcript.files, transcript.detail) == (Ending.ANSWERED, ("x.py",), "")
    assert transcript.answer is not None
    assert transcript.answer.how == ("fenced block",)


def test_the_prompt_is_the_instruction_the_files_and_how_to_answer(workspace):
    """One user message, nothing else in it."""
    contestant = Contestant(CODE)
    _drive(workspace, contestant)
    text = (
        "Fix `f`.\n\n`x.py`\n```python\ndef f():\n    return 1\n```\n\n"
        "Reply with the complete new content of `x.py` in one fenced code block.\n"
    )
    assert contestant.asked[0][0] == (Message(role="user", content=text),)


def test_the_prompt_asks_for_paths_where_there_may_be_several_files(workspace):
    """Several files, or a folder of them; nothing to start from is not mentioned."""
    text = prompt(_brief(workspace, files=("a.py", "pkg/")), {})
    assert text.startswith("Fix `f`.\n\nReply with the complete new content of each file")
    assert text.endswith("its path on the line above. Files that you may write: `a.py`, `pkg/`.\n")


def test_the_prompt_for_prose_asks_for_no_fence(workspace):
    """A review is the reply itself."""
    text = prompt(_brief(workspace, files=("review.md",)), {})
    assert text.endswith("Your whole reply is taken as the content of `review.md`.\n")


@pytest.mark.parametrize(
    ("contestant", "ending", "detail"),
    [
        (Contestant(""), Ending.EMPTY, ""),
        (Contestant(" \n", reasoning=CODE), Ending.EMPTY, "of thinking, none of an answer"),
        (
            Contestant("", reasoning=CODE, finish_reason="length"),
            Ending.THOUGHT_OUT,
            "characters of thinking",
        ),
        (Contestant("<think>\n" + CODE), Ending.EMPTY, "of thinking, none of an answer"),
        (
            Contestant("<think>\n" + CODE, finish_reason="length"),
            Ending.THOUGHT_OUT,
            "characters of thinking",
        ),
        (
            Contestant("", calls=(ToolCall(id="1", name="edit", arguments="{}"),)),
            Ending.EMPTY,
            "1 tool calls, no text",
        ),
        (
            Contestant("", reasoning="hm", ending=Ending.THOUGHT_OUT, finish_reason="length"),
            Ending.THOUGHT_OUT,
            "2 characters of thinking",
        ),
        (Contestant("", ending=Ending.EMPTY, detail="no text at all"), Ending.EMPTY, "no text at all"),
        (Contestant("```python\ndef f(", finish_reason="length"), Ending.CUT_OFF, "ends inside this block"),
        (Contestant("Let me think about", finish_reason="length"), Ending.CUT_OFF, "the reply was cut off"),
        (Contestant("I'm sorry, but I can't do that."), Ending.REFUSED, ""),
        (Contestant("It needs a heap."), Ending.UNPARSABLE, ""),
        (Contestant("```bash\nls\n```"), Ending.UNPARSABLE, "tagged bash"),
        (Contestant("**../y.py**\n" + CODE), Ending.UNPARSABLE, "leads out of the workspace"),
    ],
)
def test_a_reply_without_a_file_ends_as_what_it_is(workspace, contestant, ending, detail):
    """Nothing, thinking, a cut, a refusal and talk are told apart; the workspace stays as it was."""
    transcript = _drive(workspace, contestant)
    assert transcript.ending is ending
    assert detail in transcript.detail
    assert transcript.files == ()
    assert (workspace / "x.py").read_text() == OLD


@pytest.mark.parametrize(
    "contestant",
    [
        Contestant(CODE + "And now", finish_reason="length"),
        Contestant(CODE, ending=Ending.CUT_OFF, detail="it loops"),
    ],
)
def test_a_reply_cut_after_its_file_is_answered(workspace, contestant):
    """What was asked for is there; the detail tells of the cut."""
    transcript = _drive(workspace, contestant)
    assert transcript.ending is Ending.ANSWERED
    assert transcript.detail.startswith("the reply was cut off, its files were usable")


LOOP = "Wait, let me check once more.\n" * 9


def test_a_reply_that_loops_after_its_file_is_answered(workspace):
    """The fence was closed, so the loop is no part of the file; the detail tells of it."""
    transcript = _drive(workspace, Contestant(CODE + LOOP, ending=Ending.LOOPED, detail="content repeated"))
    assert (transcript.ending, transcript.files) == (Ending.ANSWERED, ("x.py",))
    assert transcript.detail == "the files were complete, then the reply looped: content repeated"
    assert (workspace / "x.py").read_text() == "def f():\n    return 2\n"


@pytest.mark.parametrize(
    "text",
    ["", LOOP, "```python\ndef f():\n" + "    x = 1\n" * 9, "def f():\n    return 2\n" + "f()\n" * 9],
    ids=["thinking", "talk", "open fence", "no fence"],
)
def test_a_reply_that_loops_before_its_file_is_complete_is_looped(workspace, text):
    """Code that may be part of the loop is not taken, though it parses."""
    transcript = _drive(workspace, Contestant(text, ending=Ending.LOOPED, detail="content repeated"))
    assert (transcript.ending, transcript.detail) == (Ending.LOOPED, "content repeated")
    assert transcript.files == ()
    assert (workspace / "x.py").read_text() == OLD


@pytest.mark.parametrize(
    "ending",
    sorted({ending for ending in Ending if not ending.measured} | {Ending.CONTEXT_OVERFLOW}),
)
def test_what_is_not_the_replys_doing_is_passed_through(workspace, ending):
    """A broken stream is no answer, even where a file could be read out of it."""
    transcript = _drive(workspace, Contestant(CODE, ending=ending, detail="why"))
    assert (transcript.ending, transcript.detail) == (ending, "why")
    assert transcript.answer is None
    assert (workspace / "x.py").read_text() == OLD


def test_a_link_in_the_workspace_is_not_written_through(workspace):
    """The path is left out and named."""
    (workspace / "x.py").unlink()
    (workspace / "x.py").symlink_to("/dev/null")
    transcript = _drive(workspace, Contestant(CODE))
    assert transcript.ending is Ending.UNPARSABLE
    assert "something stands in the way: x.py" in transcript.detail


def test_a_diff_applies_to_the_workspace(workspace):
    """Edits are read against the files as they are."""
    transcript = _drive(workspace, Contestant("```diff\n@@\n-    return 1\n+    return 3\n```\n"))
    assert transcript.ending is Ending.ANSWERED
    assert (workspace / "x.py").read_text() == "def f():\n    return 3\n"


def test_a_conversation_is_refused_with_the_remedy(workspace):
    """Before anything is asked."""
    assert fault(_brief(workspace)) == ""
    talk = _brief(workspace, turns=("More.", "Still more."))
    assert fault(talk) == "s/t is a conversation of 3 messages: use --driver turns"


def test_the_driver_is_found_by_its_name():
    """Modules that are no driver are not offered as one."""
    assert "single" in names("drivers")
    assert not any(name.startswith("_") for name in names("drivers"))
