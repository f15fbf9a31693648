"""The fault matrix: what servers do and models say, each through one whole trial into its row of endings."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from codestone.endpoint.chat import Timeouts
from codestone.endpoint.client import Client
from codestone.engine.answered import Trial
from codestone.engine.trial import run_trial
from codestone.store.records import Store
from codestone.task import Task
from codestone.testing import ScriptedEndpoint
from codestone.testing.faults import fault, names
from codestone.testing.records import make_contestant
from codestone.trial import Attempt, Doing, Ending, Retry, TrialKey, TrialRecord, Versions

PATIENT = Timeouts(connect_s=30, first_s=60, silence_s=60, wall_s=120)
SHORT = Timeouts(connect_s=30, first_s=0.5, silence_s=0.5, wall_s=60)
BRIEF = Timeouts(connect_s=30, first_s=30, silence_s=30, wall_s=0.5)
TIMEOUTS = {
    "silent": SHORT,
    "stall-after-headers": SHORT,
    "stall-after-role": SHORT,
    "stall": SHORT,
    "drip": BRIEF,
}
ANSWER = "Here it is.\n\n```python\ndef add(a, b):\n    return a + b\n```\n"
FULL, NOTHING = 4.0, 0.0
E = Ending

SERVERS_DOING = {
    # refusals
    "bad-request": (E.REJECTED, "HTTP 400: "),
    "unauthorised": (E.REJECTED, "Invalid API Key"),
    "forbidden": (E.REJECTED, "HTTP 403: "),
    "no-such-model": (E.REJECTED, "HTTP 404: "),
    "too-large": (E.REJECTED, "HTTP 413: Payload Too Large"),
    "too-many": (E.BUSY, "HTTP 429: Too many requests"),
    "too-many-for-now": (E.BUSY, "HTTP 429 (Retry-After: 30): "),
    "error-500": (E.SERVER_ERROR, "out of memory"),
    "bad-gateway": (E.SERVER_ERROR, "502 Bad Gateway"),
    "gateway-timeout": (E.SERVER_ERROR, "504 Gateway Time-out"),
    "busy": (E.BUSY, "server busy"),
    "loading": (E.LOADING, "Loading model"),
    "loading-for-ever": (E.LOADING, "Loading model"),
    "load-failed-llama-server": (E.LOAD_FAILED, "failed to load"),
    "load-failed-llama-swap": (E.LOAD_FAILED, "HTTP 502: unable to start process: "),
    "load-failed-llama-swap-json": (E.LOAD_FAILED, "upstream command exited prematurely"),
    "load-failed-ollama-memory": (E.LOAD_FAILED, "requires more system memory"),
    "load-failed-ollama-cuda": (E.LOAD_FAILED, "cudaMalloc failed"),
    "load-failed-lm-studio": (E.LOAD_FAILED, "insufficient system resources"),
    "load-failed-omlx": (E.LOAD_FAILED, "exceeds max-model-memory"),
    "load-failed-cuda": (E.LOAD_FAILED, "CUDA error: out of memory"),
    "load-failed-banner": (E.LOAD_FAILED, "health check timed out after 120s"),
    # connections and HTTP
    "closed-at-once": (E.STREAM_BROKEN, "closed the connection"),
    "garbage": (E.SERVER_ERROR, "SSH-2.0"),
    "tls": (E.SERVER_ERROR, "no HTTP"),
    "reset-before-headers": (E.STREAM_BROKEN, "reset by peer"),
    "reset-after-headers": (E.STREAM_BROKEN, "reset by peer"),
    "reset": (E.STREAM_BROKEN, "reset by peer"),
    "cut": (E.STREAM_BROKEN, "closed the connection"),
    "truncated-chunk": (E.STREAM_BROKEN, "closed the connection"),
    "length-too-long": (E.STREAM_BROKEN, "closed the connection"),
    "silent": (E.STALLED, "no text within 0.5 s"),
    "stall-after-headers": (E.STALLED, "no text within 0.5 s"),
    "stall-after-role": (E.STALLED, "no text within 0.5 s"),
    "stall": (E.STALLED, "no byte for 0.5 s"),
    "drip": (E.OUT_OF_TIME, "not finished within 0.5 s"),
    "html": (E.SERVER_ERROR, "a 200 without a reply in it: <!DOCTYPE html>"),
    "empty-body": (E.SERVER_ERROR, "a 200 without a reply in it: empty body"),
    # the stream
    "unfinished": (E.STREAM_BROKEN, "without finish_reason"),
    "error-document": (E.SERVER_ERROR, "slot was lost"),
    "error-first": (E.SERVER_ERROR, "slot was lost"),
    "stream-error": (E.SERVER_ERROR, "slot was lost"),
    "error-memory": (E.SERVER_ERROR, "CUDA error: out of memory"),
    "malformed": (E.STREAM_BROKEN, "text may be missing; 1 of 4 chunks malformed"),
    "all-malformed": (E.STREAM_BROKEN, "3 of 3 chunks malformed"),
    "done-only": (E.STREAM_BROKEN, "[DONE] came without any text"),
    "usage-only": (E.STREAM_BROKEN, "[DONE] came without any text"),
    "finish-error": (E.SERVER_ERROR, "finish_reason=error"),
}
"""Not the model's: an attempt, no score, however much of an answer had come."""

