import errno
import gc
import operator
import os
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from shutil import which

import orjson
import pytest

from codestone.endpoint import client as client_module
from codestone.endpoint import wire
from codestone.endpoint.chat import Stop
from codestone.endpoint.client import ChatRequest, Client, Message, Reply, Timeouts
from codestone.endpoint.wire import Response
from codestone.errors import EndpointError, UsageError
from codestone.testing import Finish, Script, ScriptedEndpoint, Step, chunk, event, reply, schedule
from codestone.testing.faults import fault, loading, refusal
from codestone.testing.script import DONE
from codestone.timing import Channel
from codestone.trial import Ending, Usage

TIMEOUTS = Timeouts(connect_s=5, first_s=2.0, silence_s=1.5, wall_s=60)
PATIENT = Timeouts(connect_s=5, first_s=30, silence_s=30, wall_s=60)


def request(model: str = "any", **more: object) -> ChatRequest:
    """Return a small question."""
    return ChatRequest(model=model, messages=[Message(role="user", content="hi")], **more)


def ask(what: Script, timeouts: Timeouts = PATIENT) -> Reply:
    """Ask a scripted endpoint once."""
    with ScriptedEndpoint(what) as server, Client(server.base_url, timeouts=timeouts) as client:
        return client.chat(request())


QUIRKS = [
    ("early-role", Ending.ANSWERED, ""),
    ("tool-call", Ending.ANSWERED, ""),
    ("packed", Ending.ANSWERED, ""),
    ("no-usage", Ending.ANSWERED, ""),
    ("usage-in-last-chunk", Ending.ANSWERED, ""),
    ("usage-without-choices", Ending.ANSWERED, ""),
    ("timings", Ending.ANSWERED, ""),
    ("think-tags", Ending.ANSWERED, ""),
    ("channel-tags", Ending.ANSWERED, ""),
    ("loading-text", Ending.ANSWERED, "the model was loaded during this request"),
    ("keep-alives", Ending.ANSWERED, ""),
    ("document", Ending.ANSWERED, "not streamed"),
    ("huge", Ending.CUT_OFF, "over 33554432 bytes"),
    ("escapes", Ending.ANSWERED, ""),
]
"""What servers do that is no fault; their faults go through a whole trial in tests/engine/test_endings.py."""
NAMES = [*(name for name, _, _ in QUIRKS), "reasoning-only", "malformed", "stall"]


@pytest.fixture(scope="module")
def replies() -> Iterator[dict[str, Reply]]:
    """One reply to each, over one connection where they let it live."""
    with (
        ScriptedEndpoint({name: fault(name) for name in NAMES}) as server,
        Client(server.base_url, timeouts=TIMEOUTS) as client,
    ):
        yield {name: client.chat(request(name)) for name in NAMES}


@pytest.mark.parametrize(("name", "ending", "said"), QUIRKS)
def test_every_quirk_becomes_an_ending_with_its_evidence(replies, name, ending, said):
    """Nothing is raised, nothing is dropped."""
    exchange = replies[name].exchange
    assert exchange.ending is ending, exchange.detail
    assert said in exchange.detail
    assert bool(said) == bool(exchange.detail)


@pytest.mark.parametrize("name", NAMES)
def test_a_detail_is_one_printable_line(replies, name):
    """Whatever the server said."""
    assert replies[name].exchange.detail.isprintable()
    assert len(replies[name].exchange.detail) <= 200


def test_a_role_chunk_is_no_first_token(replies):
    """Role at 5 ms, content at 400 ms: TTFT is 400 ms, less what a busy machine stamps the request late."""
    reply = replies["early-role"]
    assert reply.exchange.speed.ttft_ns >= 40e6
    assert reply.exchange.speed.headers_ns < reply.exchange.speed.ttft_ns
    assert reply.exchange.speed.chunks == 1


def test_keep_alives_and_progress_are_no_first_token(replies):
    """Comments, blank lines, prompt progress and empty deltas come before the text."""
    speed = replies["keep-alives"].exchange.speed
    assert speed.ttft_ns >= 10e6
    assert speed.chunks == 1


