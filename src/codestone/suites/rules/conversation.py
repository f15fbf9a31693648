"""Rules on what makes a conversation of a task: ``turns/`` and the tools of ``[[tool]]``."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from codestone.errors import Fault
from codestone.suites.rules.draft import Draft, nearest
from codestone.suites.turns import read_turns

_TYPES = ("string", "integer", "number", "boolean", "array", "object")


def turns_in_order(task: Draft) -> Iterator[Fault]:
    """Demand ``turns/01.md`` and on without a hole, none empty, and nothing else beside them."""
    yield from read_turns(task.folder)[1]


def turns_allowed(task: Draft) -> Iterator[Fault]:
    """Demand a limit that lets every message of the conversation be answered."""
    needed = 1 + len(read_turns(task.folder)[0])
    if task.has("limits") and task.spec.limits.turns < needed:
        yield task.fault(f"the conversation has {needed} messages: allow as many turns", "limits", "turns")


def tools_named_once(task: Draft) -> Iterator[Fault]:
    """Refuse two tools of one name."""
    names = [tool.name for tool in task.spec.tool] if task.has("tool") else []
    for index, name in enumerate(names):
        if name in names[:index]:
            yield task.fault(f"a tool {name!r} is declared above already", "tool", index, "name")


def tools_can_write(task: Draft) -> Iterator[Fault]:
    """Demand a tool that changes a file, where there are tools: nothing could be graded without."""
    tools = task.spec.tool if task.has("tool") else ()
    if tools and not any(tool.does in {"write", "replace"} for tool in tools):
        yield task.fault('no tool writes a file: add one that does "write" or "replace"', "tool")


def tools_scripted(task: Draft) -> Iterator[Fault]:
    """Demand parameters and replies of a scripted tool, and of no other one."""
    if not task.has("tool"):
        return
    for index, tool in enumerate(task.spec.tool):
        for name, given in (("parameters", tool.parameters), ("reply", tool.reply)):
            if tool.does == "scripted" and not given:
                message = f"the scripted tool {tool.name!r} has no {name!r}: say what it takes and answers"
                yield task.fault(message, "tool", index, "does")
            elif tool.does != "scripted" and given:
                message = f"the tool {tool.name!r} has its own {name!r}: only a scripted one declares any"
                yield task.fault(message, "tool", index, name)
        if tool.does == "scripted" and tool.parameters:
            yield from _parameters(task, tool.parameters, index)


def patterns_match(task: Draft) -> Iterator[Fault]:
    """Demand that ``when`` of a reply names parameters, each with a regular expression."""
    if not task.has("tool"):
        return
    for index, tool in enumerate(task.spec.tool):
        known = list(_table(tool.parameters.get("properties")))
        for place, reply in enumerate(tool.reply):
            for name, pattern in reply.when.items():
                key = ("tool", index, "reply", place, "when", name)
                if name not in known:
                    yield task.fault(f"no parameter is called {name!r}: {nearest(name, known)}", *key)
                elif words := _no_pattern(pattern):
                    yield task.fault(f"{pattern!r} is no regular expression: {words}", *key)


def _parameters(task: Draft, parameters: Mapping[str, Any], index: int) -> Iterator[Fault]:
    """Demand the part of JSON schema that is checked when a tool is called."""
    key = ("tool", index, "parameters")
    properties, required = parameters.get("properties"), parameters.get("required", [])
    if parameters.get("type") != "object" or not isinstance(properties, dict):
        yield task.fault('must have type = "object" and a table of properties', *key)
        return
    for name, each in properties.items():
        if _table(each).get("type") not in _TYPES:
            yield task.fault(f"{name!r} must have a type: {', '.join(_TYPES)}", *key, "properties", name)
        elif not isinstance(each.get("enum", []), list):
            yield task.fault(f"the enum of {name!r} must be a list in [ ]", *key, "properties", name)
    if not isinstance(required, list):
        yield task.fault("'required' must be a list in [ ]", *key, "required")
        return
    for name in required:
        if name not in properties:
            known = nearest(str(name), list(properties))
            yield task.fault(f"no parameter is called {name!r}: {known}", *key, "required")


def _no_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        return str(error)
    return ""


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
