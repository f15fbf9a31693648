import orjson
import pytest

from codestone.endpoint.client import ChatRequest, Client, Message
from codestone.testing import ScriptedEndpoint
from codestone.testing.serving import PATHS, Path, path, serve

QUESTION = (Message(role="user", content="Is 91 a prime number?"),)
TOOLS = ({"type": "function", "function": {"name": "look_up", "parameters": {}}},)


def ask(play, messages=QUESTION, **options):
    """Return the reply of one request."""
    with ScriptedEndpoint(play) as server, Client(server.base_url) as client:
        return client.chat(ChatRequest(model="any", messages=messages, **options))


@pytest.mark.parametrize("name", PATHS)
def test_every_path_answers_something(name):
    """Each plays a plain question to an end that the client understands."""
    exchange = ask(path(name), max_tokens=64).exchange
    assert exchange.status == 200


def test_the_good_path_calls_the_tool_with_what_it_is_told():
    """One call for each quoted key, whole and with ids of their own."""
    told = (Message(role="user", content='Call the tool look_up with "apple" and "pear".'),)
    reply = ask(path("good"), told, tools=TOOLS, max_tokens=64)
    assert [orjson.loads(call.arguments)["key"] for call in reply.tool_calls] == ["apple", "pear"]
    assert len({call.id for call in reply.tool_calls}) == 2
    assert reply.exchange.finish_reason == "tool_calls"


def test_the_budget_cuts_at_its_token():
    """Usage and finish_reason agree with what came."""
    endless = (Message(role="user", content="Write the numbers from one to one hundred in words."),)
    exchange = ask(path("good"), endless, max_tokens=10).exchange
    assert (exchange.usage.completion_tokens, exchange.finish_reason) == (10, "length")


def test_a_small_context_refuses_or_cuts():
    """The start of a prompt is lost where the path cuts, and counted as lost."""
    filler = "x " * 4000
    long = (Message(role="user", content=f"The secret word is abc. {filler}What is the secret word?"),)
    assert ask(serve(Path(read_tokens=500)), long).exchange.status == 400
    cut = ask(serve(Path(read_tokens=500, over="cut")), long)
    assert "abc" not in cut.content
    assert cut.exchange.usage.prompt_tokens < 520
    assert "abc" in ask(path("good"), long).content
