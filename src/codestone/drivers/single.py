"""One request, one reply: the instruction and the workspace go in, files come out."""

from collections.abc import Sequence
from pathlib import Path

from codestone.answers import prose
from codestone.answers.paths import is_open
from codestone.drivers import Transcript
from codestone.drivers._reply import take
from codestone.drivers._start import shown, texts
from codestone.endpoint.chat import Ask, Message
from codestone.task import Brief


def fault(brief: Brief) -> str:
    """Return why this driver cannot drive the task, and what can; "" where it can."""
    if not brief.turns:
        return ""
    return f"{brief.task} is a conversation of {1 + len(brief.turns)} messages: use --driver turns"


def drive(brief: Brief, ask: Ask, workspace: Path) -> Transcript:
    """Ask once, write the files of the reply into the workspace, and say how it ended."""
    messages = (Message(role="user", content=prompt(brief, texts(workspace))),)
    reply = ask(messages, brief.limits.reply_tokens)
    taken = take(reply, brief, workspace)
    return Transcript(
        replies=(reply,),
        messages=messages,
        answer=taken.answer,
        files=taken.written,
        ending=taken.ending,
        detail=taken.detail,
    )


def prompt(brief: Brief, start: dict[str, str]) -> str:
    """Return the one message: the instruction verbatim, the workspace's files, how to answer."""
    parts = [brief.instruction.rstrip("\n"), shown(start), _how_to_answer(brief.files)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _how_to_answer(files: Sequence[str]) -> str:
    """Return the closing sentence, in no model's own format."""
    if prose.takes_all(files):
        return f"Your whole reply is taken as the content of `{files[0]}`."
    if len(files) == 1 and not is_open(files[0]):
        return f"Reply with the complete new content of `{files[0]}` in one fenced code block."
    allowed = ", ".join(f"`{file}`" for file in files)
    return (
        "Reply with the complete new content of each file that you change or add, every one in a fenced code "
        f"block of its own with its path on the line above. Files that you may write: {allowed}."
    )
