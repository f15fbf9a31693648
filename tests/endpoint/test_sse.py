from hypothesis import given
from hypothesis import strategies as st

from codestone.endpoint.sse import Event, Parser

LINE = st.sampled_from(
    [
        b'data: {"a":1}',
        b"data:x",
        b"data",
        b"data: ",
        b"data:  two",
        b": comment",
        b"event: e",
        b"id: 1",
        b"retry: 5",
        b"error: {}",
        "data: žluťoučký 🐎".encode(),
        b"",
        b"nonsense",
        b":",
    ]
)
STREAM = st.lists(st.tuples(LINE, st.sampled_from([b"\n", b"\r", b"\r\n"]))).map(
    lambda lines: b"".join(line + end for line, end in lines)
)


def events(*reads: bytes) -> list[Event]:
    """Parse the reads."""
    parser = Parser()
    found = [event for read in reads for event in parser.feed(read)]
    return found + parser.close()


@given(stream=STREAM, bom=st.booleans(), data=st.data())
def test_any_split_gives_the_same_events(stream, bom, data):
    """Where the network cuts the bytes changes nothing."""
    stream = b"\xef\xbb\xbf" * bom + stream
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    reads = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert events(*reads) == events(stream) == events(*(bytes([byte]) for byte in stream))


def test_every_line_end_ends_a_line():
    """LF, CR and CRLF are the same, mixed as well."""
    assert events(b"data: a\r\rdata: b\n\ndata: c\r\n\r\n") == [Event(b"a"), Event(b"b"), Event(b"c")]


def test_crlf_split_between_reads_is_one_line_end():
    """A CR at the end of a read dispatches at once, and its LF in the next read is no empty line."""
    parser = Parser()
    assert parser.feed(b"data: a\r\n\r") == [Event(b"a")]
    assert parser.feed(b"\ndata: b\n\n") == [Event(b"b")]


def test_data_lines_are_joined_and_comments_are_no_event():
    """Several data lines make one event; a keep-alive makes none."""
    assert events(b": ping\n\ndata: a\ndata: b\n: x\n\n: ping\n\n") == [Event(b"a\nb")]


def test_one_space_after_the_colon_is_dropped_and_a_bare_field_is_empty():
    """As the standard has it."""
    assert events(b"data:  a\n\ndata\n\ndata:\n\n") == [Event(b" a"), Event(b""), Event(b"")]


def test_an_event_has_its_own_name_only():
    """A name does not leak into the next event; an unknown field is ignored; ``error:`` is heard."""
    stream = b"event: error\ndata: a\n\ndata: b\n\nfoo: c\n\nerror: d\n\n"
    assert events(stream) == [Event(b"a", "error"), Event(b"b"), Event(b"d", "error")]


def test_a_byte_order_mark_is_dropped_only_at_the_start():
    """The first three bytes may be a mark; later they are data."""
    assert events(b"\xef\xbb", b"\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n") == [Event(b"a")]


def test_what_lacks_only_its_blank_line_is_handed_out_at_the_end():
    """A server that ends without the last empty line loses nothing."""
    assert events(b"data: a\n\ndata: [DONE]") == [Event(b"a"), Event(b"[DONE]")]


def test_what_is_held_is_counted():
    """A line without end is bounded by whoever reads ``pending``."""
    parser = Parser()
    parser.feed(b"data: ok\ndata: " + b"x" * 100)
    assert parser.pending == len(b"ok\n") + len(b"data: ") + 100


def test_data_without_text_is_counted_too():
    """Each line of an event is held, and nothing of an event that was handed out."""
    parser = Parser()
    parser.feed(b"data:\n" * 100)
    assert parser.pending == 100
    parser.feed(b"\n")
    assert parser.pending == 0
