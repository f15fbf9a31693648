"""Tool calls: alone, after text, two in one reply, and a result that is used. Questions, and pure judging."""

import json
import re
from collections.abc import Sequence
from typing import Any

from codestone.endpoint.chat import Message, ToolCall, Tools
from codestone.engine.serving_checks.asking import Asked, unheard
from codestone.engine.serving_checks.knobs import knob
from codestone.serving import Finding, State

NAME = "look_up"
_SHORT_TOKEN, _FEW_TOKENS = 3, 8
"""Characters of a token in a text of many short words; tokens that a reply may have besides its text."""
_DOES = (
    "Return the value that is stored under a key. Values are known to this tool alone and change every day,"
    " so they are looked up each time and never guessed."
)
_KEY = {"type": "string", "description": "The key, as it was given."}
_PARAMETERS = {"type": "object", "properties": {"key": _KEY}, "required": ["key"]}
TOOLS: Tools = (
    {"type": "function", "function": {"name": NAME, "description": _DOES, "parameters": _PARAMETERS}},
)
REQUIRED = {"tool_choice": "required"}
PARALLEL = {"parallel_tool_calls": True}

_IN_TEXT = re.compile(
    r"<tool_call|<\|tool_call|<function=|\[TOOL_CALLS\]|<\|python_tag\|>|<\uff5ctool\u2581call|to=functions\.|<tool_use>"
    r"|<invoke |<tools?_calls?>|^\s*\[?\s*look_up\s*\(\s*(?:key\s*=\s*)?[\"'][^\"']*[\"']\s*\)\s*\]?\s*$",
    re.MULTILINE,
)
_AS_JSON = re.compile(
    r"[\"']name[\"']\s*:\s*[\"']look_up[\"'].{0,20}[\"'](?:arguments|parameters)[\"']", re.DOTALL
)


_ABOUT = (
    "It was stored this morning and stays the same until midnight. Other keys have other values, which are"
    " not told here. Nobody has changed it since, and no second value stands under that key. A question"
    " about this key is answered with this value and with nothing else, whatever was said before."
)


def question(text: str) -> tuple[Message, ...]:
    """Return a conversation of one question."""
    return (Message(role="user", content=text),)


ALONE = question(f'Call the tool {NAME} with the key "apple". Do nothing else.')
AFTER_TEXT = question(
    f'First write one sentence about what you will do. Then call the tool {NAME} with the key "pear".'
)
TWO = question(
    f'Call the tool {NAME} twice in this one reply: once with the key "apple" and once with the key "pear".'
)


def with_result(called: Asked | None, word: str) -> tuple[Message, ...]:
    """Return the conversation in which the call was made and its result holds ``word``."""
    calls = called.reply.tool_calls[:1] if called is not None and called.heard else ()
    good = [call for call in calls if call.id and _arguments(call) is not None]
    call = good[0] if good else ToolCall(id="call_1", name=NAME, arguments='{"key": "apple"}')
    result = f'The value that is stored under the key "apple" is {word}. {_ABOUT}'
    return (
        Message(role="user", content=f'Call the tool {NAME} with the key "apple" and tell me the value.'),
        Message(role="assistant", content="", tool_calls=(call,)),
        Message(role="tool", content=result, tool_call_id=call.id),
    )


def called(asked: Asked | None) -> bool:
    """Whether a reply holds a call of the tool."""
    return asked is not None and asked.heard and bool(asked.reply.tool_calls)


def in_text(asked: Asked | None) -> str:
    """Return the start of a call that was written as text, "" where there is none."""
    if asked is None or not asked.heard or asked.reply.tool_calls:
        return ""
    for text in (asked.reply.content, asked.reply.reasoning):
        if found := _IN_TEXT.search(text) or _AS_JSON.search(text):
            return text[found.start() :][:80]
    return ""


