"""Questions about server-sent-events.js: streams of ours inside, what came of them out here.

canary 8130b0dd-22a0-4a14-b0ef-e1fffd7b17cd
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

from codestone.grading import (
    Answer,
    Candidate,
    CandidateFailed,
    Finding,
    Handle,
    Pending,
    Throw,
    all_of,
    fail,
    ok,
)

# What is there must be given: correct code needs milliseconds for it, and only wrong code waits this long.
SOON_S = 5.0
# Above what a careless buffer holds.
LONG = 200_000

Event = dict[str, str]
Cuts = Sequence[int]
Stream = tuple[bytes, Cuts]

# Made inside, of what Node has globally, before any code of the candidate's is loaded.
INSIDE = """
const { Promise, RangeError, ReadableStream, String, Symbol, Uint8Array, setImmediate } = globalThis;
const plain = (event) => ({ type: event.type, data: event.data, lastEventId: event.lastEventId });
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** The bytes from start to end: with a margin, as a view of the middle of a larger buffer. */
function chunk(bytes, start, end, margin) {
  const larger = new Uint8Array(end - start + 2 * margin).fill(0x0a);
  larger.set(bytes.subarray(start, end), margin);
  return larger.subarray(margin, margin + end - start);
}

function fed(bytes, cuts, { margin = 0, error = null }) {
  const ends = [...cuts, bytes.length];
  let at = 0;
  const pull = (controller) => {
    const index = at++;
    if (index < ends.length) controller.enqueue(chunk(bytes, ends[index - 1] ?? 0, ends[index], margin));
    else if (error) controller.error(new RangeError(error));
    else controller.close();
  };
  return new ReadableStream({ pull }, { highWaterMark: 0 });
}

async function read(Source, bytes, cuts, options) {
  const source = new Source(fed(bytes, cuts, options));
  const events = [];
  let thrown = null;
  try {
    for await (const event of source) {
      if (events.push(plain(event)) > 10_000) throw new Error("the events have no end");
      if (options.error) await turn(); // what reads ahead gets to the error first
    }
  } catch (error) {
    thrown = String(error);
  }
  return { events, thrown, lastEventId: source.lastEventId, retry: source.retry };
}

return {
  async reads(Source, streams, options) {
    const all = [];
    for (const [bytes, cuts] of streams) all.push(await read(Source, bytes, cuts, options));
    return all;
  },
  /** A stream that asks outside for each chunk; null is its end. When it is cancelled, the word is told. */
  gated(ask, word) {
    let cancel;
    const cancelled = new Promise((resolve) => { cancel = () => resolve(word); });
    const pull = async (controller) => {
      const bytes = await ask();
      if (bytes === null) controller.close();
      else controller.enqueue(chunk(bytes, 0, bytes.length, 0));
    };
    return { stream: new ReadableStream({ pull, cancel }, { highWaterMark: 0 }), cancelled };
  },
  iterator: (source) => source[Symbol.asyncIterator](),
  async next(iterator) {
    const step = await iterator.next();
    return step.done ? null : plain(step.value);
  },
  async first(source) {
    for await (const event of source) return plain(event);
    return null;
  },
  async close(source) {
    await source.close();
    return null;
  },
};
"""


def data_lines(candidate: Candidate) -> Finding:
    """Join the lines of an event's data with LF."""
    return _events(
        candidate,
        (b"data: one\ndata: two\ndata: three\n\n", [_event("one\ntwo\nthree")]),
        (b"data: a\ndata: b\n\ndata: c\n\n", [_event("a\nb"), _event("c")]),
        (b"data: a\n: between\nid: 1\ndata: b\n\n", [_event("a\nb", id="1")]),
        (b'data: {\ndata: "key": 1\ndata: }\n\n', [_event('{\n"key": 1\n}')]),
        (b"data: top\ndata:\ndata: bottom\n\n", [_event("top\n\nbottom")]),
    )


def empty_data(candidate: Candidate) -> Finding:
    """Give an event whose only data line is empty, with or without a colon."""
    return _events(
        candidate,
        (b"data:\n\n", [_event("")]),
        (b"data\n\n", [_event("")]),
        (b"data: \n\ndata: x\n\n", [_event(""), _event("x")]),
        (b"event: e\nid: 3\ndata\n\n", [_event("", type="e", id="3")]),
    )


