import json
from pathlib import Path

import pytest

from codestone.contestants.lineup import Asked
from codestone.endpoint.discover import inspect
from codestone.engine.start import Request, start
from codestone.engine.stint import Patience
from codestone.errors import EndpointError, NothingMeasured, StoreError, UnknownName, UsageError
from codestone.reports import markdown, terminal
from codestone.store.records import Store
from codestone.testing import ScriptedEndpoint
from codestone.testing.faults import fault
from codestone.testing.profiles import PROFILES, plays
from codestone.trial import Ending


class Quiet:
    """Watches a run and keeps what it was told."""

    def __init__(self):
        self.news, self.outcomes = [], []

    def say(self, text):
        self.news.append(text)

    def expects(self, keys):
        pass

    def begins(self, key, **more):
        return None

    def ends(self, outcome, **more):
        self.outcomes.append(outcome)

    def retries(self, key, **more):
        self.news.append(f"again: {more['ending']}")

    def forecast(self, words):
        self.news.append(words)


def request(server, small_suite: Path, out: Path, *, models=(), **more) -> Request:
    """Ask for the small suite at a server."""
    asked = Asked(endpoint=server.base_url, models=models, **more.pop("asked", {}))
    patience = Patience(away_s=0, loading_s=0)
    return Request(
        what=("small",), asked=asked, folders=(small_suite.parent,), out=out, patience=patience, **more
    )


@pytest.fixture
def server(small_task):
    """Every answer profile, as a model of its own."""
    with ScriptedEndpoint(plays([small_task])) as endpoint:
        yield endpoint


def test_each_profile_earns_what_it_deserves(server, small_suite, tmp_path):
    """Oracle and un-fenced everything; the untouched workspace its baseline; the others nothing."""
    watch = Quiet()
    summary, directory = start(request(server, small_suite, tmp_path / "run", models=("*",)), watch)
    earned = {outcome.contestant.model: outcome.score.earned for outcome in watch.outcomes}
    assert earned == {
        "oracle": 4,
        "slow": 4,
        "unfenced": 4,
        "wrong": 1,
        "tampering": 1,
        "empty": 0,
        "reasoning-only": 0,
        "refusing": 0,
    }
    assert set(earned) == set(PROFILES)
    endings = {outcome.contestant.model: outcome.ending for outcome in watch.outcomes}
    assert endings["empty"] == Ending.EMPTY
    assert endings["refusing"] == Ending.REFUSED
    assert len(summary.standings) == len(PROFILES)
    assert "SCRIPTED" in terminal.render(summary)
    assert "SCRIPTED" in markdown.render(summary)
    assert "SCRIPTED" in (directory / "report.md").read_text()
    assert json.loads((directory / "report.json").read_text())["schema_version"] == 1


def test_a_trial_leaves_reply_transcript_workspace_and_log(server, small_suite, tmp_path):
    """And the record carries marks, usage, digest and versions."""
    _, directory = start(request(server, small_suite, tmp_path / "run", models=("oracle",)), Quiet())
    (folder,) = directory.glob("trials/*/small/add/single-1")
    assert "return a + b" in (folder / "reply.md").read_text()
    assert "return a + b" in (folder / "workspace/adder.py").read_text()
    assert "pass sums" in (folder / "grading.log").read_text()
    assert "-    return a - b\n" in (folder / "changes.diff").read_text()
    assert "[assistant]" in (directory / "report.html").read_text("utf-8")
    sent, received = map(json.loads, (folder / "transcript.jsonl").read_text().splitlines())
    assert "Repair `adder.py`" in sent["sent"]["content"]
    assert received["received"]["arrivals"]
    (record,) = Store.open(directory, read_only=True).records()
    assert record.exchanges[0].speed.ttft_ns > 0
    assert record.exchanges[0].usage.completion_tokens > 0
    assert len(record.task_digest) == 64
    assert record.versions.box.startswith("bubblewrap")
    assert record.contestant.scripted


def test_the_hidden_half_of_a_task_is_never_sent(server, small_suite, tmp_path):
    """No request holds the canary."""
    start(request(server, small_suite, tmp_path / "run", models=("oracle",)), Quiet())
    assert server.requests
    assert not any("5d0c5bd1" in json.dumps(asked.body) for asked in server.requests)