def test_loading_text_of_llama_swap_is_no_thinking(replies):
    """It is kept apart, and the reply says that the model was loaded."""
    reply = replies["loading-text"]
    assert (reply.content, reply.reasoning) == ("hello", "")
    assert reply.exchange.speed.ttft_ns >= 10e6
    assert "llama-swap loading model: qwen3\n" in reply.raw_extra["loading"]


def test_reasoning_only_has_a_ttft_and_no_ttfo(replies):
    """The user could use none of it."""
    reply = replies["reasoning-only"]
    assert (reply.content, reply.reasoning) == ("", "The answer is four.")
    assert reply.exchange.speed.ttft_ns is not None
    assert reply.exchange.speed.ttfo_ns is None


def test_tool_arguments_are_text(replies):
    """A stream of tool-call deltas only is measured like any other."""
    reply = replies["tool-call"]
    (call,) = reply.tool_calls
    assert (call.id, call.name) == ("call_1", "write_file")
    assert orjson.loads(call.arguments) == {"path": "a.py", "content": "x = 1"}
    assert reply.exchange.speed.chunks == 3
    assert reply.exchange.speed.ttfo_ns == reply.exchange.speed.ttft_ns is not None


def test_tokens_come_from_usage_not_from_chunks(replies):
    """96 tokens in 8 chunks: the rate is over 84 tokens in seven gaps of 10 ms."""
    reply = replies["packed"]
    assert reply.exchange.speed.chunks == 8
    span_s = (reply.marks.last_ns - reply.marks.ttft_ns) / 1e9
    assert reply.exchange.speed.tg == pytest.approx(84 / span_s)


def test_without_usage_nothing_is_counted(replies):
    """Not measured is None, and no rate is made up."""
    assert replies["no-usage"].exchange.usage is None
    assert replies["no-usage"].exchange.speed.tg is None


def test_usage_is_read_wherever_it_stands(replies):
    """In the last chunk, or in one without choices."""
    assert replies["usage-in-last-chunk"].exchange.usage == Usage(prompt_tokens=7, completion_tokens=2)
    assert replies["usage-without-choices"].exchange.usage == Usage(prompt_tokens=10, completion_tokens=2)


def test_timings_of_llama_cpp_are_kept_verbatim(replies):
    """With cached tokens and draft counts."""
    exchange = replies["timings"].exchange
    assert exchange.usage.cached_tokens == 3
    assert exchange.timings["predicted_per_second"] == 82.5
    assert exchange.timings["draft_n_accepted"] == 2


@pytest.mark.parametrize("name", ["think-tags", "channel-tags"])
def test_thinking_in_the_content_is_reasoning(replies, name):
    """Its tags do not pass for an answer, and TTFO is later than TTFT."""
    reply = replies[name]
    assert reply.content.strip() == "hello"
    assert "Two" in reply.reasoning
    assert reply.marks.arrivals[0].channel is Channel.REASONING
    assert reply.marks.ttfo_ns > reply.marks.ttft_ns


def test_a_whole_document_has_no_chunk_times(replies):
    """Wall is measured, TTFT is not."""
    reply = replies["document"]
    assert (reply.content, reply.reasoning) == ("hello", "hm")
    assert reply.exchange.speed.ttft_ns is None
    assert reply.exchange.speed.wall_ns is not None
    assert reply.exchange.usage == Usage(prompt_tokens=5, completion_tokens=2)


def test_a_huge_reply_is_contained(replies):
    """Reading stops at the bound, what came is kept."""
    assert 33_000_000 < replies["huge"].exchange.content_characters < 34_000_000


def test_text_is_kept_as_it_came(replies):
    """NUL and escapes are the model's text; whoever prints it escapes it."""
    assert replies["escapes"].content == "a\x00b\x1b[2J\x1b]0;owned\x07\u202ec"