def event_type(candidate: Candidate) -> Finding:
    """Take the last type of each event, and `message` where there is none."""
    return _events(
        candidate,
        (b"event: add\ndata: 1\n\ndata: 2\n\n", [_event("1", type="add"), _event("2")]),
        (b"data: 1\nevent: Late-One\n\n", [_event("1", type="Late-One")]),
        (b"event: a\nevent: b\ndata: 1\n\n", [_event("1", type="b")]),
        (b"event: a\nevent:\ndata: 1\n\n", [_event("1")]),
        (b"event\ndata: 1\n\nevent: c\ndata: 2\n\n", [_event("1"), _event("2", type="c")]),
    )


def without_data(candidate: Candidate) -> Finding:
    """Give no event for a block without data, forget its type and keep its id."""
    return _events(
        candidate,
        (b"event: lost\n\ndata: 1\n\n", [_event("1")]),
        (b"\n\n\ndata: 1\n\n\n\ndata: 2\n\n\n", [_event("1"), _event("2")]),
        (b"retry: 5\n\nevent: lost\n\n", []),
        (b"id: 7\n\ndata: 1\n\n", [_event("1", id="7")]),
    )


def last_event_id(candidate: Candidate) -> Finding:
    """Keep an id for the events after it, and tell the last that a blank line has made count."""
    given: tuple[tuple[bytes, list[Event]], ...] = (
        (b"data: 1\n\n", [_event("1")]),
        (b"id: a\ndata: 1\n\ndata: 2\n\n", [_event("1", id="a"), _event("2", id="a")]),
        (b"data: 1\nid: a\n\nid: b\nid: c\ndata: 2\n\n", [_event("1", id="a"), _event("2", id="c")]),
    )
    told = {
        b"data: 1\n\n": "",
        b"id: a\ndata: 1\n\ndata: 2\n\n": "a",
        b"id: a\ndata: 1\n\nid: b\ndata: 2\n\n": "b",
        b"id: a\ndata: 1\n\nid: b\n\n": "b",
        b"id: a\ndata: 1\n\nid: b\ndata: 2\n": "a",
    }
    events = _events(candidate, *given)
    return all_of(_told(candidate, "lastEventId", told)) if events.passed else events


def empty_id(candidate: Candidate) -> Finding:
    """Set the last event ID to nothing where the value is empty."""
    before = b"id: 1\ndata: x\n\n"
    return _events(
        candidate,
        *(
            (before + field + b"\ndata: y\n\n", [_event("x", id="1"), _event("y")])
            for field in (b"id:", b"id", b"id: ")
        ),
    )


def nul_in_id(candidate: Candidate) -> Finding:
    """Ignore an id with U+0000 in it; elsewhere that is a character."""
    before = b"id: 1\ndata: x\n\n"
    first = _event("x", id="1")
    return _events(
        candidate,
        (before + b"id: 2\0\ndata: y\n\n", [first, _event("y", id="1")]),
        (before + b"id: \0\ndata: y\n\n", [first, _event("y", id="1")]),
        (before + b"id: 2\nid: a\0b\ndata: y\n\n", [first, _event("y", id="2")]),
        (b"event: a\0b\ndata: \0y\n\n", [_event("\0y", type="a\0b")]),
    )


def retry(candidate: Candidate) -> Finding:
    """Take the reconnection time from digits alone."""
    no_times = ("", "10s", "-5", "+5", "1.5", "1e3", "0x10", "5 0", " 5", "5 ", "٣", "Infinity", "soon")
    times: dict[bytes, int | None] = {b"data: x\n\n": None}
    times |= {f"retry: {text}\n\n".encode(): time for text, time in (("1500", 1500), ("0", 0), ("007", 7))}
    times |= {f"retry: {text}\n\n".encode(): None for text in no_times}
    times |= {f"retry:700\nretry: {text}\n\n".encode(): 700 for text in no_times}
    times |= {b"retry: 20\n\nretry:3000\ndata: x\n\n": 3000, b"retry: 20\n\nretry\n\n": 20}
    return all_of(_told(candidate, "retry", times))


def comments(candidate: Candidate) -> Finding:
    """Pass over what begins with a colon."""
    return _events(
        candidate,
        (b": hello\n\ndata: 1\n\n", [_event("1")]),
        (b":\ndata: 1\n:data: 2\n: data: 3\n:\n\n", [_event("1")]),
        (b"data: 1\n:id: 4\n:event: e\n::\n\n:\n\n", [_event("1")]),
    )


