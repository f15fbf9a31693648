from time import perf_counter_ns

import pytest

from codestone.endpoint.chat import Stop
from codestone.endpoint.client import ChatRequest, Client, Message
from codestone.testing import Finish, Script, ScriptedEndpoint, chunk, reply, schedule
from codestone.testing.endpoint import LOG_PATH
from codestone.trial import Ending

SEEN = Stop(Ending.CUT_OFF, "seen")


def request(model: str = "scripted", **more: object) -> ChatRequest:
    """Return a small question."""
    return ChatRequest(model=model, messages=[Message(role="user", content="hi")], **more)


def test_a_schedule_is_played_on_time_and_noted_truly():
    """No event goes out early, and the two stamps enclose its send."""
    script = Script(steps=schedule([(0.01, chunk({"content": "x"}))] * 10))
    with ScriptedEndpoint(script) as server, Client(server.base_url) as client:
        before_ns = perf_counter_ns()
        client.chat(request())
        after_ns = perf_counter_ns()
    (played,) = server.played
    assert before_ns < played.request.at_ns < after_ns
    for number, sent in enumerate(played.sent, start=1):
        assert sent.before_ns - played.request.at_ns >= number * 10_000_000
        assert sent.before_ns <= sent.after_ns <= after_ns
    assert len(played.sent) == 10


def test_several_models_have_a_script_each():
    """And a model that is not served is an error, as with a real server."""
    with (
        ScriptedEndpoint({"a": reply("one"), "b": lambda _: reply("two")}) as server,
        Client(server.base_url) as client,
    ):
        assert [client.chat(request(name)).content for name in "ab"] == ["one", "two"]
        lost = client.chat(request("c")).exchange
        _, listed = client.get_json("/v1/models")
    assert (lost.status, "known: a, b" in lost.detail) == (404, True)
    assert [(m["id"], m["owned_by"]) for m in listed["data"]] == [(n, "codestone-scripted") for n in "ab"]


def test_the_requests_are_kept():
    """With body and headers."""
    with ScriptedEndpoint(reply("a")) as server, Client(server.base_url) as client:
        client.chat(request("m"))
    (got,) = server.requests
    assert (got.method, got.path, got.model, got.user_text) == ("POST", "/v1/chat/completions", "m", "hi")


def test_the_log_tells_another_process_when_things_were_sent():
    """The same numbers, over HTTP."""
    with ScriptedEndpoint(reply("word" * 3)) as server, Client(server.base_url) as client:
        client.chat(request())
        status, log = client.get_json(LOG_PATH)
        assert (status, len(log)) == (200, 1)
        assert [s["before_ns"] for s in log[0]["sent"]] == [s.before_ns for s in server.played[0].sent]


def test_without_stream_the_reply_is_one_document():
    """As a real server does it."""
    with ScriptedEndpoint(reply("four", reasoning="hm")) as server, Client(server.base_url) as client:
        whole = client.chat(request(extra={"stream": False}))
    assert (whole.content, whole.reasoning, whole.exchange.speed.chunks) == ("four", "hm", 0)
    assert whole.exchange.usage.completion_tokens == 2


@pytest.mark.parametrize("finish", list(Finish))
def test_closing_leaves_no_thread_behind(finish):
    """Whatever a script is waiting for."""
    script = Script(
        steps=schedule([(0.0, chunk({"content": "x"})), (0.0, chunk(finish="stop"))]), finish=finish
    )
    server = ScriptedEndpoint(script)
    with server, Client(server.base_url) as client:
        assert client.chat(request(), lambda *_: SEEN).content == "x"
    assert not any(thread.is_alive() for thread in server._threads)


def test_closing_ends_a_schedule_that_is_still_waiting():
    """A script of hours does not hold up a test."""
    script = Script(steps=schedule([(0.0, chunk({"content": "x"})), (7200.0, chunk({"content": "y"}))]))
    server = ScriptedEndpoint(script)
    with server, Client(server.base_url) as client:
        client.chat(request(), lambda *_: SEEN)
    assert not any(thread.is_alive() for thread in server._threads)