def judge_call(
    asked: Asked | None, server: str, *, forced: Asked | None = None, toolless: Asked | None = None
) -> Finding:
    """Judge a call alone; ``forced`` required one, ``toolless`` is the same question without any tool."""
    name = "tool-call"
    if finding := _refused(name, asked, server) or _as_text(name, asked, server):
        return finding
    assert asked is not None
    if called(asked):
        return _sound(name, asked, server) or _found(name, "ok", "a tool call comes as a tool call", asked)
    if asked.reply.exchange.finish_reason == "tool_calls":
        return _uncalled(name, asked, server)
    if called(forced):
        assert forced is not None
        words = "a tool call comes as a tool call; the model made it only when it was required"
        return _sound(name, forced, server) or _found(name, "ok", words, forced)
    if unread(asked, toolless):
        words = "not measured: the chat template drops the tools, so that the model never sees them"
        evidence = f"{asked.usage.prompt_tokens} prompt tokens with the tool, and as many without it"
        return _found(name, "not measured", words, asked, remedy=_template(server), evidence=evidence)
    words = "not measured: the model did not call the tool when asked"
    remedy = f"nothing, if the model was not trained for tools; else {knob('tools', server)}"
    return _found(name, "not measured", words, asked, remedy=remedy)


def judge_after_text(asked: Asked | None, server: str) -> Finding:
    """Judge whether a call that follows text is lost."""
    name = "tool-call-after-text"
    if finding := _refused(name, asked, server) or _as_text(name, asked, server):
        return finding
    assert asked is not None
    if not called(asked):
        return _uncalled(name, asked, server)
    if finding := _sound(name, asked, server):
        return finding
    if not asked.reply.content.strip():
        return _found(name, "not measured", "not measured: the model called without writing first", asked)
    return _found(name, "ok", "text and a call come in one reply", asked)


def judge_two(asked: Asked | None, server: str, *, parallel: Asked | None = None) -> Finding:
    """Two calls of one reply stay two; ``parallel`` is the same question with parallel_tool_calls."""
    name = "two-tool-calls"
    if finding := _refused(name, asked, server) or _as_text(name, asked, server):
        return finding
    assert asked is not None
    for one in (asked, parallel):
        if one is None or not called(one):
            continue
        if finding := _sound(name, one, server):
            return finding
        if len(one.reply.tool_calls) > 1:
            words = "two calls come in one reply"
            said = words if one is asked else f"{words}, only with parallel_tool_calls in the request"
            return _found(name, "ok", said, one)
    if called(asked):
        words = "not measured: one call came where two were asked for"
        return _found(name, "not measured", words, asked)
    return _uncalled(name, asked, server)


def judge_result(asked: Asked | None, word: str, server: str, *, before: Asked | None = None) -> Finding:
    """Judge whether a result reaches the model; ``before`` asked for the call that it answers."""
    name = "tool-result"
    refusal = "a conversation with a tool's result is refused"
    if finding := unheard(name, asked, refusal=refusal, remedy=_template(server)):
        return finding
    assert asked is not None
    said = f"{asked.reply.content} {asked.reply.reasoning}".casefold()
    if word.casefold() in said:
        return _found(name, "ok", "a tool's result is read and used", asked)
    if _unread_result(asked, before):
        words = "a tool's result never reaches the model: the prompt does not grow by it"
        tokens = f"{before.usage.prompt_tokens if before else None} prompt tokens before it"
        evidence = f"{tokens}, {asked.usage.prompt_tokens} with it"
        return _found(name, "broken", words, asked, remedy=_template(server), evidence=evidence)
    return _found(name, "not measured", "not measured: the model did not tell the result when asked", asked)


def depends(name: str, alone: Finding) -> Finding:
    """Return the finding for a question that was not asked because no call came alone."""
    said = alone.words.removeprefix("not measured: ")
    return Finding(id=name, state="not measured", words="not measured: see tool-call", evidence=said)


def unread(asked: Asked, toolless: Asked | None) -> bool:
    """Whether the server's own count says that the tools were not put into the prompt."""
    with_tool = asked.usage.prompt_tokens
    without = None if toolless is None or not toolless.heard else toolless.usage.prompt_tokens
    return with_tool is not None and without is not None and with_tool <= without