def other_fields(candidate: Candidate) -> Finding:
    """Pass over fields of other names, which are compared exactly."""
    lines = (b"foo: 1", b"foo", b"metadata: 1", b"dataset: 1", b"Data: 1", b"EVENT: e", b"Id: 1", b"ids: 1")
    spaced = (b" data: 1", b"data : 1", b"\tdata: 1", b"event : e", b"id : 1", b" ")
    return _events(
        candidate,
        *((line + b"\ndata: y\n" + line + b"\n\n", [_event("y")]) for line in lines + spaced),
    )


def one_space(candidate: Candidate) -> Finding:
    """Take one space from the front of a value, and nothing else."""
    values = ("x", "x ", " x", "  x  ", "\tx", "x\t", "\u00a0x\u00a0", ":x", "a: b", "http://a:80/?b: ", " ")
    return _events(
        candidate,
        *((f"data: {value}\n\n".encode(), [_event(value)]) for value in values),
        (b"data:x\n\n", [_event("x")]),
        (b"data::x\n\n", [_event(":x")]),
        (b"event:  e \nid:  7 \ndata: x\n\n", [_event("x", type=" e ", id=" 7 ")]),
    )


def line_ends(candidate: Candidate) -> Finding:
    """End lines at LF, CR and CRLF, however they are mixed, and at nothing else."""
    two = [_event("1", type="a", id="i"), _event("2", type="b", id="j")]
    lines = (b"event: a", b"id: i", b"data: 1", b"", b"event: b", b"id: j", b"data: 2", b"", b"")
    others = "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg"
    return _events(
        candidate,
        *((end.join(lines), two) for end in (b"\n", b"\r", b"\r\n")),
        (b"event: a\rid: i\r\ndata: 1\n\revent: b\r\nid: j\ndata: 2\n\r\n", two),
        (b"event: a\nid: i\rdata: 1\r\n\revent: b\rid: j\ndata: 2\r\r\n", two),
        (f"data: {others}\n\n".encode(), [_event(others)]),
    )


def crlf_in_two_chunks(candidate: Candidate) -> Finding:
    """Take CR at a chunk's end and LF at the start of the next for one line end."""
    data = b"event: a\r\nid: 1\r\ndata: x\r\n\r\nid: 2\r\nevent: b\r\ndata: y\r\n\r\n"
    inside = [at for at in range(1, len(data)) if data[at - 1 : at + 1] == b"\r\n"]
    events = [_event("x", type="a", id="1"), _event("y", type="b", id="2")]
    with_empty = [[at, at] for at in inside]
    return _any_cut(candidate, (data, events, [[], *([at] for at in inside), inside, *with_empty]))


def character_in_two_chunks(candidate: Candidate) -> Finding:
    """Put a character together whose bytes come in several chunks."""
    data = "data: é, €, 日本 and 🎈\n\nevent: größe\ndata: 👩‍🚀\n\n".encode()
    events = [_event("é, €, 日本 and 🎈"), _event("👩‍🚀", type="größe")]
    inside = [at for at in range(1, len(data)) if data[at] & 0xC0 == 0x80]
    return _any_cut(candidate, (data, events, [[], *([at] for at in inside), inside]))


def any_split(candidate: Candidate) -> Finding:
    """Give the same events however the bytes are cut, also those of a very long line."""
    chance = candidate.random()
    blocks = (
        "event: a\nid: 1\ndata: plain\n\n",
        "event: b\r\nid: 2\r\ndata: übër\ufeff€\r\n\r\n",
        "event: c\rid: 3\rdata: 日本🎈\r\r",
        "event: d\r\nid: 4\ndata: a\ufeffb\r\n\r",
        "event: e\nid: 5\rdata: last\n\r\n",
    )
    data = "".join(blocks).encode()
    events = [
        _event("plain", type="a", id="1"),
        _event("übër\ufeff€", type="b", id="2"),
        _event("日本🎈", type="c", id="3"),
        _event("a\ufeffb", type="d", id="4"),
        _event("last", type="e", id="5"),
    ]
    steps = [range(size, len(data), size) for size in (1, 2, 3, 5, 7)]
    singles = [[at] for at in range(1, len(data))]
    shuffled = [_cuts(chance, len(data)) for _ in range(20)]
    made = [_made(chance) for _ in range(5)]
    return _any_cut(
        candidate,
        (data, events, [[], *singles, *steps, *shuffled]),
        ("\ufeffdata: x\n\n".encode(), [_event("x")], [[1], [2], [1, 2], [3]]),
        (*_long(candidate.nonce()), [range(1000, LONG, 16_384)]),
        *((stream, given, [_cuts(chance, len(stream)) for _ in range(8)]) for stream, given in made),
    )