def test_epoch_one_of_every_contestant_comes_before_epoch_two_of_any(server, small_suite, tmp_path):
    """Each epoch has its own seed, the same for all contestants."""
    watch = Quiet()
    asked = request(server, small_suite, tmp_path / "run", models=("oracle", "wrong"), epochs=2)
    start(asked, watch)
    order = [(outcome.key.epoch, outcome.contestant.model) for outcome in watch.outcomes]
    assert order == [(1, "oracle"), (1, "wrong"), (2, "oracle"), (2, "wrong")]
    first, second, third, _ = [outcome.seed for outcome in watch.outcomes]
    assert first == second != third
    assert not any("seed" in asked.body for asked in server.requests)  # the server's own sampling holds


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("reset", Ending.STREAM_BROKEN),
        ("stream-error", Ending.SERVER_ERROR),
        ("unfinished", Ending.STREAM_BROKEN),
        ("error-500", Ending.SERVER_ERROR),
    ],
)
def test_what_the_server_did_is_an_attempt_and_no_score(small_suite, tmp_path, name, ending):
    """A run with nothing else ends with exit code 7, its evidence kept, the trial pending."""
    with ScriptedEndpoint(fault(name)) as server:
        model = inspect(server.base_url).models[0].id
        with pytest.raises(NothingMeasured) as caught:
            start(request(server, small_suite, tmp_path / "run", models=(model,)), Quiet())
    assert caught.value.exit_code == 7
    store = Store.open(tmp_path / "run", read_only=True)
    assert not store.records()
    assert [attempt.ending for attempt in store.attempts()] == [ending] * 2  # once more, alone
    assert (tmp_path / "run/report.md").exists()


def test_resume_asks_only_what_has_no_record(server, small_suite, tmp_path):
    """The first run's record stays as it is."""
    out = tmp_path / "run"
    start(request(server, small_suite, out, models=("oracle",), epochs=2), Quiet())
    records = out / "records.jsonl"
    first, _ = records.read_text().splitlines(keepends=True)
    records.write_text(first)
    watch = Quiet()
    again = Request(what=("small",), folders=(small_suite.parent,), resume=out)
    start(again, watch)
    assert [outcome.key.epoch for outcome in watch.outcomes] == [2]
    assert records.read_text().startswith(first)


def test_resume_refuses_a_task_that_was_edited(server, small_suite, tmp_path):
    """Old and new records would not be comparable."""
    out = tmp_path / "run"
    start(request(server, small_suite, out, models=("oracle",)), Quiet())
    (small_suite / "add/instruction.md").write_text("Something else.\n")
    with pytest.raises(UsageError, match=r"edited since.*small/add"):
        start(Request(what=("small",), folders=(small_suite.parent,), resume=out), Quiet())


def test_a_run_directory_is_never_overwritten(server, small_suite, tmp_path):
    """A second run needs another directory."""
    start(request(server, small_suite, tmp_path / "run", models=("oracle",)), Quiet())
    with pytest.raises(StoreError, match="not empty"):
        start(request(server, small_suite, tmp_path / "run", models=("oracle",)), Quiet())


def test_names_that_are_not_there_fail_before_anything_is_asked(server, small_suite, tmp_path):
    """With the nearest names."""
    with pytest.raises(UnknownName, match="orakel") as caught:
        start(request(server, small_suite, tmp_path / "run", models=("orakel",)), Quiet())
    assert "oracle" in caught.value.hint
    with pytest.raises(UnknownName, match="singel"):
        start(request(server, small_suite, tmp_path / "run", drivers=("singel",)), Quiet())
    with pytest.raises(UsageError, match="serves 8 models"):
        start(request(server, small_suite, tmp_path / "run"), Quiet())
    assert not (tmp_path / "run").exists()


def test_an_endpoint_that_is_down_is_named_with_what_was_tried(small_suite, tmp_path):
    """An explicit endpoint is never replaced by another."""
    asked = Request(
        what=("small",),
        asked=Asked(endpoint="http://127.0.0.1:9"),
        folders=(small_suite.parent,),
        out=tmp_path / "run",
    )
    with pytest.raises(EndpointError, match=r"127\.0\.0\.1:9"):
        start(asked, Quiet())


@pytest.mark.parametrize(("name", "ending"), [("huge", Ending.LOOPED), ("escapes", Ending.UNPARSABLE)])
def test_a_monstrous_reply_is_contained_and_shown_escaped(small_suite, tmp_path, name, ending):
    """50 MB, NUL bytes, terminal escapes: the model's doing, measured, and no report acts on it."""
    with ScriptedEndpoint(fault(name)) as server:
        model = inspect(server.base_url).models[0].id
        watch = Quiet()
        summary, directory = start(request(server, small_suite, tmp_path / "run", models=(model,)), watch)
    assert [outcome.ending for outcome in watch.outcomes] == [ending]
    for text in (
        terminal.render(summary),
        *((directory / f"report.{end}").read_text() for end in ("md", "json")),
    ):
        assert not {c for c in text if not c.isprintable()} - {"\n"}
    assert sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()) < 80 << 20
