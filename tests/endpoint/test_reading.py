import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.endpoint.chat import Stop, ToolCall
from codestone.endpoint.reading import Reading
from codestone.testing import chunk, event
from codestone.testing.faults import fault, names
from codestone.testing.refusals import REFUSALS
from codestone.testing.script import DONE
from codestone.timing import Channel
from codestone.trial import Ending


def read(*events: object) -> Reading:
    """Read events, the n-th at n ns."""
    reading = Reading()
    for at_ns, content in enumerate(events):
        reading.feed(event(content), at_ns)
    reading.close(len(events), clean=True)
    return reading


@pytest.mark.parametrize("name", [name for name in names() if name not in {"huge", "drip", *REFUSALS}])
@given(data=st.data())
def test_any_split_of_any_body_reads_the_same(name, data):
    """UTF-8, JSON and events may be cut anywhere."""
    body = b"".join(step.data for step in fault(name)(None).steps)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=8)))
    cut, whole = Reading(), Reading()
    whole.feed(body, 0)
    for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True):
        cut.feed(body[a:b], 0)
    for reading in (cut, whole):
        reading.close(0, clean=True)
    for field in (
        "content",
        "reasoning",
        "tool_calls",
        "usage",
        "finish_reason",
        "malformed",
        "arrivals",
        "extra",
    ):
        assert getattr(cut, field) == getattr(whole, field), field


@pytest.mark.parametrize(
    "delta",
    [
        {},
        {"role": "assistant"},
        {"content": None},
        {"content": ""},
        {"reasoning_content": ""},
        {"tool_calls": []},
        {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "", "arguments": ""}}]},
        {"content": ["odd"]},
    ],
)
def test_a_delta_without_text_is_no_arrival(delta):
    """Role, null, empty, and what is no text at all."""
    assert read(chunk(delta)).arrivals == []


def test_each_text_arrives_in_its_channel_at_its_instant():
    """Both names of reasoning; several texts of one read share its instant."""
    reading = Reading()
    reading.feed(event(chunk({"reasoning_content": "a"})) + event(chunk({"reasoning": "bc"})), 5)
    reading.feed(event(chunk({"content": "def", "reasoning_content": "g"})), 9)
    assert [(a.at_ns, a.channel, a.characters) for a in reading.arrivals] == [
        (5, Channel.REASONING, 1),
        (5, Channel.REASONING, 2),
        (9, Channel.REASONING, 1),
        (9, Channel.CONTENT, 3),
    ]


def test_the_same_reasoning_under_both_names_counts_once():
    """Some servers send it twice."""
    assert read(chunk({"reasoning_content": "a", "reasoning": "a"})).reasoning == "a"


def test_tool_calls_are_put_together_by_index():
    """Interleaved deltas of two calls."""

    def call(index: int, name: str, arguments: str, call_id: str = "") -> dict[str, object]:
        function = {"name": name, "arguments": arguments}
        return chunk({"tool_calls": [{"index": index, "id": call_id, "function": function}]})

    reading = read(call(0, "a", "", "x"), call(1, "b", "{", "y"), call(0, "", "{}"), call(1, "", "}"))
    assert reading.tool_calls == (
        ToolCall(id="x", name="a", arguments="{}"),
        ToolCall(id="y", name="b", arguments="{}"),
    )
    assert [a.characters for a in reading.arrivals] == [1, 2, 2, 1]


def test_tool_calls_without_an_index_are_told_by_their_ids():
    """A new id opens a new call; a delta without id continues the last."""

    def call(call_id: str, arguments: str) -> dict[str, object]:
        return chunk({"tool_calls": [{"id": call_id, "function": {"arguments": arguments}}]})

    reading = read(call("x", "1"), call("", "2"), call("y", "3"))
    assert [call.arguments for call in reading.tool_calls] == ["12", "3"]


def test_unknown_fields_are_kept_raw_in_order():
    """Nothing is lost: a repeated value is kept once, a changed one again."""
    reading = read(
        chunk({"role": "assistant"}, prompt_progress={"processed": 1}),
        chunk({"content": "a", "odd": 1}, prompt_progress={"processed": 2}),
        chunk({"content": "b"}) | {"id": "other"},
    )
    assert reading.extra["choices.delta.role"] == ["assistant"]
    assert reading.extra["choices.delta.odd"] == [1]
    assert reading.extra["prompt_progress"] == [{"processed": 1}, {"processed": 2}]
    assert reading.extra["id"] == ["chatcmpl-scripted", "other"]


def test_another_choice_is_kept_and_not_mixed_in():
    """Only choice 0 is the reply."""
    other = {"choices": [{"index": 1, "delta": {"content": "no"}}]}
    reading = read(chunk({"content": "yes"}), other)
    assert reading.content == "yes"
    assert reading.extra["choices.other"] == other["choices"]


def test_thinking_that_looks_like_a_bar_is_not_loading_text():
    """A chunk with an id is the model's, whatever it says."""
    reading = read(
        chunk({"reasoning_content": "━━━━━\n"}), chunk({"reasoning_content": "llama-swap loading model: x"})
    )
    assert reading.reasoning.startswith("━━━━━")
    assert "loading" not in reading.extra


def test_a_banner_ends_and_bare_thinking_after_it_is_the_models():
    """A server behind llama-swap may itself send chunks with nothing else in them."""

    def bare(text: str) -> dict[str, object]:
        return {"choices": [{"delta": {"reasoning_content": text}}]}

    banner = ["━━━━━\n", "llama-swap loading model: q\n", ".", "\nDone! (1.00s)\n", "━━━━━\n", " \n"]
    assert read(*map(bare, [*banner, "Hm", "m"])).reasoning == "Hmm"


@pytest.mark.parametrize(
    "usage", [{"prompt_tokens": "9"}, {"prompt_tokens": True}, {"prompt_tokens": -1}, {}]
)
def test_a_count_that_is_none_is_not_measured(usage):
    """None, never 0."""
    reading = read(chunk(usage=usage))
    assert reading.usage is not None
    assert reading.usage.prompt_tokens is None


@pytest.mark.parametrize(
    "data", [b"data: [1]\n\n", b"data: nope\n\n", b'data: {"a": "\xff"}\n\n', b"data: 1\n\n"]
)
def test_a_malformed_chunk_is_counted_and_the_rest_is_read(data):
    """Each event is decoded by itself."""
    reading = read(chunk({"content": "a"}), data, chunk({"content": "b"}), DONE)
    assert (reading.malformed, reading.content, reading.done) == (1, "ab", True)


def test_a_listener_is_told_and_may_stop():
    """Its first reason stands; it is not asked again."""
    heard = []

    def listen(text: str, channel: Channel) -> Stop | None:
        heard.append((text, channel))
        return Stop(Ending.LOOPED, "enough") if text == "b" else None

    reading = Reading(listen)
    for text in "abc":
        reading.feed(event(chunk({"content": text})), 0)
    assert reading.stop == Stop(Ending.LOOPED, "enough")
    assert heard == [("a", Channel.CONTENT), ("b", Channel.CONTENT)]


def test_a_document_has_text_and_no_times():
    """One instant says nothing about tokens."""
    body = orjson.dumps({"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]})
    reading = Reading()
    reading.feed(body, 3)
    reading.close(4, clean=True)
    assert (reading.content, reading.arrivals, reading.streamed) == ("a", [], False)
