import orjson

from codestone.endpoint.chat import ChatRequest, Message
from codestone.endpoint.client import Client
from codestone.testing import ScriptedEndpoint
from codestone.testing.script import calling, chunk, document, event, reply, usage
from codestone.trial import Ending


def test_a_reply_says_all_of_its_text_in_order():
    """Role first, then thinking, content, finish, usage and the end."""
    script = reply("four words of text", reasoning="hm", first_s=0.5, gap_s=0.1)
    said = b"".join(step.data for step in script.steps)
    assert said.endswith(b"data: [DONE]\n\n")
    whole = orjson.loads(document(script))
    assert whole["choices"][0]["message"]["content"] == "four words of text"
    assert whole["choices"][0]["message"]["reasoning_content"] == "hm"
    assert whole["choices"][0]["finish_reason"] == "stop"
    assert whole["usage"] == usage(10, 5)
    assert [step.after_s for step in script.steps][:4] == [0.0, 0.5, 0.1, 0.1]


def test_calls_are_streamed_piece_by_piece_and_read_back():
    """Several in one reply, after text; arguments that are a text are sent as they are."""
    long = {"path": "a.py", "content": "x = 1\n" * 50}
    script = calling([("write", long), ("read", '{"path": ')], content="Look:", reasoning="hm")
    with ScriptedEndpoint(script) as server, Client(server.base_url) as client:
        got = client.chat(ChatRequest(model="m", messages=[Message(role="user", content="Go.")]))
    assert (got.content, got.reasoning, got.exchange.finish_reason) == ("Look:", "hm", "tool_calls")
    assert [(call.id, call.name) for call in got.tool_calls] == [("call_0", "write"), ("call_1", "read")]
    assert orjson.loads(got.tool_calls[0].arguments) == long
    assert got.tool_calls[1].arguments == '{"path": '
    assert (got.exchange.ending, got.exchange.usage.completion_tokens > 80) == (Ending.ANSWERED, True)


def test_an_event_is_one_line_of_json_or_the_bytes_themselves():
    """So that a script can be malformed on purpose."""
    assert event(b"junk") == b"junk"
    assert orjson.loads(event(chunk({"content": "a"})).removeprefix(b"data: "))["choices"][0]["delta"] == {
        "content": "a"
    }
