"""What a worker sends of a watched call is judged, or is the candidate's failure."""

import json
import socket
import threading

import pytest

from codestone.grading import Candidate, CandidateFailed, Watched, watched
from codestone.grading.channel import Channel


def told(gives: object) -> Watched:
    """Watch a call where the worker answers this."""
    ours, theirs = socket.socketpair()
    candidate = Candidate(lambda take: Channel(ours, take, limit_s=60), source={}, seed=1, limit_s=60)
    data = json.dumps({"answer": 1, "gives": gives}).encode()

    def answer() -> None:
        theirs.recv(1 << 16)
        theirs.sendall(len(data).to_bytes(4, "big") + data)

    worker = threading.Thread(target=answer)
    worker.start()
    try:
        return watched(candidate, "f", [2], key=1)
    finally:
        worker.join()
        candidate.close()
        theirs.close()


def test_the_answer_and_what_was_counted():
    """The value comes as any other answer, with the question as a reader would write it."""
    came = told({"tuple": [7, None, 20, [{"tuple": ["sorted", 100, 2]}], ["os.fork"]]})
    assert (came.answer.asked, came.answer.value) == ("f([2], key=1)", 7)
    assert (came.steps, came.calls, came.meddling) == (20, {("sorted", 100): 2}, ("os.fork",))


def test_an_exception_is_an_answer():
    """It can be asked for by its kind."""
    raised = {"tuple": [["builtins.KeyError", "builtins.LookupError"], "'no'"]}
    assert told({"tuple": [None, raised, 3, [], []]}).answer.raises("LookupError", saying="no").passed


@pytest.mark.parametrize(
    "gives",
    [
        7,
        {"tuple": []},
        {"tuple": [7, None, "many", [], []]},
        {"tuple": [7, None, 20, [["sorted", 100]], []]},
        {"tuple": [7, None, 20, ["sorted"], []]},
        {"tuple": [7, None, 20, [], [1]]},
        {"tuple": [7, "KeyError", 20, [], []]},
        {"tuple": [7, {"tuple": [[1], "no"]}, 20, [], []]},
    ],
)
def test_what_is_no_count_is_the_candidates_failure(gives: object):
    """Nothing that was sent can break a check."""
    with pytest.raises(CandidateFailed, match=r"f\(\[2\], key=1\): bytes outside the protocol"):
        told(gives)
