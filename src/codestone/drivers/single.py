"""One request, one reply: the instruction and the workspace go in, files come out."""

from collections.abc import Sequence
from pathlib import Path

from codestone.answers import Answer, prose, residue
from codestone.answers.paths import is_open
from codestone.answers.read import read
from codestone.answers.refusal import refuses
from codestone.answers.write import write
from codestone.drivers import Transcript
from codestone.drivers._start import shown, texts
from codestone.endpoint.chat import Ask, Message, Reply
from codestone.task import Brief
from codestone.trial import Ending

_READ = frozenset({Ending.ANSWERED, Ending.CUT_OFF, Ending.THOUGHT_OUT, Ending.EMPTY})
"""Endings of an exchange after which the reply's text decides; every other one is passed through."""


def drive(brief: Brief, ask: Ask, workspace: Path) -> Transcript:
    """Ask once, write the files of the reply into the workspace, and say how it ended."""
    start = texts(workspace)
    messages = (Message(role="user", content=prompt(brief, start)),)
    reply = ask(messages, brief.limits.reply_tokens)
    ending, detail = reply.exchange.ending, reply.exchange.detail
    answer: Answer | None = None
    written: tuple[str, ...] = ()
    if ending in _READ:
        answer = read(reply.content, files=brief.files, language=brief.language, workspace=start)
        written = write(answer, workspace)
        ending, detail = _ending(reply, answer, written)
    return Transcript(
        replies=(reply,), messages=messages, answer=answer, files=written, ending=ending, detail=detail
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


def _ending(reply: Reply, answer: Answer, written: Sequence[str]) -> tuple[Ending, str]:
    """Return how the trial ended, from the reply's text and what was written."""
    cut = reply.exchange.finish_reason == "length" or reply.exchange.ending is Ending.CUT_OFF
    if written:
        return Ending.ANSWERED, _words(
            "the reply was cut off, its files were usable" if cut else "", answer, written
        )
    visible = residue.strip(reply.content)[0].strip()
    thought = len(reply.reasoning) + len(reply.content.strip()) - len(visible)
    if not visible:
        if cut and thought:
            return Ending.THOUGHT_OUT, f"{thought} characters of thinking, none of an answer"
        return Ending.EMPTY, _nothing(reply, thought)
    if cut:
        return Ending.CUT_OFF, _words("the reply was cut off", answer, written)
    if refuses(reply.content):
        return Ending.REFUSED, ""
    return Ending.UNPARSABLE, _words("", answer, written)


def _nothing(reply: Reply, thought: int) -> str:
    """Return what came in place of an answer."""
    if reply.tool_calls:
        return f"{len(reply.tool_calls)} tool calls, no text"
    if thought:
        return f"{thought} characters of thinking, none of an answer"
    return reply.exchange.detail


def _words(first: str, answer: Answer, written: Sequence[str]) -> str:
    """Return one line: the first word, what was not written, what was rejected."""
    lost = [path for path in answer.files if path not in written]
    unwritten = f"not written, something stands in the way: {', '.join(lost)}" if lost else ""
    return "; ".join(part for part in (first, unwritten, *answer.rejected[:3]) if part)