def test_one_undecoded_event_without_end_is_contained():
    """No text came, so it is the stream that is broken."""
    endless = Script(steps=(Step(0.0, b"data: " + b"x" * 3_000_000),), finish=Finish.STALL)
    with ScriptedEndpoint(endless) as server, Client(server.base_url, max_bytes=1_000_000) as client:
        exchange = client.chat(request()).exchange
    assert exchange.ending is Ending.STREAM_BROKEN
    assert "over 1000000 bytes" in exchange.detail


def test_a_refused_connection_is_unreachable():
    """And it says where."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with Client(f"http://127.0.0.1:{port}") as client:
        reply = client.chat(request())
        with pytest.raises(EndpointError, match=str(port)) as caught:
            client.warm()
    assert reply.exchange.ending is Ending.UNREACHABLE
    assert f"127.0.0.1:{port}" in reply.exchange.detail
    assert reply.exchange.speed.wall_ns is None
    assert caught.value.exit_code == 3


def test_a_host_that_does_not_exist_is_unreachable():
    """Names that DNS does not know or cannot spell raise nothing."""
    for host in ("nowhere.invalid", "a" * 70 + ".invalid"):
        with Client(f"http://{host}") as client:
            assert client.chat(request()).exchange.ending is Ending.UNREACHABLE


def test_what_speaks_no_http_is_an_error():
    """And its first bytes are shown."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with Client(f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
            exchange = client.chat(request()).exchange
        thread.join()
    assert exchange.ending is Ending.SERVER_ERROR
    assert "SSH-2.0" in exchange.detail


def test_loading_then_answered_is_two_exchanges():
    """The client retries nothing; the caller asks again on the same connection."""
    with ScriptedEndpoint(loading(1, reply("up"))) as server, Client(server.base_url) as client:
        endings = [client.chat(request()).exchange.ending for _ in range(2)]
        assert len(server.requests) == 2
    assert endings == [Ending.LOADING, Ending.ANSWERED]


def test_the_connection_is_opened_before_the_timer():
    """Its time stands apart: the first exchange reports what ``warm`` took."""
    with ScriptedEndpoint(reply("hello")) as server, Client(server.base_url) as client:
        client.warm()
        warmed = client._connection
        assert client.chat(request()).marks.connect_ns > 0
        assert client._connection is not warmed


def test_a_connection_is_kept_after_an_answer_of_known_length():
    """It was opened for the first exchange, so only that one reports a connect time."""
    with ScriptedEndpoint(reply("hello")) as server, Client(server.base_url) as client:
        client.get_json("/v1/models")
        kept = client._connection
        assert client.chat(request()).marks.connect_ns is None
        assert kept is not None


def test_a_server_that_closes_after_each_stream_loses_no_exchange():
    """As llama.cpp does, a tenth of a millisecond after it promised to keep the connection."""
    script = Script(
        steps=schedule([(0.0, chunk({"content": "a"}, finish="stop")), (0.0, DONE)]), finish=Finish.CLOSE
    )
    with ScriptedEndpoint(script) as server, Client(server.base_url) as client:
        endings = {client.chat(request()).exchange.ending for _ in range(50)}
        assert len(server.requests) == 50
    assert endings == {Ending.ANSWERED}


def test_a_kept_connection_that_the_server_closed_is_opened_again():
    """Before the timer, and without a second request."""
    with ScriptedEndpoint(reply("hello")) as server, Client(server.base_url) as client:
        client.get_json("/v1/models")
        client._connection.shutdown(socket.SHUT_RDWR)
        again = client.chat(request())
    assert again.exchange.ending is Ending.ANSWERED
    assert again.marks.connect_ns is not None


@pytest.mark.parametrize("name", ["reset", "cut", "stall", "stream-error", "huge"])
def test_after_a_fault_the_next_exchange_is_clean(name):
    """No byte of a broken reply gets into the next."""
    plays = {name: fault(name), "fine": reply("fine")}
    with ScriptedEndpoint(plays) as server, Client(server.base_url, timeouts=TIMEOUTS) as client:
        client.chat(request(name))
        after = client.chat(request("fine"))
    assert (after.exchange.ending, after.content) == (Ending.ANSWERED, "fine")


