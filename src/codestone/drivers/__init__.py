"""Drivers talk to a contestant until the workspace is finished: one driver a module, found by ``plugins``.

A driver module has two public functions:

    def fault(brief: Brief) -> str
    def drive(brief: Brief, ask: Ask, workspace: Path) -> Transcript

``fault`` says, before anything is asked, why this driver cannot drive the task and what to do about it.

``brief`` is the half of the task that a contestant may know. ``ask`` sends messages, with the largest
number of output tokens, and returns the reply; it never raises for what a server does. ``workspace`` is
a copy of the starting workspace, which the driver changes. What a model does wrong is an ``Ending``.
"""

from dataclasses import dataclass

from codestone.answers import Answer
from codestone.endpoint.chat import Message, Reply
from codestone.trial import Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What a driver did: replies in order, the messages as last sent, and how it ended.

    ``answer`` is what was read out of the last reply that was read, None where none was; ``files`` are
    the paths written; ``detail`` is one line for a reader.
    """

    replies: tuple[Reply, ...]
    messages: tuple[Message, ...]
    answer: Answer | None
    files: tuple[str, ...]
    ending: Ending
    detail: str
