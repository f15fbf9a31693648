"""Whatever a worker sends is judged, or is the candidate's failure, and never a crash of ours."""

import contextlib
import json
import socket

from hypothesis import example, given, settings
from hypothesis import strategies as st

from codestone.grading import Candidate, CandidateFailed, Finding, Throw, fail
from codestone.grading.channel import Channel
from codestone.grading.findings import printable

KEYS = st.sampled_from(
    ["int", "float", "bytes", "tuple", "set", "frozenset", "dict", "handle", "type", "ours", "undefined", "x"]
)
WORDS = (
    st.sampled_from(["0x1f", "-0x1", "1.5", "nan", "1e999", "YQ==", "a\nb", "\ud800", "call", "lt"])
    | st.text()
)
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.integers()
    | st.sampled_from([float("inf"), float("-inf"), float("nan"), 1.0])
    | WORDS
    | st.just("0x" + "f" * 4000)
    | st.just([[]] * 100)
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, min_size=1, max_size=2),
    max_leaves=8,
)
RAISED = st.fixed_dictionaries(
    {}, optional={"type": VALUES | st.lists(WORDS), "message": VALUES, "line": VALUES}
)
ANSWERS = st.fixed_dictionaries(
    {"answer": st.just(1) | VALUES},
    optional={"gives": VALUES, "raises": RAISED | VALUES, "unsayable": VALUES},
)
CALLBACKS = st.fixed_dictionaries(
    {
        "callback": WORDS | VALUES,
        "on": st.integers(0, 4) | VALUES,
        "operation": st.sampled_from(["call", "lt", "eq"]) | VALUES,
        "args": st.lists(VALUES | st.just({"ours": 1}), max_size=2) | VALUES,
        "kwargs": st.dictionaries(st.text(), VALUES, max_size=2) | VALUES,
    }
)


INFINITE, LONG = float("inf"), {"int": "0x" + "f" * 5000}
DEEP = json.loads("[" * 100 + "]" * 100)


def call(on, *args):
    """Return a callback's frame."""
    return {"callback": "a", "on": on, "operation": "call", "args": list(args), "kwargs": {}}


def refuses():
    """Be called by the candidate, and throw."""
    raise Throw("KeyError", "nothing")


def judged(messages: list[object]) -> Finding:
    """Ask a worker that sends these frames, whatever it is asked, and ends."""
    ours, theirs = socket.socketpair()
    candidate = Candidate(lambda take: Channel(ours, take, limit_s=60), source={}, seed=1, limit_s=60)
    try:
        callbacks = candidate.callback(lambda: 1), candidate.callback(refuses), candidate.callback()
        asked = candidate.begin("it", *candidate.elements([1]), *callbacks)
        for message in messages:
            data = json.dumps(message).encode()
            theirs.sendall(len(data).to_bytes(4, "big") + data)
        theirs.shutdown(socket.SHUT_WR)
        answer = asked.answer()
        with contextlib.suppress(CandidateFailed):
            assert printable(str(answer.value))
        assert not answer.raises("KeyError").passed or answer.raised
        return answer.gives(3)
    finally:
        theirs.close()
        candidate.close()


@settings(max_examples=300)
@given(callbacks=st.lists(CALLBACKS, max_size=2), answer=ANSWERS | VALUES)
@example(callbacks=[], answer={"answer": INFINITE})
@example(callbacks=[call(INFINITE)], answer={"answer": 1, "gives": 3})
@example(callbacks=[call(2, 1)], answer={"answer": 1, "gives": 3})
@example(callbacks=[call(2, LONG)], answer={"answer": 1, "gives": 3})
@example(callbacks=[], answer={"answer": 1, "gives": LONG})
@example(callbacks=[], answer={"answer": 1, "gives": {"a": 1, "b": DEEP}})
@example(callbacks=[], answer={"answer": 1, "gives": {"handle": 1, "type": "a\nb"}})
@example(callbacks=[], answer={"answer": 1, "unsayable": "a\nb"})
@example(callbacks=[], answer={"answer": 1, "raises": {"type": ["a\nb"], "message": "", "line": "c\nd"}})
@example(callbacks=[], answer={"answer": 1, "raises": {"type": [DEEP], "message": "", "line": None}})
def test_no_frame_breaks_the_grader(callbacks, answer):
    """Evidence is one line that a terminal shows as it is."""
    try:
        finding = judged([*callbacks, answer])
    except CandidateFailed as failed:
        finding = fail(str(failed))
    assert finding.evidence.isprintable()
    assert not finding.passed or answer["gives"] == 3


def test_a_good_frame_passes():
    """The control: one that answers is believed."""
    assert judged([call(2), {"answer": 1, "gives": 3}]).passed
