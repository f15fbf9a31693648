import pytest

from codestone.endpoint.chat import Message, ToolCall
from codestone.endpoint.client import Client
from codestone.engine.asking import asker, merged, sent
from codestone.testing import ScriptedEndpoint, reply
from codestone.testing.records import make_contestant
from codestone.trial import Sampling, Thinking

CALL = ToolCall(id="1", name="read", arguments="{}")
TALK = (
    Message(role="system", content="Be brief."),
    Message(role="user", content="Hi"),
    Message(role="assistant", content="", tool_calls=(CALL,), reasoning="They greet."),
    Message(role="tool", content="r", tool_call_id="1"),
    Message(role="user", content="More"),
)


@pytest.mark.parametrize("sent_back", [True, False])
def test_reasoning_goes_back_only_where_the_contestant_says_so(sent_back):
    """On the wire, and nothing else of the conversation is touched."""
    contestant = make_contestant(thinking=Thinking(sent_back=sent_back))
    with ScriptedEndpoint(reply("ok")) as server, Client(server.base_url) as client:
        asker(contestant, client, seed=1)(TALK, 10)
        messages = server.requests[0].messages
    assert [message.get("reasoning_content") for message in messages] == [
        None,
        None,
        "They greet." if sent_back else None,
        None,
        None,
    ]
    bare = [{name: value for name, value in m.items() if name != "reasoning_content"} for m in messages]
    assert bare == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "", "tool_calls": [CALL.as_json()]},
        {"role": "tool", "content": "r", "tool_call_id": "1"},
        {"role": "user", "content": "More"},
    ]


def test_the_prefix_stands_before_the_first_thing_that_the_user_says():
    """Once, however long the conversation grows."""
    contestant = make_contestant(thinking=Thinking(prefix="/no_think "))
    contents = [message.content for message in sent(TALK, contestant)]
    assert contents == ["Be brief.", "/no_think Hi", "", "r", "More"]
    assert sent(TALK[:1], contestant) == TALK[:1]


@pytest.mark.parametrize("seeded", [True, False])
def test_a_request_carries_what_the_launch_configuration_says(seeded):
    """Model, sampling and thinking laid over each other, the seed where it is wanted, tools as they are."""
    contestant = make_contestant(
        model="m",
        sampling=Sampling(request={"temperature": 0.5, "chat_template_kwargs": {"a": 1}}, seeded=seeded),
        thinking=Thinking(request={"chat_template_kwargs": {"enable_thinking": False}}),
    )
    tools = [{"type": "function", "function": {"name": "t", "parameters": {}}}]
    with ScriptedEndpoint(reply("ok")) as server, Client(server.base_url) as client:
        asker(contestant, client, seed=7)(TALK, 10, tools=tools)
        request = server.requests[0]
    assert (request.model, request.tools, request.last_role) == ("m", ["t"], "user")
    assert {name: request.body.get(name) for name in ("temperature", "max_tokens", "seed")} == {
        "temperature": 0.5,
        "max_tokens": 10,
        "seed": 7 if seeded else None,
    }
    assert request.body["chat_template_kwargs"] == {"a": 1, "enable_thinking": False}


def test_objects_are_merged_and_all_else_is_replaced():
    """The second wins; neither is changed."""
    first = {"a": {"x": 1, "y": [1]}, "b": 1}
    assert merged(first, {"a": {"y": [2], "z": 3}, "b": {}}) == {"a": {"x": 1, "y": [2], "z": 3}, "b": {}}
    assert first == {"a": {"x": 1, "y": [1]}, "b": 1}
