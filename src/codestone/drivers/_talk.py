"""What a reply without a tool call says: a call as text, giving up, or something else.

A call as text is most often no fault of the model: its chat template and the server's parser of tool
calls do not fit each other, and what the model said was never understood as a call.
"""

import re
from collections.abc import Collection, Iterator

import orjson

from codestone.answers.fenced import blocks

_MARKS = (
    "<tool_call>",
    "</tool_call>",
    "<|tool_call|>",
    "<|tool_call>",
    "<|tool_call_start|>",
    "<|tool_calls_section_begin|>",
    "<tool_calls>",
    "<minimax:tool_call>",
    "<\uff5ctool\u2581calls\u2581begin\uff5c>",
    "<\uff5ctool\u2581call\u2581begin\uff5c>",
    "<\uff5cDSML\uff5c",
    "<function=",
    "<function_call>",
    "<function_calls>",
    "<invoke name=",
    "<|python_tag|>",
    "<|START_ACTION|>",
    "[TOOL_CALLS]",
    "to=functions.",
)
_MARK = re.compile(r"(?<![\"'`])(?:" + "|".join(map(re.escape, _MARKS)) + ")")
_NAMES = ("name", "function", "tool", "tool_name")
_ARGUMENTS = ("arguments", "parameters", "args", "input")
_GIVES_UP = re.compile(
    r"\b(?:give|giving|gave|given)\s+up\b"
    r"|\b(?:i|we)\s+(?:was|were|have\s+been)\s+(?:unable|not\s+able)\s+to\b"
    r"|\b(?:i|we)\s+could(?:\s+not|n['’]t)\b",  # noqa: RUF001 - models write it
    re.IGNORECASE,
)


def call_as_text(text: str, tools: Collection[str]) -> str:
    """Return the shape in which the text has a tool call, "" where it has none.

    A mark of a chat template counts unless it is quoted; JSON counts where it is the whole text or a whole
    fenced block, names one of the tools and has arguments.
    """
    if mark := _MARK.search(text):
        return mark[0]
    if any(_is_call(part, tools) for part in _parts(text)):
        return 'JSON with "name" and "arguments"'
    return ""


def gives_up(text: str) -> bool:
    """Whether the text says that its author stops without having done it."""
    return _GIVES_UP.search(text) is not None


def _parts(text: str) -> Iterator[str]:
    yield text
    for block in blocks(text):
        yield block.code


def _is_call(text: str, tools: Collection[str]) -> bool:
    try:
        value = orjson.loads(text.strip())
    except orjson.JSONDecodeError:
        return False
    value = value[0] if isinstance(value, list) and value else value
    if not isinstance(value, dict):
        return False
    inner = value.get("function")
    value = inner if isinstance(inner, dict) else value
    named = any(isinstance(value.get(key), str) and value[key] in tools for key in _NAMES)
    return named and any(key in value for key in _ARGUMENTS)
