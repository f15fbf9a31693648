import json

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codestone.endpoint.envelope import FIELDS, Envelope
from codestone.endpoint.reading import Reading

TEXTS = st.text(max_size=8)
VALUES = st.none() | st.integers(0, 3) | TEXTS | st.fixed_dictionaries({"content": TEXTS})
DELTAS = st.one_of(
    st.builds(lambda field, text: {field: text}, st.sampled_from(FIELDS), TEXTS),
    st.dictionaries(st.sampled_from([*FIELDS, "role", "tool_calls"]), VALUES, max_size=2),
)
CHUNKS = st.builds(
    lambda more, choice, delta: {**more, "choices": [{**choice, "delta": delta}]},
    st.dictionaries(st.sampled_from(["id", "created", "content", "usage", "error"]), VALUES, max_size=2),
    st.dictionaries(st.sampled_from(["index", "finish_reason", "message"]), VALUES, max_size=2),
    DELTAS,
)
ASKED, OTHER = {"content": "?"}, {"content": "b"}
WRITERS = (
    orjson.dumps,
    lambda value: json.dumps(value, ensure_ascii=False).encode(),
    lambda value: json.dumps(value, indent=1).replace("\n", "").encode(),
)


def chunk_of(text: str, field: str = "content", **more: object) -> dict[str, object]:
    """Return a chunk as servers send it."""
    return {"id": "a", **more, "choices": [{"index": 0, "delta": {field: text}, "finish_reason": None}]}


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("field", FIELDS)
@given(first=TEXTS, second=TEXTS)
def test_a_chunk_like_the_last_one_gives_its_text(write, field, first, second):
    """Whatever the text, and however the server writes JSON; an escaped first text may give no envelope."""
    data = write(chunk_of(first, field))
    envelope = Envelope.of(data, orjson.loads(data))
    if first.isalnum() and first.isascii():
        assert envelope is not None
    if envelope is not None:
        assert (envelope.field, envelope.text(write(chunk_of(second, field)))) == (field, second)


@given(first=CHUNKS, second=CHUNKS, write=st.sampled_from(WRITERS))
@example(first=chunk_of("a"), second=chunk_of("a", error=1), write=WRITERS[0])
@example(first=chunk_of("a", content="a"), second=chunk_of("a", content="b"), write=WRITERS[0])
@example(first=chunk_of("?", usage=ASKED), second=chunk_of("?", usage=OTHER), write=WRITERS[0])
def test_what_is_told_is_what_decoding_the_whole_tells(first, second, write):
    """A text is given only where the second chunk is the first one with that text."""
    data, later = write(first), write(second)
    envelope = Envelope.of(data, orjson.loads(data))
    text = None if envelope is None else envelope.text(later)
    if text is not None:
        like = orjson.loads(data)
        like["choices"][0]["delta"][envelope.field] = text
        assert orjson.loads(later) == like


@pytest.mark.parametrize(
    "data",
    [
        b'{"choices": [{"delta": {"content": "a"}}',
        b'{"choices": [{"delta": {"content": 1}}]}',
        b'{"choices": [{"delta": {"content": "a", "content": "b"}}]}',
        b'{"choices": [{"delta": {"content": "a"}}]} ',
        b"[DONE]",
        b"",
        b'{"choices": [{"delta": {"content": ',
    ],
)
def test_what_is_not_like_it_gives_no_text(data):
    """It is then decoded whole."""
    whole = b'{"choices": [{"delta": {"content": "a"}}]}'
    envelope = Envelope.of(whole, orjson.loads(whole))
    assert envelope.text(whole) == "a"
    assert envelope.text(data) is None


@given(chunks=st.lists(CHUNKS, max_size=8), cuts=st.lists(st.integers(1, 3), min_size=8, max_size=8))
@example(chunks=[chunk_of("a", error={"code": 1}), chunk_of("b", error={"code": 1})], cuts=[1] * 8)
@example(chunks=[chunk_of("a"), {"choices": [{"index": 1, "delta": {"content": "b"}}]}], cuts=[2] * 8)
def test_a_reading_is_the_same_with_envelopes_and_without(chunks, cuts):
    """Every chunk comes some times in a row; texts, arrivals and all else are those of whole decoding."""
    events = [b"data: %b\n\n" % orjson.dumps(c) for c, n in zip(chunks, cuts, strict=False) for _ in range(n)]
    fast, whole = Reading(), Reading()
    whole._tries = 0
    for at_ns, event in enumerate(events):
        fast.feed(event, at_ns)
        whole.feed(event, at_ns)
    for reading in (fast, whole):
        reading.close(len(events), clean=True)
        reading._tries, reading._envelope, reading._parser, reading._splitter = 0, None, None, None
        reading._banner = reading._calls = None
    assert vars(fast) == vars(whole)


def test_a_server_that_changes_every_chunk_costs_a_few_tries(monkeypatch):
    """Looking for what does not come again is given up."""
    tried = []
    monkeypatch.setattr(Envelope, "of", lambda *_: tried.append(1))
    reading = Reading()
    for number in range(100):
        reading.feed(b"data: %b\n\n" % orjson.dumps(chunk_of("a", id=number)), number)
    assert (reading.events, reading.content) == (100, "a" * 100)
    assert len(tried) < 20
