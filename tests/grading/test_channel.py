"""What a worker may send and how long it may keep us waiting, over a socket pair without a worker."""

import json
import socket
import threading
from collections.abc import Iterator

import pytest

from codestone.grading.channel import CandidateFailed, Channel


def ignore(_):
    """Take a callback."""


@pytest.fixture
def ends(request: pytest.FixtureRequest) -> Iterator[tuple[Channel, socket.socket]]:
    """A channel, and the other end of it."""
    ours, theirs = socket.socketpair()
    channel = Channel(ours, ignore, limit_s=getattr(request, "param", 60))
    yield channel, theirs
    theirs.close()
    channel.close()


def said(end: socket.socket, message: object) -> None:
    """Send a frame as a worker would."""
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    end.sendall(len(data).to_bytes(4, "big") + data)


def test_an_answer_arrives(ends):
    """The control: a good frame is taken."""
    channel, worker = ends
    number = channel.ask({"do": "call"})
    said(worker, {"answer": number, "gives": 3})
    assert channel.answer(number, limit_s=30, asked="it") == {"answer": number, "gives": 3}


@pytest.mark.parametrize("ends", [0.2], indirect=True)
def test_a_worker_that_does_not_read_holds_nobody_up(ends):
    """A question that fits into no buffer is given up at the limit of the check."""
    channel, _ = ends
    with pytest.raises(CandidateFailed, match="did not take the question"):
        channel.ask({"args": ["x" * (8 << 20)]})


def test_a_question_that_no_buffer_holds_arrives_whole(ends):
    """Where the worker reads, sooner or later, nothing of a large question is lost."""
    channel, worker = ends
    text = "x" * (8 << 20)
    asking = threading.Thread(target=channel.ask, args=({"args": [text]},))
    asking.start()
    with worker.makefile("rb") as stream:
        size = int.from_bytes(stream.read(4), "big")
        assert json.loads(stream.read(size))["args"] == [text]
    asking.join()


@pytest.mark.parametrize(
    "frame",
    [
        b'{"answer":1e999,"gives":3}',
        b'{"answer":1.0,"gives":3}',
        b'{"answer":true,"gives":3}',
        b'{"answer":"1","gives":3}',
        b'{"callback":"x","on":1e999,"operation":"call","args":[],"kwargs":{}}',
        b'{"callback":"x","on":null,"operation":"call","args":[],"kwargs":{}}',
        b"[1]",
        b'"callback"',
        b"null",
        b"5",
    ],
)
def test_numbers_that_are_no_whole_ones_are_outside_the_protocol(ends, frame):
    """Whatever stands where a number belongs, it is the candidate's failure and no crash of ours."""
    channel, worker = ends
    number = channel.ask({"do": "call"})
    said(worker, frame)
    with pytest.raises(CandidateFailed, match="bytes outside the protocol"):
        channel.answer(number, limit_s=30, asked="it")


def test_an_answer_can_be_looked_for_without_waiting(ends):
    """It is there once it has come, until it is taken."""
    channel, worker = ends
    number = channel.ask({"do": "call"})
    assert not channel.answered(number)
    said(worker, {"answer": number, "gives": 3})
    assert channel.wait(lambda: channel.answered(number), 30)
    channel.answer(number, limit_s=30, asked="it")
    assert not channel.answered(number)
