import pytest

from codestone.endpoint.chat import Message, Reply, ToolCall
from codestone.engine.serving_checks import tools
from codestone.engine.serving_checks.asking import Asked
from codestone.timing import Marks
from codestone.trial import Ending, Exchange, Usage

MARKS = Marks(connect_ns=None, headers_ns=None, arrivals=(), end_ns=None)


def asked(content="", *calls, finish="stop", prompt=None, completion=None, messages=tools.ALONE):
    """Return a question with this reply."""
    usage = Usage(prompt_tokens=prompt, completion_tokens=completion)
    exchange = Exchange(ending=Ending.ANSWERED, status=200, finish_reason=finish, usage=usage)
    reply = Reply(
        content=content,
        reasoning="",
        tool_calls=calls,
        exchange=exchange,
        marks=MARKS,
        raw_extra={},
        done=True,
    )
    return Asked(about="tool-call", messages=messages, tools=tools.TOOLS, max_tokens=96, reply=reply)


def call(arguments='{"key": "apple"}', *, call_id="call_1", name=tools.NAME):
    """Return one call."""
    return ToolCall(id=call_id, name=name, arguments=arguments)


@pytest.mark.parametrize(
    "text",
    [
        '<tool_call>\n{"name": "look_up", "arguments": {"key": "apple"}}\n</tool_call>',
        "<tool_call><function=look_up><parameter=key>apple</parameter></function></tool_call>",
        '[TOOL_CALLS][{"name": "look_up", "arguments": {"key": "apple"}}]',
        '<|python_tag|>look_up.call(key="apple")',
        "<\uff5ctool\u2581calls\u2581begin\uff5c><\uff5ctool\u2581call\u2581begin\uff5c>function",
        '<|channel|>commentary to=functions.look_up <|constrain|>json<|message|>{"key":"apple"}',
        '```json\n{"name": "look_up", "parameters": {"key": "apple"}}\n```',
        '[look_up(key="apple")]',
        'look_up("apple")',
    ],
)
def test_a_call_in_text_is_known_by_its_marks(text):
    """Whatever syntax the model was trained on: the parser did not know it."""
    finding = tools.judge_call(asked(text), "llama-server")
    assert (finding.state, finding.words[:22]) == ("broken", "the call came as text:")


@pytest.mark.parametrize(
    "text",
    [
        "",
        'I would call look_up("apple") now, but I have no tools.',
        'The tool look_up takes a "key".',
        "As a language model I cannot call tools.",
        'I call the tool `look_up` with the key "apple".',
    ],
)
def test_prose_about_a_call_is_no_call(text):
    """A model that only talks of it is not served badly."""
    assert tools.judge_call(asked(text), "llama-server").state == "not measured"


@pytest.mark.parametrize(
    ("calls", "state", "words"),
    [
        ([call()], "ok", "a tool call comes"),
        ([call(call_id="")], "warning", "a call has no id"),
        ([call("{key: apple")], "warning", "the arguments of a call are no JSON object"),
        ([call('"apple"')], "warning", "the arguments of a call are no JSON object"),
        ([call('{"key": "apple"} {"key": "pear"}')], "broken", "several calls came under one index"),
        ([call(), call()], "broken", "several calls have one id"),
        ([call(name="search")], "not measured", "not measured: the model called another tool"),
    ],
)
def test_a_call_must_be_sound(calls, state, words):
    """Calls that run together or cannot be told apart are the path's; bad JSON may be either's."""
    finding = tools.judge_call(asked("", *calls, finish="tool_calls"), "vllm")
    assert finding.state == state
    assert finding.words.startswith(words)


def test_a_call_that_the_budget_cut_is_not_measured():
    """Half a JSON object is no fault of the parser where the tokens ended."""
    finding = tools.judge_call(asked("", call('{"key": "app'), finish="length"), "vllm")
    assert finding.words == "not measured: the output budget cut the call"


def test_a_result_that_does_not_enter_the_prompt_is_told_from_one_that_is_not_used():
    """By the server's own count, before and with the result."""
    messages = tools.with_result(asked("", call(call_id="call_7")), "kivo")
    assert [message.role for message in messages] == ["user", "assistant", "tool"]
    assert messages[2].tool_call_id == messages[1].tool_calls[0].id == "call_7"
    before = asked("", call(), prompt=100)
    for grown, state in [(12, "broken"), (110, "not measured")]:
        result = asked("I do not know.", prompt=100 + grown, messages=messages)
        assert tools.judge_result(result, "kivo", "vllm", before=before).state == state
    assert tools.judge_result(asked("It is Kivo.", messages=messages), "kivo", "vllm").state == "ok"


def test_the_result_of_a_call_that_nobody_made_is_offered_all_the_same():
    """A model that makes no call may still read a result."""
    for unusable in (None, asked("no"), asked("", call("no JSON"))):
        _, assistant, _ = tools.with_result(unusable, "kivo")
        assert assistant == Message(role="assistant", content="", tool_calls=(call(),))
