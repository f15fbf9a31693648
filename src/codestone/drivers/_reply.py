"""From the text of one reply to files in the workspace, and how that reply ended."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from codestone.answers import Answer, residue
from codestone.answers.read import read
from codestone.answers.refusal import refuses
from codestone.answers.write import write
from codestone.drivers._start import texts
from codestone.endpoint.chat import Reply
from codestone.task import Brief
from codestone.trial import Ending

READ = frozenset({Ending.ANSWERED, Ending.CUT_OFF, Ending.THOUGHT_OUT, Ending.EMPTY})
"""Endings of an exchange after which what was said decides; every other one is passed through."""

_OPEN = ("never closed", "code without a fence", "the whole reply is code", "the whole reply is the text")
"""How a file was read whose end is that of the reply."""


class Taken(NamedTuple):
    """What came of one reply; ``answer`` is None where the reply was not read."""

    answer: Answer | None
    written: tuple[str, ...]
    ending: Ending
    detail: str


def take(reply: Reply, brief: Brief, workspace: Path) -> Taken:
    """Write the files of the reply over the workspace as it is now, and say how the reply ended."""
    looped = reply.exchange.ending is Ending.LOOPED
    if reply.exchange.ending not in READ and not looped:
        return Taken(None, (), reply.exchange.ending, reply.exchange.detail)
    answer = read(reply.content, files=brief.files, language=brief.language, workspace=texts(workspace))
    if looped:
        return _of_loop(reply, _closed(answer), workspace)
    written = write(answer, workspace)
    if written:
        first = "the reply was cut off, its files were usable" if is_cut(reply) else ""
        return Taken(answer, written, Ending.ANSWERED, _words(first, answer, written))
    return Taken(answer, (), *_without_files(reply, answer))


def is_cut(reply: Reply) -> bool:
    """Whether the output budget, or a bound of ours, ended the reply."""
    return reply.exchange.finish_reason == "length" or reply.exchange.ending is Ending.CUT_OFF


def unsaid(reply: Reply) -> tuple[Ending, str] | None:
    """Return how a reply ended that says nothing a reader could see; None where it says something."""
    visible = residue.strip(reply.content)[0].strip()
    if visible:
        return None
    thought = len(reply.reasoning) + len(reply.content.strip())
    if thought and is_cut(reply):
        return Ending.THOUGHT_OUT, f"{thought} characters of thinking, none of an answer"
    if reply.tool_calls:
        return Ending.EMPTY, f"{len(reply.tool_calls)} tool calls, no text"
    words = f"{thought} characters of thinking, none of an answer" if thought else reply.exchange.detail
    return Ending.EMPTY, words


def _of_loop(reply: Reply, answer: Answer, workspace: Path) -> Taken:
    """Write what was complete before the reply began to repeat itself."""
    written, detail = write(answer, workspace), reply.exchange.detail
    if written:
        first = f"the files were complete, then the reply looped: {detail}"
        return Taken(answer, written, Ending.ANSWERED, _words(first, answer, written))
    return Taken(answer, (), Ending.LOOPED, detail)


def _closed(answer: Answer) -> Answer:
    """Return the answer without what the loop may be a part of."""
    read_as = dict(zip(answer.files, answer.how, strict=True))
    files = {path: text for path, text in answer.files.items() if not read_as[path].endswith(_OPEN)}
    return replace(answer, files=files, how=tuple(read_as[path] for path in files))


def _without_files(reply: Reply, answer: Answer) -> tuple[Ending, str]:
    """Return how a reply ended of which nothing was written."""
    if ended := unsaid(reply):
        return ended
    if is_cut(reply):
        return Ending.CUT_OFF, _words("the reply was cut off", answer, ())
    if refuses(reply.content):
        return Ending.REFUSED, ""
    return Ending.UNPARSABLE, _words("", answer, ())


def _words(first: str, answer: Answer, written: Sequence[str]) -> str:
    """Return one line: the first word, what was not written, what was rejected."""
    lost = [path for path in answer.files if path not in written]
    unwritten = f"not written, something stands in the way: {', '.join(lost)}" if lost else ""
    return "; ".join(part for part in (first, unwritten, *answer.rejected[:3]) if part)