ANSWERED = {
    "length-too-long-but-done": "",
    "reset-after-finish": "after finish_reason",
    "noise": "2 of 5 chunks malformed",
    "no-done": "",
    "early-role": "",
    "usage-in-last-chunk": "",
    "finish-unknown": "",
    "filtered-late": "a content filter ended the reply",
    "loading-text": "the model was loaded during this request",
    "keep-alives": "",
    "document": "not streamed",
    "no-usage": "",
    "usage-without-choices": "",
    "think-tags": "",
    "channel-tags": "",
    "looped-after-answer": "content repeated over 4,",
}
"""An odd way to answer: it is graded, and right is right. The words are in the exchange's detail."""

MODELS_DOING = {
    "context-overflow": (E.CONTEXT_OVERFLOW, "prompt of 9412 tokens, context of 8192 tokens"),
    "overflow-vllm": (E.CONTEXT_OVERFLOW, "maximum context length is 8192 tokens"),
    "overflow-ollama": (E.CONTEXT_OVERFLOW, "exceeds the context length"),
    "overflow-omlx": (E.CONTEXT_OVERFLOW, "exceeds max context window"),
    "overflow-lm-studio": (E.CONTEXT_OVERFLOW, "context length of only 8192 tokens"),
    "length-empty": (E.EMPTY, "finish_reason=length without any text"),
    "filtered": (E.REFUSED, "content_filter"),
    "reasoning-only": (E.EMPTY, "of thinking, none of an answer"),
    "thought-out": (E.THOUGHT_OUT, "of thinking, none of an answer"),
    "cut-off": (E.CUT_OFF, "the reply was cut off"),
    "refused": (E.REFUSED, ""),
    "silence": (E.EMPTY, "finish_reason=stop without any text"),
    "looped": (E.LOOPED, "content repeated over 4,"),
    "looped-thinking": (E.LOOPED, "reasoning repeated over 4,"),
    "tool-call": (E.EMPTY, "1 tool calls, no text"),
    "packed": (E.UNPARSABLE, ""),
    "timings": (E.UNPARSABLE, ""),
    "escapes": (E.UNPARSABLE, ""),
    "huge": (E.LOOPED, "content repeated over 12,"),
}
"""The model's: a record, and no point."""


@dataclass(frozen=True)
class Bench:
    """What every trial of the matrix is run with."""

    server: ScriptedEndpoint
    task: Task
    store: Store

    def trial(self, model: str) -> Trial:
        """Return the trial of one behaviour."""
        contestant = make_contestant(model, model=model, base_url=self.server.base_url, scripted=True)
        key = TrialKey(suite="small", task="add", contestant=contestant.name, driver="single", epoch=1)
        return Trial(
            key=key,
            task=self.task,
            contestant=contestant,
            seed=7,
            versions=Versions(codestone="0", python="3", box="any"),
            timeouts=TIMEOUTS.get(model, PATIENT),
        )

    def run(self, model: str) -> TrialRecord | Attempt:
        """Run it."""
        with Client(self.server.base_url) as client:
            return run_trial(self.trial(model), client, self.store)


@pytest.fixture
def bench(small_task: Task, tmp_path: Path) -> Iterator[Bench]:
    """Every behaviour as a model of its own, and an empty store."""
    plays = {name: fault(name, ANSWER) for name in names()}
    with ScriptedEndpoint(plays) as server, Store.create(tmp_path / "run", {}, {}) as store:
        yield Bench(server, small_task, store)


