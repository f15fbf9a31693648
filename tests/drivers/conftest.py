"""A contestant that says what a test wants, reply by reply, and keeps what it was asked."""

import json

import pytest

from codestone.endpoint.chat import Reply, ToolCall
from codestone.task import Brief, Limits, ToolSpec
from codestone.timing import Marks
from codestone.trial import Ending, Exchange, Usage

MARKS = Marks(connect_ns=None, headers_ns=None, arrivals=(), end_ns=None)
TOOLS = tuple(
    ToolSpec(name=f"{does}_it", description=f"To {does}.", does=does)
    for does in ("list", "read", "search", "write", "replace")
)


class Playing:
    """An ``Ask`` that gives its replies in order; asking for more is a fault of the driver."""

    def __init__(self, *replies):
        self.replies = list(replies)
        self.asked = []

    def __call__(self, messages, max_tokens, *, tools=()):
        """Be an ``Ask``."""
        self.asked.append((tuple(messages), max_tokens, tools))
        return self.replies[len(self.asked) - 1]


def make_reply(content="", *calls, reasoning="", tokens=None, **course):
    """Return a reply; a call is (name, arguments), its arguments a text or what becomes JSON."""
    given = tuple(
        ToolCall(id=f"c{n}", name=name, arguments=a if isinstance(a, str) else json.dumps(a))
        for n, (name, a) in enumerate(calls)
    )
    usage = None if tokens is None else Usage(completion_tokens=tokens)
    exchange = Exchange(
        **{"ending": Ending.ANSWERED, "finish_reason": "tool_calls" if calls else "stop", **course},
        usage=usage,
    )
    return Reply(
        content=content, reasoning=reasoning, tool_calls=given, exchange=exchange, marks=MARKS, raw_extra={}
    )


def make_brief(workspace, **more):
    """Return a brief of one file with every tool that works; ``limits`` are those of ``Limits``."""
    limits = Limits(**{"reply_tokens": 77, **more.pop("limits", {})})
    return Brief(
        **{
            "task": "s/t", "instruction": "Fix `f`.\n", "language": "python", "files": ("x.py",),
            "workspace": workspace, "tools": TOOLS, "limits": limits, **more,
        }
    )  # fmt: skip


@pytest.fixture
def workspace(tmp_path):
    """A workspace with one file, in a folder of its own."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "x.py").write_text("def f():\n    return 1\n")
    return folder


@pytest.fixture
def playing():
    """The class of contestants."""
    return Playing


@pytest.fixture
def reply():
    """How a reply is made."""
    return make_reply


@pytest.fixture
def brief(workspace):
    """How a brief of the workspace is made."""
    return lambda **more: make_brief(workspace, **more)
