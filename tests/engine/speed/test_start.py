"""Speed trials as a user asks for them: alone, and after a suite."""

import os
import signal
import sys
from itertools import count

import pytest

from codestone.contestants.lineup import Asked
from codestone.engine.report import read
from codestone.engine.start import Request, start
from codestone.engine.stint import Patience
from codestone.errors import NothingMeasured, UsageError
from codestone.process import PIPE
from codestone.process import start as start_process
from codestone.reports import markdown, terminal
from codestone.speed_record import SpeedRecord
from codestone.store.records import Store
from codestone.testing import ScriptedEndpoint
from codestone.testing.faults import fault
from codestone.testing.profiles import play as profile
from codestone.testing.rated import Rated, Rates
from codestone.trial import Attempt

QUICK = Rates(prompt_per_s=400_000, output_per_s=40_000)


class Heard:
    """Watches a run and keeps the outcomes."""

    def __init__(self):
        self.outcomes = []

    def expects(self, keys):
        pass

    def begins(self, key, **more):
        return None

    def ends(self, outcome, **more):
        self.outcomes.append(outcome)

    def retries(self, key, **more):
        pass

    def forecast(self, words):
        pass

    def say(self, text):
        pass


def request(server, out, *what, **more):
    """Ask for that at a server."""
    patience = Patience(away_s=0, loading_s=0)
    return Request(what=what, asked=Asked(endpoint=server.base_url), out=out, patience=patience, **more)


def test_speed_alone_needs_neither_tasks_nor_a_box(tmp_path, monkeypatch):
    """The reports have its figures and no ranking."""
    monkeypatch.setattr("codestone.sandbox.backend", None)
    watch = Heard()
    with ScriptedEndpoint({"m": Rated(QUICK)}) as server:
        summary, directory = start(request(server, tmp_path / "run", "speed"), watch)
    assert {type(outcome) for outcome in watch.outcomes} == {SpeedRecord}
    assert (summary.run.measured, summary.run.planned, summary.standings) == (12, 12, ())
    for text in (terminal.render(summary), markdown.render(summary), (directory / "report.md").read_text()):
        assert "Speed trials" in text
        assert "conversation-code 3" in text
        assert "Ranking" not in text
        assert "No trial has been measured" not in text
    assert read(directory) == summary


def test_quality_comes_first_then_speed(small_task, small_suite, tmp_path):
    """All trials of the suite are graded and written before the first speed trial is asked."""
    oracle, rated = profile("oracle", [small_task]), Rated(QUICK)
    graded = []

    def either(asked):
        if small_task.instruction.strip() in asked.user_text:
            return oracle(asked)
        graded.append(len(list((tmp_path / "run").glob("trials/*/small/add/single-*/grading.log"))))
        return rated(asked)

    watch = Heard()
    with ScriptedEndpoint({"m": either}) as server:
        wanted = request(server, tmp_path / "run", "small", "speed", folders=(small_suite.parent,), epochs=2)
        summary, _ = start(wanted, watch)
    assert set(graded) == {2}
    assert [isinstance(outcome, SpeedRecord) for outcome in watch.outcomes] == [False] * 2 + [True] * 12
    assert summary.standings[0].points == 4
    assert (summary.run.measured, summary.run.planned, summary.run.epochs) == (14, 14, 2)
    assert summary.speed_trials[0].n == 12


def test_more_passes_are_more_timed_runs_and_never_fewer_than_three(tmp_path):
    """As -n says; the plan keeps it."""
    with ScriptedEndpoint({"m": Rated(QUICK)}) as server:
        summary, directory = start(request(server, tmp_path / "run", "speed", epochs=4), Heard())
    assert summary.speed_trials[0].planned == 16
    with Store.open(directory, read_only=True) as store:
        assert store.plan["speed"]["epochs"] == 4


def test_kill_9_loses_the_trial_in_flight_and_resume_measures_the_rest(tmp_path):
    """Nothing is lost that was finished, nothing is there twice."""
    play, asked, child = Rated(QUICK), count(), []

    def deadly(question):
        if next(asked) == 13:
            os.kill(child[0].pid, signal.SIGKILL)
        return play(question)

    with ScriptedEndpoint({"m": deadly}) as server:
        argv = [sys.executable, "-P", "-m", "codestone", "run", "speed", "--endpoint", server.base_url]
        with start_process([*argv, "--out", str(tmp_path / "run")], stdout=PIPE, stderr=PIPE) as killed:
            child.append(killed)
            assert killed.wait(120) == -signal.SIGKILL
        with Store.open(tmp_path / "run", read_only=True) as store:
            before = store.speed_records()
        assert 0 < len(before) < 12
        wanted = Request(asked=Asked(endpoint=server.base_url), resume=tmp_path / "run")
        summary, directory = start(wanted, Heard())
    with Store.open(directory, read_only=True) as store:
        assert store.speed_records()[: len(before)] == before
        assert len(store.finished_speed()) == len(store.speed_records()) == 12
    assert summary.speed_trials[0].n == 12


def test_prompts_that_have_changed_since_are_another_run(tmp_path, monkeypatch):
    """Figures of two versions of the prompts do not mix."""
    with ScriptedEndpoint({"m": Rated(QUICK)}) as server:
        start(request(server, tmp_path / "run", "speed"), Heard())
        monkeypatch.setattr("codestone.engine.speed.trials.digest", lambda: "another")
        with pytest.raises(UsageError, match="speed trials are not those of the plan"):
            start(Request(asked=Asked(endpoint=server.base_url), resume=tmp_path / "run"), Heard())


def test_nothing_timed_is_nothing_measured(tmp_path):
    """With the server's words; what failed is kept."""
    with (
        ScriptedEndpoint({"m": fault("error-500")}) as server,
        pytest.raises(NothingMeasured, match="warm-up: "),
    ):
        start(request(server, tmp_path / "run", "speed"), Heard())
    with Store.open(tmp_path / "run", read_only=True) as store:
        assert {type(attempt) for attempt in store.attempts()} == {Attempt}
        assert len(store.attempts()) == 12


def test_a_suite_cannot_take_the_name(small_suite, tmp_path):
    """`speed` always means the same."""
    taken = small_suite.rename(small_suite.with_name("speed"))
    with (
        ScriptedEndpoint({"m": Rated(QUICK)}) as server,
        pytest.raises(UsageError, match="cannot be called speed"),
    ):
        start(request(server, tmp_path / "run", str(taken)), Heard())
    assert not (tmp_path / "run").exists()