def test_keep_alives_do_not_extend_the_wait_for_the_first_text():
    """A server that only says it is alive stalls."""
    alive = Script(steps=schedule([(0.02, b": ping\n\n")] * 500))
    exchange = ask(alive, Timeouts(first_s=0.3, silence_s=30, wall_s=30)).exchange
    assert exchange.ending is Ending.STALLED
    assert "no text within 0.3 s" in exchange.detail


def test_the_wall_limit_ends_a_reply_that_never_ends():
    """However lively it is."""
    lively = Script(steps=schedule([(0.01, chunk({"content": "x"}))] * 3000))
    exchange = ask(lively, Timeouts(first_s=30, silence_s=30, wall_s=0.4)).exchange
    assert exchange.ending is Ending.OUT_OF_TIME
    assert "not finished within 0.4 s" in exchange.detail
    assert exchange.content_characters > 0


def test_a_reset_after_the_end_was_announced_is_an_answer():
    """finish_reason came, so the text is whole; the detail says what happened."""
    steps = schedule([(0.0, chunk({"content": "whole"})), (0.0, chunk(finish="stop"))])
    exchange = ask(Script(steps=steps, finish=Finish.CUT)).exchange
    assert exchange.ending is Ending.ANSWERED
    assert "after finish_reason" in exchange.detail


def test_a_listener_can_stop_the_reply():
    """With its own ending and reason; the text so far is kept."""
    script = Script(steps=schedule([(0.0, chunk({"content": "again "}))] * 1000), finish=Finish.STALL)
    with ScriptedEndpoint(script) as server, Client(server.base_url) as client:
        heard: list[str] = []
        stop = Stop(Ending.LOOPED, "again and again")
        reply = client.chat(
            request(), lambda text, _: heard.append(text) or (stop if len(heard) == 3 else None)
        )
    assert (reply.exchange.ending, reply.exchange.detail) == stop
    assert reply.content.startswith("again again again ")


def test_an_interrupt_passes_through_and_closes_the_connection():
    """KeyboardInterrupt is the user's, not an ending."""
    script = Script(steps=schedule([(0.0, chunk({"content": "x"}))]), finish=Finish.STALL)
    with ScriptedEndpoint(script) as server, Client(server.base_url) as client:
        with pytest.raises(KeyboardInterrupt):
            client.chat(request(), lambda *_: os.kill(os.getpid(), signal.SIGINT))
        assert client._connection is None
    gc.collect()


@pytest.mark.parametrize("where", ["on_header", "on_headers_complete", "on_body", "on_message_complete"])
def test_an_interrupt_within_the_http_parser_is_no_fault_of_the_server(where, monkeypatch):
    """The parser turns what a callback raises into its own error: Ctrl-C was lost, the server blamed."""
    monkeypatch.setattr(Response, where, lambda *_: signal.raise_signal(signal.SIGINT))
    with ScriptedEndpoint(reply("a")) as server, Client(server.base_url) as client:
        with pytest.raises(KeyboardInterrupt):
            client.chat(request())
        assert client._connection is None