def _unread_result(asked: Asked, before: Asked | None) -> bool:
    """Whether the prompt grew by less than the result has tokens (six characters each)."""
    now, then = asked.usage.prompt_tokens, before.usage.prompt_tokens if before and before.heard else None
    return now is not None and then is not None and now - then < len(asked.messages[-1].content) // 6


def _refused(name: str, asked: Asked | None, server: str) -> Finding | None:
    if asked is not None and asked.refused and re.search(r"not support tools?", asked.detail):
        words = "the server says that this model is served without tools"
        return _found(name, "warning", words, asked, remedy=_template(server), evidence=asked.detail)
    words = "requests with tools are refused"
    return unheard(name, asked, refusal=words, remedy=_template(server))


def _as_text(name: str, asked: Asked | None, server: str) -> Finding | None:
    written = in_text(asked)
    if not written or asked is None:
        return None
    words = "the call came as text: chat template and tool parser do not fit each other"
    return _found(name, "broken", words, asked, remedy=_template(server), evidence=f"text: {written!r}")


def _sound(name: str, asked: Asked, server: str) -> Finding | None:
    """Return what is wrong with the calls of a reply, None where nothing is."""
    calls = asked.reply.tool_calls
    ids = [call.id for call in calls]
    cut = asked.reply.exchange.finish_reason == "length"
    if any(_is_merged(call.arguments) for call in calls):
        words = "several calls came under one index, their arguments run together"
        return _found(name, "broken", words, asked, remedy=_template(server))
    if len(set(ids)) < len(ids):
        words = "several calls have one id: their results cannot be told apart"
        return _found(name, "broken", words, asked, remedy=_template(server))
    if not all(ids):
        words = "a call has no id"
        return _found(name, "warning", words, asked, remedy=_template(server))
    if cut and any(_arguments(call) is None for call in calls):
        return _found(name, "not measured", "not measured: the output budget cut the call", asked)
    if any(_arguments(call) is None for call in calls):
        words = "the arguments of a call are no JSON object: the model's doing or the parser's"
        return _found(name, "warning", words, asked, remedy=_template(server))
    if any(call.name != NAME for call in calls):
        words = "not measured: the model called another tool than the one it has"
        return _found(name, "not measured", words, asked)
    return None


def _uncalled(name: str, asked: Asked, server: str) -> Finding:
    if asked.reply.exchange.finish_reason == "tool_calls":
        words = "the reply says that it holds a call, and none came: the parser lost it"
        return _found(name, "broken", words, asked, remedy=_template(server))
    text = len(asked.reply.content) + len(asked.reply.reasoning)
    counted = asked.usage.completion_tokens or 0
    if counted > text / _SHORT_TOKEN + _FEW_TOKENS:
        words = "no call came, and more tokens were counted than the text has: the parser may have lost it"
        evidence = f"{counted} tokens, {text} characters of text"
        return _found(name, "warning", words, asked, remedy=_template(server), evidence=evidence)
    return _found(name, "not measured", "not measured: the model did not call the tool when asked", asked)


def _arguments(call: ToolCall) -> dict[str, Any] | None:
    try:
        value = json.loads(call.arguments)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _is_merged(arguments: str) -> bool:
    """Whether two JSON objects stand one behind the other."""
    try:
        _, end = json.JSONDecoder().raw_decode(arguments)
    except ValueError:
        return False
    return arguments[end:].lstrip().startswith("{")


def _template(server: str) -> str:
    return knob("tools", server)


def _found(  # noqa: PLR0913 - the fields of a finding
    name: str, state: State, words: str, asked: Asked, *, remedy: str = "", evidence: str | None = None
) -> Finding:
    said = _said(asked) if evidence is None else evidence
    return Finding(id=name, state=state, words=words, evidence=said, remedy=remedy)


def _said(asked: Asked) -> str:
    calls: Sequence[str] = [f"{call.name}({call.arguments})"[:80] for call in asked.reply.tool_calls]
    text = asked.reply.content or asked.reply.reasoning
    return ", ".join(filter(None, [f"text: {text[:60]!r}" if text else "", *calls])) or "an empty reply"
