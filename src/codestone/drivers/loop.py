"""A minimal agent loop: the contestant calls the task's tools until it says that it is finished.

The tools (``[[tool]]`` of the task) work on the workspace, or answer as the task has scripted it. Calls of
one reply are carried out in their order, each result goes back as a message of role ``tool``. A call that
cannot be carried out gets its fault back. A reply without a call ends the conversation:

====================================================  ==========================================
what happened                                         ending of the trial
====================================================  ==========================================
an exchange ended by the server's doing, ours or the  that one, at once: not measured
user's
a prompt did not fit the context                      ``context-overflow``, at once
a reply repeated itself and was stopped, or 4         ``looped``
replies in a row asked for the same calls
3 replies in a row with no call that could be         ``bad-calls``: invalid JSON, unknown tool,
carried out                                           wrong arguments
replies or tokens were spent                          ``turns-spent``
the time was over                                     ``out-of-time``: not measured
no call, but the text of one                          ``bad-calls``: text instead of a call
no call, files were written                           ``answered``
no call and no text, no file was written              ``empty``, or ``thought-out``
no call, cut off, no file was written                 ``cut-off``
no call, "I give up"                                  ``gave-up``
no call, a refusal                                    ``refused``
no call, and never was one                            ``bad-calls``: no call
no call, after calls that wrote nothing               ``gave-up``
====================================================  ==========================================

A row further up goes before one below.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from codestone.answers.paths import escaped
from codestone.answers.refusal import refuses
from codestone.drivers import Transcript
from codestone.drivers._calls import Result, carry_out
from codestone.drivers._conversation import Conversation, Ended
from codestone.drivers._offered import offered
from codestone.drivers._reply import is_cut, unsaid
from codestone.drivers._start import shown, texts
from codestone.drivers._talk import call_as_text, gives_up
from codestone.endpoint.chat import Ask, Message, Reply
from codestone.task import Brief, ToolSpec
from codestone.trial import Ending

REPEATS = 4
"""Replies in a row that ask for the same calls."""
BAD = 3
"""Replies in a row with no call that could be carried out."""


def fault(brief: Brief) -> str:
    """Return why this driver cannot drive the task, and what can; "" where it can."""
    if not brief.tools:
        other = "turns" if brief.turns else "single"
        return f"{brief.task} has no [[tool]]: use --driver {other}"
    if brief.turns:
        return f"{brief.task} is a conversation of {1 + len(brief.turns)} messages: use --driver turns"
    if not any(tool.does in {"write", "replace"} for tool in brief.tools):
        return f'no [[tool]] of {brief.task} writes a file: add one that does "write" or "replace"'
    return next((words for tool in brief.tools if (words := _pattern_fault(tool))), "")


def drive(brief: Brief, ask: Ask, workspace: Path) -> Transcript:
    """Ask, carry out the calls, ask again, until a reply has no call or something ends it."""
    talk = Conversation(brief.limits, ask, tools=[offered(tool) for tool in brief.tools])
    talk.say(Message(role="user", content=prompt(brief, workspace)))
    course = _Course()
    while True:
        reply = talk.ask()
        ended = talk.stopped(reply)
        if ended is None and not reply.tool_calls:
            ended = _finished(reply, talk, brief, calls=course.calls)
        if ended:
            return talk.transcript(ended)
        results = carry_out(reply.tool_calls, brief, workspace, cut=is_cut(reply))
        talk.wrote([result.wrote for result in results if result.wrote])
        talk.heard(reply, tuple(result.call for result in results))
        talk.say(*(result.message for result in results))
        if ended := course.ended(results) or talk.spent():
            return talk.transcript(ended)


def prompt(brief: Brief, workspace: Path) -> str:
    """Return the first message: the instruction verbatim, and how to work.

    The workspace is shown where no tool can read it.
    """
    can_read = any(tool.does == "read" for tool in brief.tools)
    allowed = ", ".join(f"`{file}`" for file in brief.files)
    how = (
        "Work on the files with the tools; nothing else that you write changes them. Files that you may "
        f"write: {allowed}. When you are finished, say so in a reply without a tool call."
    )
    parts = [brief.instruction.rstrip("\n"), "" if can_read else shown(texts(workspace)), how]
    return "\n\n".join(part for part in parts if part) + "\n"


class _Course:
    """What the calls so far tell: how many could be carried out, and whether they still get anywhere."""

    def __init__(self) -> None:
        self.calls = 0
        self._bad = 0
        self._same = 0
        self._last: tuple[tuple[str, bytes], ...] = ()

    def ended(self, results: Sequence[Result]) -> Ended | None:
        """Take the results of one reply; return the end where the contestant is stuck."""
        self.calls += len(results)
        asked = tuple(dict.fromkeys(result.same for result in results))
        self._same = self._same + 1 if asked == self._last else 1
        self._last = asked
        self._bad = self._bad + 1 if all(result.bad for result in results) else 0
        if self._bad >= BAD:
            return Ended(Ending.BAD_CALLS, f"no usable call in {BAD} replies in a row: {results[-1].bad}")
        if self._same >= REPEATS:
            name = escaped(results[-1].call.name, 40)
            return Ended(Ending.LOOPED, f"the same call of {name!r} in {REPEATS} replies in a row")
        return None


def _finished(reply: Reply, talk: Conversation, brief: Brief, *, calls: int) -> Ended:
    """Return how a reply without a call ended the conversation."""
    silent = unsaid(reply)
    thought = "" if is_cut(reply) else reply.reasoning  # thinking that was cut off may still weigh a call
    spoken = thought if silent else reply.content
    if shape := call_as_text(spoken, [tool.name for tool in brief.tools]):
        where = "reasoning" if silent else "content"
        words = f"text instead of a call: {shape} in the {where}; template and tool-call parser do not fit"
        return Ended(Ending.BAD_CALLS, talk.at(words))
    if talk.files:
        return Ended(Ending.ANSWERED, talk.at("the reply was cut off") if is_cut(reply) else "")
    if silent:
        return Ended(*silent)
    if is_cut(reply):
        return Ended(Ending.CUT_OFF, talk.at("the reply was cut off before any call"))
    said = escaped(" ".join(reply.content.split()))
    if gives_up(reply.content):
        return Ended(Ending.GAVE_UP, said)
    if refuses(reply.content):
        return Ended(Ending.REFUSED, said)
    if not calls:
        return Ended(Ending.BAD_CALLS, f"no call: {said}")
    return Ended(Ending.GAVE_UP, f"finished after {calls} calls that wrote no file: {said}")


def _pattern_fault(tool: ToolSpec) -> str:
    """Return which pattern of a scripted tool is no regular expression, or ""."""
    for pattern in (pattern for reply in tool.reply for pattern in reply.when.values()):
        try:
            re.compile(pattern)
        except re.error as error:
            return f"{pattern!r} of the tool {tool.name!r} is no regular expression ({error}): correct it"
    return ""
