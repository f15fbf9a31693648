"""What the shell's worker tells is taken in one shape only: a candidate may have reached into its memory."""

import json
import socket
import threading
from collections.abc import Callable

import pytest

from codestone.grading.channel import CandidateFailed, Channel
from codestone.grading.shell import Entry, Ran, Shell

ASK: dict[str, Callable[[Shell], object]] = {
    "run": lambda shell: shell.start(["true"], stdin=b"", env={}, limit_s=30).ended(),
    "put": lambda shell: shell.put("a", b"", mode=None, limit_s=30),
    "read": lambda shell: shell.read("a", limit_s=30),
    "listing": lambda shell: shell.listing(limit_s=30),
}


def told(verb: str, reply: object) -> object:
    """Ask a shell that gives this reply."""
    ours, theirs = socket.socketpair()

    def answer() -> None:
        with theirs.makefile("rb") as stream:
            stream.read(int.from_bytes(stream.read(4), "big"))
            data = json.dumps({"answer": 1, "gives": reply}).encode()
            theirs.sendall(len(data).to_bytes(4, "big") + data)

    threading.Thread(target=answer, daemon=True).start()
    channel = Channel(ours, lambda _: None, limit_s=60)
    try:
        return ASK[verb](Shell(channel))
    finally:
        theirs.close()
        channel.close()


def test_good_replies():
    """The control: what the worker really tells is taken."""
    ran = {"tuple": [None, {"bytes": "YQ=="}, {"bytes": ""}]}
    assert told("run", ran) == Ran(None, b"a", b"")
    assert told("put", None) is None
    assert told("read", {"bytes": "YQ=="}) == b"a"
    entry = {"tuple": ["link", 511, 1, {"bytes": "/w=="}]}
    assert told("listing", {"dict": [[{"bytes": "YQ=="}, entry]]}) == {"a": Entry("link", 511, 1, "\udcff")}


@pytest.mark.parametrize("verb", ASK)
@pytest.mark.parametrize(
    "reply",
    [
        3,
        {"tuple": [0, "text", {"bytes": ""}]},
        {"tuple": []},
        [None],
        {"handle": 1, "type": "x"},
        {"ours": 1},
        {"dict": [["a", {"tuple": ["file", 1]}]]},
        {"dict": [[5, {"tuple": ["file", 1, 1, None]}]]},
        {"dict": [["a", 5]]},
    ],
    ids=json.dumps,
)
def test_replies_of_another_shape(verb, reply):
    """Anything else is the candidate's failure, and no crash of ours."""
    with pytest.raises(CandidateFailed, match="bytes outside the protocol"):
        told(verb, reply)