def byte_order_mark(candidate: Candidate) -> Finding:
    """Drop one byte order mark at the very start, and no other."""
    mark = "\ufeff".encode()
    typed = b"event: a\ndata: x\n\n"
    return _events(
        candidate,
        (typed, [_event("x", type="a")]),
        (mark + typed, [_event("x", type="a")]),
        (mark + mark + typed, [_event("x")]),
        (b"data: 1\n\n" + mark + typed, [_event("1"), _event("x")]),
        (b"data: a" + mark + b"b\n\n", [_event("a\ufeffb")]),
    )


def odd_chunks(candidate: Candidate) -> Finding:
    """Take chunks without bytes, views of a larger buffer, and very large ones."""
    data = b"event: a\ndata: x\n\nevent: b\ndata: y\n\n"
    events = [_event("x", type="a"), _event("y", type="b")]
    empty: list[Cuts] = [[0], [0, 0, 12, 12, 12, 25], [18, 18], [len(data), len(data)]]

    whole = _any_cut(candidate, (data, events, empty), (*_long(candidate.nonce()), [[], [LONG // 2]]))
    if not whole.passed:
        return whole
    return _any_cut(candidate, (data, events, [[], [13], [5, 20], [12, 12]]), margin=5)


def bad_bytes(candidate: Candidate) -> Finding:
    """Read malformed bytes as U+FFFD, and go on behind them."""
    malformed = {
        b"a\xffb": "a\ufffdb",
        b"\xc3(": "\ufffd(",
        b"\xe2\x82": "\ufffd",
        b"\xf0\x9f\x8eA": "\ufffdA",
        b"\xc0\xaf\xed\xa0\x80": "\ufffd" * 5,
    }
    return _events(
        candidate,
        *((b"data: " + come + b"\n\n", [_event(given)]) for come, given in malformed.items()),
        (b"\xff: 1\nid: \xff\ndata: x\n\n", [_event("x", id="\ufffd")]),
    )


def cut_off(candidate: Candidate) -> Finding:
    """Give nothing of what the end of the stream cuts off."""
    lost = b"data: lost"
    ends = (b"", lost, lost + b"\n", lost + b"\r\n", lost + b"\r", b"event: e\ndata", b":", b"\xe2")
    return _events(
        candidate,
        (b"", []),
        *((b"data: x\n\n" + end, [_event("x")]) for end in ends),
        *((end, []) for end in ends),
    )


def at_once(candidate: Candidate) -> Finding:
    """Give each event as soon as its blank line is there, while the stream withholds what follows."""
    words = [candidate.nonce() for _ in range(3)]
    gate = _Gate(candidate)

    def found() -> Iterator[Finding]:
        yield gate.next("data: {}\n\ndata: {}\n\ndata: {}".format(*words)).gives(_event(words[0]))
        yield gate.next().gives(_event(words[1]))
        yield gate.next("\n", "\n").gives(_event(words[2]))
        yield gate.next("data: x\r\n\r\n").gives(_event("x"))
        yield gate.next(None).gives(None)

    return all_of(found())


def cr_at_once(candidate: Candidate) -> Finding:
    """Take a line for ended at its CR, whatever follows."""
    word = candidate.nonce()
    gate = _Gate(candidate)

    def found() -> Iterator[Finding]:
        yield gate.next(f"data: {word}\r\r").gives(_event(word))
        yield gate.next("\ndata: y\r", "\n\r").gives(_event("y"))
        yield gate.next("\ndata: z\r\r").gives(_event("z"))
        yield gate.next(None).gives(None)

    return all_of(found())


def error_thrown(candidate: Candidate) -> Finding:
    """Throw the stream's own error, whether it comes first or behind events."""
    word, kit = candidate.nonce(), _kit(candidate)

    def found() -> Iterator[Finding]:
        yield _Gate(candidate, kit).next(Throw("RangeError", word)).raises("RangeError", saying=word)
        gate = _Gate(candidate, kit)
        yield gate.next(f"data: {word}\n\n").gives(_event(word))
        yield gate.next("data: cut", Throw("TypeError", word)).raises("TypeError", saying=word)

    return all_of(found())


def events_before_error(candidate: Candidate) -> Finding:
    """Give all that was complete when the stream failed, and nothing of the rest."""
    data = b"data: 1\n\ndata: 2\n\ndata: 3\n\nid: 4\ndata: 4\n"
    events = [_event("1"), _event("2"), _event("3")]
    streams: list[Stream] = [(data, []), (data, [9]), (data, [20])]
    return all_of(
        Answer(f"the events before an error, of {_shown(stream)}", came["events"]).gives(events)
        for stream, came in zip(streams, _read(candidate, streams, error="broken"), strict=True)
    )


def close(candidate: Candidate) -> Finding:
    """Cancel the stream, and tell the end to who waits for an event."""
    word = candidate.nonce()
    gate = _Gate(candidate)

    def found() -> Iterator[Finding]:
        yield gate.next(f"data: {word}\n\n").gives(_event(word))
        waits = gate.begin()
        if not gate.asked(waits):
            yield fail("nobody reads the stream while an event is waited for")
        yield gate.close()
        yield gate.cancelled()
        yield Answer("the event that was waited for", _soon(waits)).gives(None)
        yield gate.next().gives(None)

    return all_of(found())


def close_drops(candidate: Candidate) -> Finding:
    """Give no event any more after the close, although more were read."""
    gate = _Gate(candidate)
    word = candidate.nonce()

    def found() -> Iterator[Finding]:
        yield gate.next(f"data: {word}\n\ndata: 2\n\ndata: 3\n\n").gives(_event(word))
        yield gate.close()
        yield gate.next().gives(None)
        yield gate.next().gives(None)

    return all_of(found())


def close_any_time(candidate: Candidate) -> Finding:
    """Close before the iteration, twice, after the end and after an error."""
    kit = _kit(candidate)
    early, ended, failed = (_Gate(candidate, kit) for _ in range(3))

    def found() -> Iterator[Finding]:
        yield early.close()
        yield early.cancelled()
        yield early.next().gives(None)
        yield ended.next(None).gives(None)
        failed.next(Throw("TypeError", "broken"))
        for gate in (early, ended, failed):
            yield gate.close()
            yield gate.close()
        # nothing was left behind that ends the process
        yield _Gate(candidate, kit).next("data: x\n\n").gives(_event("x"))

    return all_of(found())


def leaving(candidate: Candidate) -> Finding:
    """Cancel the stream when the loop over the events is left."""
    word = candidate.nonce()
    gate = _Gate(candidate)

    def found() -> Iterator[Finding]:
        left = gate.kit.new("first", gate.source).begin_await()
        yield gate.give(f"data: {word}\n\ndata: 2\n\n", left)
        yield Answer("the loop's first event", _soon(left)).gives(_event(word))
        yield gate.cancelled()

    return all_of(found())


class _Gate:
    """An iteration over a stream whose chunks are given one by one."""

    def __init__(self, candidate: Candidate, kit: Handle | None = None) -> None:
        self._candidate = candidate
        self.kit = kit or _kit(candidate)
        self._word = candidate.nonce()
        self._pull = candidate.callback(name="pull", asynchronous=True)
        self._given = 0
        self._feed = self.kit.new("gated", self._pull, self._word)
        self.source = candidate.new("ServerSentEvents", _held(self._feed.get("stream")))
        self._iterator: Handle | None = None

    def asked(self, waits: Pending) -> bool:
        """Tell whether the stream is asked for one more chunk, while an event is waited for."""
        calls = self._pull.calls
        self._candidate.wait(lambda: len(calls) > self._given or waits.answered, limit_s=SOON_S)
        return len(calls) > self._given

    def give(self, chunk: str | Throw | None, waits: Pending) -> Finding:
        """Give one chunk, an error or the end, when the stream is asked for it."""
        if not self.asked(waits):
            return fail(f"nobody read the stream, which has {chunk!r}")
        self._given += 1
        self._pull.release(chunk.encode() if isinstance(chunk, str) else chunk)
        return ok(f"{chunk!r} was asked for")

    def begin(self) -> Pending:
        """Ask for the next event."""
        if self._iterator is None:
            self._iterator = self.kit.new("iterator", self.source)
        return self.kit.new("next", self._iterator).begin_await()

    def next(self, *chunks: str | Throw | None) -> Answer:
        """Ask for the next event and give these chunks; return what comes, None for the end."""
        pending = self.begin()
        for chunk in chunks:
            given = self.give(chunk, pending)
            if not given.passed:
                raise CandidateFailed(given.evidence)
        came = pending.answer(limit_s=SOON_S)
        after = f"the next event, after {' and '.join(map(repr, chunks)) or 'nothing more'}"
        return Answer(after, raised=came.raised) if came.raised else Answer(after, came.value)

    def close(self) -> Finding:
        """Pass when closing throws nothing."""
        came = self.kit.new("close", self.source).begin_await().answer(limit_s=SOON_S)
        return Answer("close()", raised=came.raised).gives(None)

    def cancelled(self) -> Finding:
        """Pass when the stream was cancelled."""
        came = _held(self._feed.get("cancelled")).begin_await()
        try:
            return Answer("the stream", came.answer(limit_s=SOON_S).value).gives(self._word)
        except CandidateFailed:
            return fail("the stream was not cancelled")


def _kit(candidate: Candidate) -> Handle:
    """Make what feeds and reads inside, before the answer can have changed what it is made of."""
    return candidate.new("globalThis:Function", INSIDE).new()


def _held(answer: Answer) -> Handle:
    if not isinstance(answer.value, Handle):
        raise CandidateFailed("what Node has globally was changed")
    return answer.value


def _event(data: str, *, type: str = "message", id: str = "") -> Event:  # noqa: A002 - as the format calls them
    return {"type": type, "data": data, "lastEventId": id}


def _events(candidate: Candidate, *cases: tuple[bytes, list[Event]]) -> Finding:
    """Pass where each stream, in one chunk, gives these events and ends."""
    return _any_cut(candidate, *((data, events, [[]]) for data, events in cases))


def _any_cut(
    candidate: Candidate, *cases: tuple[bytes, list[Event], Iterable[Cuts]], margin: int = 0
) -> Finding:
    """Pass where each stream gives these events and ends, in each of the ways to cut it."""
    streams, expected = [], []
    for data, events, all_cuts in cases:
        for cuts in all_cuts:
            streams.append((data, cuts))
            expected.append(events)
    all_came = _read(candidate, streams, margin=margin)
    return all_of(map(_judged, streams, all_came, expected))


def _judged(stream: Stream, came: dict[str, Any], events: list[Event]) -> Finding:
    if came["thrown"] is not None:
        return fail(f"reading {_shown(stream)} threw {came['thrown']!r}")
    return Answer(f"the events of {_shown(stream)}", came["events"]).gives(events)


def _told(candidate: Candidate, name: str, expected: Mapping[bytes, str | int | None]) -> Iterator[Finding]:
    """Judge what a property is after each stream, in one chunk."""
    all_came = _read(candidate, [(data, []) for data in expected])
    for (data, value), came in zip(expected.items(), all_came, strict=True):
        yield Answer(f"{name} after {data!r}", came[name]).gives(value)


def _read(candidate: Candidate, streams: Sequence[Stream], **options: Any) -> list[dict[str, Any]]:
    """Return what came of each stream, cut at these places: events, thrown, lastEventId and retry."""
    kit = _kit(candidate)
    source = candidate.get("ServerSentEvents").value
    sent = [(data, list(cuts)) for data, cuts in streams]
    all_came = kit.new("reads", source, sent, options).await_().value
    if not isinstance(all_came, list) or len(all_came) != len(sent):
        raise CandidateFailed("reading the streams gave no events")
    for came in all_came:
        if not isinstance(came, dict) or came.keys() != {"events", "thrown", "lastEventId", "retry"}:
            raise CandidateFailed("reading a stream gave no events")
    return all_came


def _shown(stream: Stream) -> str:
    data, cuts = stream
    places = f" cut at {', '.join(map(str, cuts[:8]))}{' …' if len(cuts) > 8 else ''}" if cuts else ""
    return f"{data[:200]!r}{places}"


def _long(word: str) -> tuple[bytes, list[Event]]:
    """Return a stream with one very long line, and its event."""
    text = "x" * LONG + word
    return f"data: {text}\n\n".encode(), [_event(text)]


def _soon(pending: Pending) -> Any:
    return pending.answer(limit_s=SOON_S).value


def _cuts(chance: Random, length: int) -> list[int]:
    """Return some places to cut at, in order."""
    return sorted(chance.sample(range(1, length), chance.randint(1, 12)))


def _made(chance: Random) -> tuple[bytes, list[Event]]:
    """Return a stream of random texts and line ends, and its events."""
    text, events, before = "", [], ""
    for number in range(6):
        event = _event("".join(chance.choices("aé€日🎈", k=8)), type=f"t{number}", id=f"{number}")
        for line in (f"event: {event['type']}", f"id: {number}", f"data: {event['data']}", ""):
            text += line
            # an LF right after a CR would be part of the same line end
            before = chance.choice(("\r", "\r\n") if not line and before == "\r" else ("\n", "\r", "\r\n"))
            text += before
        events.append(event)
    return text.encode(), events
