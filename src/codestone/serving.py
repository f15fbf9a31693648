"""What is wrong with the way a contestant is served, told apart from what the model does. No I/O.

A serving path is everything between a request and the model: server, chat template, parsers of thinking
and of tool calls, limits. It is asked before anything is graded (``codestone.engine.serving``).
"""

from typing import Literal

from pydantic import Field

from codestone.task import Data

State = Literal["ok", "warning", "broken", "not measured"]


class Finding(Data):
    """One thing about the serving path. ``broken`` is never said of what only the model did not do."""

    id: str = Field(description="What was looked at: `thinking`, `tool-call`, `long-prompt` …")
    state: State
    words: str = Field(description="What was found, in one sentence.")
    evidence: str = Field(
        default="", description="What was asked and came back: figures, the server's words."
    )
    remedy: str = Field(default="", description='What to do about it; "" where nothing need be done.')