@pytest.mark.parametrize("name", SERVERS_DOING)
def test_what_the_server_did_is_an_attempt_and_no_score(bench, name):
    """With its ending and evidence; the trial stays pending, and nothing was graded."""
    ending, said = SERVERS_DOING[name]
    outcome = bench.run(name)
    assert isinstance(outcome, Attempt), outcome
    assert (outcome.ending, ending.doing) == (ending, Doing.SERVER), outcome.detail
    assert said in outcome.detail
    assert outcome.detail == outcome.exchanges[0].detail
    assert bench.store.records() == ()
    assert bench.store.attempts() == (outcome,)
    assert outcome.key not in bench.store.finished()


@pytest.mark.parametrize("name", ANSWERED)
def test_an_odd_way_to_answer_costs_no_point(bench, name):
    """What came is the whole answer, whatever came with it."""
    outcome = bench.run(name)
    assert isinstance(outcome, TrialRecord), outcome
    assert outcome.ending is Ending.ANSWERED, outcome
    assert ANSWERED[name] in outcome.exchanges[0].detail
    assert outcome.score.earned == FULL
    assert bench.store.attempts() == ()


@pytest.mark.parametrize("name", MODELS_DOING)
def test_what_the_model_did_is_scored(bench, name):
    """As nothing earned, with the reason beside every check; it is never asked again."""
    ending, said = MODELS_DOING[name]
    outcome = bench.run(name)
    assert isinstance(outcome, TrialRecord), outcome
    assert (outcome.ending, ending.doing, ending.retry) == (ending, Doing.MODEL, Retry.NEVER)
    assert said in outcome.exchanges[0].detail or said in outcome.checks[0].evidence
    assert all(said in check.evidence and check.evidence.startswith("not asked") for check in outcome.checks)
    assert outcome.score.earned == NOTHING
    assert bench.store.records() == (outcome,)


def test_every_behaviour_of_the_scripted_endpoint_has_its_row():
    """None is left out, none stands in two rows, and there are many."""
    rows = [*SERVERS_DOING, *ANSWERED, *MODELS_DOING]
    assert sorted(rows) == sorted(names())
    assert len(rows) >= 40


def test_loading_ends_and_then_it_is_graded(bench):
    """Two attempts, then a record: the engine waits and asks anew."""
    outcomes = [bench.run("loading") for _ in range(3)]
    assert [outcome.ending for outcome in outcomes] == [E.LOADING, E.LOADING, E.ANSWERED]
    assert [len(bench.store.attempts()), len(bench.store.records())] == [2, 1]
    assert outcomes[2].score.earned == FULL


def test_a_refused_connection_is_an_attempt(bench):
    """Nobody listens there: the server was not reached."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with Client(f"http://127.0.0.1:{port}") as client:
        outcome = run_trial(bench.trial("refused-connection"), client, bench.store)
    assert isinstance(outcome, Attempt)
    assert (outcome.ending, outcome.ending.retry) == (Ending.UNREACHABLE, Retry.WAIT)
    assert f"127.0.0.1:{port}" in outcome.detail


def test_https_to_a_plain_port_is_an_attempt(bench):
    """What answers there speaks no TLS."""
    secure = bench.server.base_url.replace("http:", "https:")
    with Client(secure, timeouts=PATIENT) as client:
        outcome = run_trial(bench.trial("tls"), client, bench.store)
    assert isinstance(outcome, Attempt)
    assert outcome.ending is Ending.UNREACHABLE


def test_thinking_that_loops_is_stopped_early(bench):
    """It is not listened to until the budget is spent."""
    outcome = bench.run("looped-thinking")
    assert outcome.files == ()
    assert outcome.exchanges[0].reasoning_characters < 18_000  # of 20,800, by reads of 64 KiB


def test_every_ending_of_an_exchange_is_reached():
    """The rows that no wire can reach are our own, the user's, and those of conversations."""
    reached = {ending for ending, _ in (*SERVERS_DOING.values(), *MODELS_DOING.values())}
    elsewhere = {
        E.GAVE_UP,
        E.BAD_CALLS,
        E.TURNS_SPENT,
        E.TAMPERED,
        E.BOX_FAILED,
        E.GRADER_FAILED,
        E.CANCELLED,
    }
    assert set(Ending) - reached - {E.ANSWERED, E.UNREACHABLE} == elsewhere