def test_only_what_is_set_is_sent_and_extra_wins():
    """Sampling stays the server's unless told; usage is always asked for."""
    with ScriptedEndpoint(reply("a")) as server, Client(server.base_url, key="k3y") as client:
        client.chat(request())
        client.chat(request(max_tokens=5, seed=0, temperature=0.0, extra={"top_k": 1, "max_tokens": 6}))
        plain, full = (played.body for played in server.requests)
        assert server.requests[0].headers["authorization"] == "Bearer k3y"
    assert plain == {
        "model": "any",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert full == plain | {"max_tokens": 6, "seed": 0, "temperature": 0.0, "top_k": 1}


def test_a_server_under_a_path_is_asked_there():
    """The prefix stays before /v1."""
    with ScriptedEndpoint(reply("a")) as server, Client(f"{server.base_url}/deep") as client:
        exchange = client.chat(request()).exchange
    assert "/v1/deep/v1/chat/completions" in exchange.detail


def test_get_json_gives_status_and_body():
    """Of whatever status; text where it is no JSON."""
    with ScriptedEndpoint(reply("a")) as server, Client(server.base_url) as client:
        status, body = client.get_json("/v1/models")
        assert (status, body["data"][0]["id"]) == (200, "scripted")
        assert client.get_json("/nothing")[0] == 404


def test_a_key_that_no_header_can_carry_is_refused():
    """A line break would add a header."""
    with pytest.raises(UsageError):
        Client("http://localhost", key="a\r\nX: y")


def test_a_refusal_that_is_large_is_cut_and_the_connection_given_up():
    """An error page does not fill the memory."""
    page = refusal(500, b"<html>" + b"x" * 3_000_000)
    with ScriptedEndpoint(page) as server, Client(server.base_url, max_bytes=100_000) as client:
        exchange = client.chat(request()).exchange
        assert client._connection is None
    assert exchange.ending is Ending.SERVER_ERROR
    assert exchange.detail.startswith("HTTP 500: <html>xxx")


class Told:
    """A connection whose reads are told beforehand; notes what the listener had heard before each of them.

    Its clock, in ns, is put on by ``pause_s`` in each read.
    """

    def __init__(self, *reads: bytes | OSError, then: Iterable[bytes] = (), pause_s: float = 0.001) -> None:
        self.reads = chain(reads, then)
        self.pause_s = pause_s
        self.now_ns = 0
        self.heard = ""
        self.heard_ns: list[int] = []
        self.heard_before: list[str] = []
        self.limits_s: list[float] = []
        self.limit_s: float | None = None

    def listen(self, text: str, _: Channel) -> None:
        """Hear a piece of text."""
        self.heard += text
        self.heard_ns.append(self.now_ns)

    def recv(self, _: int) -> bytes:
        """Return or raise the next."""
        assert self.limit_s is not None
        self.heard_before.append(self.heard)
        self.limits_s.append(self.limit_s)
        self.now_ns += int(min(self.pause_s, self.limit_s) * 1e9)
        if self.pause_s > self.limit_s:
            raise TimeoutError
        what = next(self.reads, b"")
        if isinstance(what, OSError):
            raise what
        return what

    def settimeout(self, limit_s: float) -> None:
        """Set the limit of a read."""
        self.limit_s = limit_s

    def gettimeout(self) -> float | None:
        """Return it."""
        return self.limit_s

    def sendall(self, payload: bytes) -> None:
        """Take the request."""

    def close(self) -> None:
        """End."""


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


def said(text: str) -> bytes:
    """Return a chunk with this text as an event."""
    return event(chunk({"content": text}))


def ask_over(connection: Told, monkeypatch: pytest.MonkeyPatch, timeouts: Timeouts = TIMEOUTS) -> Reply:
    """Ask once over such a connection, by its clock."""
    monkeypatch.setattr(wire, "connect", lambda *_: connection)
    monkeypatch.setattr(client_module, "perf_counter_ns", lambda: connection.now_ns)
    return Client("http://told", timeouts=timeouts).chat(request(), connection.listen)


def test_reads_after_the_first_text_are_stamped_as_they_come_and_decoded_together(monkeypatch):
    """Until the server is silent for a moment; the first text and the end wait for nothing."""
    silence = TimeoutError()
    connection = Told(HEAD, said("a"), said("b"), said("c"), silence, said("d"), said("e") + DONE)
    answer = ask_over(connection, monkeypatch)
    assert answer.exchange.ending is Ending.ANSWERED
    assert answer.content == "abcde"
    assert connection.heard_before == ["", "", "a", "a", "a", "abc", "abc", "abcde"]
    assert len({arrival.at_ns for arrival in answer.marks.arrivals}) == 5


def test_what_waited_to_be_decoded_is_kept_when_the_connection_breaks(monkeypatch):
    """And the break is told after it."""
    connection = Told(HEAD, said("a"), said("b"), said("c"), ConnectionResetError("gone"))
    answer = ask_over(connection, monkeypatch)
    assert (answer.exchange.ending, answer.content) == (Ending.STREAM_BROKEN, "abc")
    assert answer.marks.end_ns > answer.marks.arrivals[-1].at_ns


def test_a_server_is_silent_only_after_its_own_limit(monkeypatch):
    """The moment for which reads wait for each other is none of the limits."""
    connection = Told(HEAD, said("a"), said("b"), TimeoutError(), TimeoutError())
    answer = ask_over(connection, monkeypatch)
    assert (answer.exchange.ending, answer.content) == (Ending.STALLED, "ab")
    *_, moment, whole = connection.limits_s
    assert (moment < TIMEOUTS.silence_s, whole) == (True, TIMEOUTS.silence_s)


def test_an_end_split_over_two_reads_is_found(monkeypatch):
    """Where no glance at a read tells it."""
    connection = Told(HEAD, said("a"), said("b"), DONE[:7], DONE[7:], TimeoutError())
    answer = ask_over(connection, monkeypatch)
    assert (answer.exchange.ending, answer.content, answer.done) == (Ending.ANSWERED, "ab", True)


def test_no_text_is_heard_late_and_no_limit_overrun_by_reading_together(monkeypatch):
    """Whatever the pace of the server, 50 ms are the most, and the wall limit is the wall limit."""
    for pause_s in (0.001, 0.01, 0.024, 0.026, 0.049):
        connection = Told(HEAD, then=repeat(said("x")), pause_s=pause_s)
        answer = ask_over(connection, monkeypatch, Timeouts(first_s=1, silence_s=1, wall_s=1))
        assert answer.exchange.ending is Ending.OUT_OF_TIME
        assert answer.marks.end_ns <= 1.0e9
        arrived = [arrival.at_ns for arrival in answer.marks.arrivals]
        assert max(map(operator.sub, connection.heard_ns, arrived)) <= 50e6


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"


def framed(body: bytes) -> bytes:
    """Return a piece of a body in chunked coding."""
    return b"%x\r\n%b\r\n" % (len(body), body)


def test_the_end_of_the_message_that_was_read_with_the_end_of_the_reply_is_not_waited_for(monkeypatch):
    """Of a [DONE] in two parts, the second is read together with the last chunk."""
    done = framed(DONE[:7]), framed(DONE[7:]), wire.LAST_CHUNK
    connection = Told(CHUNKED, framed(said("a")), *done)
    answer = ask_over(connection, monkeypatch)
    assert (answer.exchange.ending, answer.content) == (Ending.ANSWERED, "a")
    assert len(connection.limits_s) == 5


def test_a_chunked_message_is_framed_however_that_is_spelled(monkeypatch):
    """So a connection that ends within it is broken."""
    answer = ask_over(Told(CHUNKED, framed(b'{"choices": [')), monkeypatch)
    assert answer.exchange.ending is Ending.STREAM_BROKEN


def test_a_server_that_goes_on_after_done_is_left(monkeypatch):
    """However lively it is."""
    pings = repeat(b": ping\n\n", 10_000)
    answer = ask_over(Told(HEAD, said("a"), DONE, then=pings), monkeypatch)
    assert answer.exchange.ending is Ending.ANSWERED
    assert next(pings, None) is not None


@pytest.mark.parametrize("before", [[], [said("b")]])
def test_a_connection_that_times_out_by_itself_is_broken(before, monkeypatch):
    """ETIMEDOUT is a TimeoutError too, but none of our limits."""
    gone = TimeoutError(errno.ETIMEDOUT, "Connection timed out")
    answer = ask_over(Told(HEAD, said("a"), *before, gone), monkeypatch)
    assert answer.exchange.ending is Ending.STREAM_BROKEN
    assert "timed out" in answer.exchange.detail


def test_a_limit_of_silence_as_long_as_that_of_the_tail_is_no_tail(monkeypatch):
    """A reply that stalls ends when its time is up, not with its last text."""
    timeouts = Timeouts(first_s=30, silence_s=10.0, wall_s=60)
    answer = ask_over(Told(HEAD, said("a"), TimeoutError(), TimeoutError()), monkeypatch, timeouts)
    assert answer.exchange.ending is Ending.STALLED
    assert answer.marks.end_ns > answer.marks.arrivals[-1].at_ns


def test_a_request_that_was_not_taken_is_told_whatever_comes_after(monkeypatch):
    """Silence after it explains nothing."""

    class Deaf(Told):
        def sendall(self, payload: bytes) -> None:
            raise TimeoutError("too slow")

    answer = ask_over(Deaf(TimeoutError()), monkeypatch)
    assert "the request was not taken: too slow" in answer.exchange.detail


@pytest.mark.parametrize("stray", [b"stray", b"\0", b"HTTP/1.1 408 Request Timeout\r\n\r\n"])
def test_what_follows_a_whole_message_is_no_part_of_it(stray, monkeypatch):
    """The reply counts, the connection does not."""
    body = said("a") + DONE
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    connection = Told(head + body + stray)
    monkeypatch.setattr(wire, "connect", lambda *_: connection)
    client = Client("http://told", timeouts=TIMEOUTS)
    answer = client.chat(request())
    assert (answer.exchange.ending, answer.content) == (Ending.ANSWERED, "a")
    assert client._connection is None


DEEP = b"[" * 1000 + b"]" * 1000


def test_json_that_is_too_deep_is_malformed(monkeypatch):
    """It can be compared and stored by nobody; the text around it counts."""
    deep = b'data: {"x": %b}\n\n' % DEEP
    answer = ask_over(Told(HEAD, said("a"), deep, deep, said("b") + DONE), monkeypatch)
    assert (answer.content, answer.exchange.malformed_chunks) == ("ab", 2)


@pytest.mark.parametrize("status", [b"200 OK", b"500 Internal Server Error"])
def test_an_error_that_is_too_deep_is_an_error(status, monkeypatch):
    """In the stream or in place of it."""
    error = b'{"error": %b}' % DEEP
    body = b"data: %b\n\n" % error if status.startswith(b"200") else error
    answer = ask_over(Told(b"HTTP/1.1 %b\r\n\r\n%b" % (status, body)), monkeypatch)
    assert not answer.exchange.ending.measured


def test_an_interrupt_that_is_being_handled_is_not_raised_again(monkeypatch):
    """Who cleans up after a Ctrl-C may ask a server, even one that speaks no HTTP."""
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        answer = ask_over(Told(b"SSH-2.0-other\r\n"), monkeypatch)
    assert answer.exchange.ending is Ending.SERVER_ERROR


def test_several_events_of_one_read_share_its_stamp():
    """They came together; no time between them is made up."""
    both = (
        event(chunk({"content": "a"})) + event(chunk({"content": "b"})) + event(chunk(finish="stop")) + DONE
    )
    arrivals = ask(Script(steps=(Step(0.0, both),))).marks.arrivals
    assert len({arrival.at_ns for arrival in arrivals}) == 1
    assert len(arrivals) == 2


@pytest.mark.skipif(which("openssl") is None, reason="no openssl to make a certificate with")
def test_https_checks_the_certificate(tmp_path, monkeypatch):
    """A stranger's certificate is no connection; a trusted one carries the reply, and the next as well."""
    certificate, secret = tmp_path / "cert.pem", tmp_path / "key.pem"
    argv = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
    ]
    argv += [
        "-subj",
        "/CN=127.0.0.1",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-out",
        certificate,
        "-keyout",
        secret,
    ]
    subprocess.run(argv, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    said = b"".join(step.data for step in reply("hello").steps)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(said), said)

    def serve() -> None:
        with pytest.raises(ssl.SSLError), context.wrap_socket(listener.accept()[0], server_side=True):
            pass
        with context.wrap_socket(listener.accept()[0], server_side=True) as connection:
            for _ in range(2):
                connection.recv(1 << 16)
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        with Client(f"https://127.0.0.1:{listener.getsockname()[1]}") as client:
            stranger = client.chat(request()).exchange
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            replies = [client.chat(request()) for _ in range(2)]
        thread.join()
    assert stranger.ending is Ending.UNREACHABLE
    assert "certificate" in stranger.detail
    assert [got.content for got in replies] == ["hello", "hello"]
    assert replies[1].marks.connect_ns is None
