"""A scripted conversation: the task's messages one after the other, whatever the replies say.

The first message is that of ``single``; each text of ``turns/`` follows as it stands. The messages grow
with the replies. The files of every reply are written when it comes, so that a later reply edits what an
earlier one wrote; the last text of a file counts. The trial's ending follows from those of the replies:

====================================================  ==========================================
what happened                                         ending of the trial
====================================================  ==========================================
an exchange ended by the server's doing, ours or the  that one, at once: not measured
user's
a prompt did not fit the context                      ``context-overflow``, at once
a reply repeated itself, no file was whole before     ``looped``, at once
the tokens were spent before the last message         ``turns-spent``
the time was over before the last message             ``out-of-time``: not measured
every message was answered, some reply had files      ``answered``; the detail names those without
every message was answered, no reply had a file       as the last reply ended: ``empty``,
                                                      ``thought-out``, ``cut-off``, ``refused`` or
                                                      ``unparsable``
====================================================  ==========================================

Files that were left are graded wherever the ending is the model's doing, with their names in the record.

A reply without a file does not end the conversation: the user of the script goes on, as one would who
has only this script. A task without ``turns/`` is a conversation of one message.
"""

from pathlib import Path

from codestone.answers import Answer
from codestone.drivers import Transcript
from codestone.drivers._conversation import Conversation, Ended
from codestone.drivers._reply import Taken, take
from codestone.drivers._start import texts
from codestone.drivers.single import prompt
from codestone.endpoint.chat import Ask, Message
from codestone.task import Brief
from codestone.trial import Ending


def fault(brief: Brief) -> str:
    """Return why this driver cannot drive the task, and what can; "" where it can."""
    needed = 1 + len(brief.turns)
    if brief.limits.turns >= needed:
        return ""
    return (
        f"{brief.task} has {needed} messages and limits.turns = {brief.limits.turns}: "
        f"set turns to {needed} or more in its task.toml"
    )


def drive(brief: Brief, ask: Ask, workspace: Path) -> Transcript:
    """Say every message in its turn, and write the files of every reply."""
    talk = Conversation(brief.limits, ask)
    taken: list[Taken] = []
    for text in (prompt(brief, texts(workspace)), *brief.turns):
        if taken and (ended := talk.spent()):
            return talk.transcript(ended, _answer(taken))
        talk.say(Message(role="user", content=text))
        reply = talk.ask()
        taken.append(take(reply, brief, workspace))
        talk.wrote(taken[-1].written)
        if not taken[-1].written and (ended := talk.stopped(reply)):
            return talk.transcript(ended, _answer(taken))
        talk.heard(reply)
    return talk.transcript(_ended(taken), _answer(taken))


def _answer(taken: list[Taken]) -> Answer | None:
    """Return what was read out of the last reply that was read."""
    return next((each.answer for each in reversed(taken) if each.answer), None)


def _ended(taken: list[Taken]) -> Ended:
    """Return how a conversation ended of which every message was answered."""
    last = taken[-1]
    if not any(each.written for each in taken):
        return Ended(last.ending, last.detail)
    said = [f"reply {n}: {words}" for n, each in enumerate(taken, 1) if (words := _remark(each))]
    return Ended(Ending.ANSWERED, "; ".join(said))


def _remark(taken: Taken) -> str:
    """Return what a reader must know of one reply; "" where it was answered without a flaw."""
    if taken.ending is Ending.ANSWERED:
        return taken.detail
    return f"{taken.ending.words} ({taken.detail})" if taken.detail else taken.ending.words
