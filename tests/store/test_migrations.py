import shutil
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from codestone.engine.plan import Plan
from codestone.engine.report import read
from codestone.errors import StoreError
from codestone.store.migrations import UPGRADES, upgraded, upgraded_plan
from codestone.store.records import Store
from codestone.testing import ScriptedEndpoint
from codestone.testing.profiles import plays
from codestone.testing.records import make_record
from codestone.trial import RECORD_VERSION, Ending, Sampling, TrialRecord

FIRST = Path(__file__).parent / "version-1" / "run"
"""A run directory as the first version wrote it: three finished trials and one that the server cut."""


@pytest.fixture
def first(tmp_path):
    """Return a copy of a run of version 1, to write into."""
    return Path(shutil.copytree(FIRST, tmp_path / "run"))


def test_todays_line_is_left_as_it_is():
    """It needs no step."""
    line = {"schema_version": RECORD_VERSION, "a": 2}
    assert upgraded(line) == line


def test_a_run_of_version_1_is_read_as_if_it_were_todays(first):
    """Records, attempts and plan; to every contestant the seed was sent, and it says so."""
    store = Store.open(first, read_only=True)
    assert b'"schema_version":1' in (first / "records.jsonl").read_bytes()
    assert [record.contestant.model for record in store.records()] == ["oracle", "wrong", "empty"]
    assert [record.score.earned for record in store.records()] == [4, 1, 0]
    assert [attempt.ending for attempt in store.attempts()] == [Ending.STREAM_BROKEN]
    plan = store.plan_as(Plan)
    contestants = [one.contestant for one in (*store.records(), *store.attempts())]
    assert tuple(contestants) == plan.contestants
    assert all(one.sampling == Sampling(mode="server", seeded=True) for one in contestants)
    assert {name: fact.value for name, fact in contestants[0].facts.items()} == {
        "owned_by": "codestone-scripted",
        "context_served": 32768,
        "script": "oracle",
    }
    summary = read(first)
    assert (summary.run.measured, summary.run.planned, summary.run.generation) == (3, 4, 0)
    assert [row.points for row in summary.standings][:2] == [4, 1]


def test_a_run_of_version_1_goes_on_as_version_2(first):
    """What was cut is pending; its record comes behind the old ones, which stay to the byte."""
    old = (first / "records.jsonl").read_bytes()
    with Store.open(first) as store:
        (key,) = {attempt.key for attempt in store.attempts()} - store.finished()
        assert key.contestant.startswith("reset-")
        assert store.next_attempt(key) == 2
        contestant = next(one for one in store.plan_as(Plan).contestants if one.name == key.contestant)
        record = make_record(key=key, contestant=contestant)
        store.append(record)
    assert (first / "records.jsonl").read_bytes().startswith(old)
    assert Store.open(first, read_only=True).records()[-1] == record


def test_a_run_of_version_1_is_resumed_by_the_command_line(first, small_suite, small_task):
    """Its contestants are known again, and only what the server had cut is asked."""
    old = (first / "records.jsonl").read_bytes()
    served = plays([small_task], ("oracle", "wrong", "empty"))
    with ScriptedEndpoint({**served, "reset": served["oracle"]}) as server:
        ran = subprocess.run(
            [sys.executable, "-m", "codestone", "run", "--resume", str(first), "--tasks",
             str(small_suite.parent), "--endpoint", server.base_url],
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    data = (first / "records.jsonl").read_bytes()
    assert data.startswith(old)
    (line,) = data.removeprefix(old).splitlines()
    record = TrialRecord.model_validate(orjson.loads(line))
    assert (record.contestant.model, record.score.earned, record.contestant.sampling.seeded) == (
        "reset",
        4,
        True,
    )


def test_a_record_that_was_upgraded_is_written_as_todays(first):
    """A regrading of old records is a file of today's version."""
    with Store.open(first) as store:
        again = [one.model_copy(update={"generation": 1}) for one in store.records()]
        path = store.regrade(again, written="2026-01-02T00:00:00Z")
    for line in path.read_bytes().splitlines()[1:]:
        assert TrialRecord.model_validate(orjson.loads(line)).schema_version == RECORD_VERSION


def test_facts_of_version_1_have_todays_names():
    """A resumed run compares them with what the server tells now; a folder of the machine is not kept."""
    told = {
        "n_ctx_train": 40960,
        "model_path": "/home/me/models/tiny.gguf",
        "ftype": "Q8_0",
        "owned_by": "llamacpp",
        "template": "",
    }
    facts = {name: {"value": value, "source": "server"} for name, value in told.items()}
    line = upgraded({"schema_version": 1, "contestant": {"facts": facts}}, newest=2)
    assert {name: fact["value"] for name, fact in line["contestant"]["facts"].items()} == {
        "context_trained": 40960,
        "file": "tiny.gguf",
        "quant": "Q8_0",
        "owned_by": "llamacpp",
    }


def test_a_plan_of_today_is_left_as_it_is():
    """Its contestants tell of their sampling; what is no plan is not touched either."""
    for value in ({"contestants": [{"sampling": {"mode": "fixed"}}]}, {"contestants": 3}, [], None):
        assert upgraded_plan(value) == value
    assert upgraded_plan({"contestants": ["x"]}) == {"contestants": ["x"]}


def test_every_version_before_today_has_its_step():
    """No released record becomes unreadable."""
    assert set(UPGRADES) == set(range(1, RECORD_VERSION))


def test_old_lines_go_through_every_step_in_order():
    """Each function sees the version that it was written for."""
    steps = {1: lambda line: {**line, "seen": [1]}, 2: lambda line: {**line, "seen": [*line["seen"], 2]}}
    line = upgraded({"schema_version": 1}, upgrades=steps, newest=3)
    assert line == {"schema_version": 3, "seen": [1, 2]}


def test_a_newer_version_is_refused_with_the_remedy():
    """An old Codestone does not guess at a new record."""
    with pytest.raises(StoreError, match="newer") as caught:
        upgraded({"schema_version": RECORD_VERSION + 1})
    assert "Update Codestone" in caught.value.hint


def test_a_line_of_version_1_without_a_contestant_is_named_and_no_crash(first):
    """Damage in an old file is damage of a file."""
    path = first / "records.jsonl"
    path.write_bytes(b'{"schema_version":1}\n' + path.read_bytes())
    with pytest.raises(StoreError, match=r"records\.jsonl:1: ") as caught:
        Store.open(first)
    assert "delete this line and --resume" in caught.value.hint


@pytest.mark.parametrize(
    "value", [{}, {"schema_version": "1"}, {"schema_version": True}, {"schema_version": 0}, [], 3]
)
def test_what_is_no_record_is_refused(value):
    """A line without a version is none of ours."""
    with pytest.raises(StoreError):
        upgraded(value)
