"""The calls of one reply: read, carried out, answered."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from codestone.answers.paths import escaped
from codestone.drivers._bench import do, error
from codestone.drivers._offered import fitted
from codestone.endpoint.chat import Message, ToolCall
from codestone.task import Brief

MOST = 32
"""Calls of one reply that are carried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One call as it goes back with the conversation, and what came of it.

    ``bad`` says why it could not be carried out at all, "" where it was: a tool that was called as it
    should be and could not do its work is no bad call. ``same`` is equal for two calls that mean the same.
    """

    call: ToolCall
    text: str
    same: tuple[str, bytes]
    bad: str = ""
    wrote: str = ""

    @property
    def message(self) -> Message:
        """What the contestant is told."""
        return Message(role="tool", content=self.text, tool_call_id=self.call.id)


def carry_out(calls: Sequence[ToolCall], brief: Brief, workspace: Path, *, cut: bool) -> list[Result]:
    """Carry out calls in their order; ``cut``: the reply was cut off, which may have broken the last one."""
    own = with_ids(calls)
    done = [
        _result(call, brief, workspace, unread="the reply was cut off inside it" if cut else "invalid JSON")
        for call in own[:MOST]
    ]
    return [*done, *(_unreadable(call, f"more than {MOST} calls in one reply") for call in own[MOST:])]


def with_ids(calls: Sequence[ToolCall]) -> list[ToolCall]:
    """Return the calls, each with an id of its own: some servers send none, or one for all."""
    taken = {call.id for call in calls}
    seen: set[str] = set()
    named: list[ToolCall] = []
    for call in calls:
        own = call if call.id and call.id not in seen else replace(call, id=_free(taken))
        seen.add(own.id)
        taken.add(own.id)
        named.append(own)
    return named


def _free(taken: Collection[str]) -> str:
    return next(name for number in count(1) if (name := f"call_{number}") not in taken)


def _result(call: ToolCall, brief: Brief, workspace: Path, *, unread: str) -> Result:
    call = call if call.arguments.strip() else replace(call, arguments="{}")
    arguments = _arguments(call)
    if arguments is None:
        return _unreadable(call, unread)
    same = (call.name, orjson.dumps(arguments, option=orjson.OPT_SORT_KEYS))
    tool = next((tool for tool in brief.tools if tool.name == call.name), None)
    if tool is None:
        known = ", ".join(tool.name for tool in brief.tools)
        return _bad(call, f"unknown tool {escaped(call.name, 40)!r}; known: {known}", same)
    given, fault = fitted(arguments, tool)
    if fault:
        return _bad(call, f"wrong arguments for {tool.name}: {fault}", same)
    done = do(tool, given, files=brief.files, workspace=workspace)
    return Result(call=call, text=done.text, same=same, wrote=done.wrote)


def _arguments(call: ToolCall) -> dict[str, Any] | None:
    """Return the arguments, None for what is no JSON object."""
    try:
        arguments = orjson.loads(call.arguments)
    except orjson.JSONDecodeError:
        return None
    return arguments if isinstance(arguments, dict) else None


def _bad(call: ToolCall, words: str, same: tuple[str, bytes]) -> Result:
    return Result(call=call, text=error(words), same=same, bad=words)


def _unreadable(call: ToolCall, words: str) -> Result:
    """Answer a call whose arguments were not read.

    They go back wrapped into an object: where a chat template wants earlier arguments as JSON, a server
    answers the model's mistake with an error of its own (llama.cpp with HTTP 500, its issue 25510).
    """
    wrapped = orjson.dumps({"unreadable": escaped(call.arguments, 2_000)}).decode()
    return Result(
        call=replace(call, arguments=wrapped),
        text=error(f"{words}: arguments are one JSON object"),
        same=(call.name, call.arguments.encode("utf-8", "surrogatepass")),
        bad=f"{words}: {escaped(call.arguments)}",
    )
