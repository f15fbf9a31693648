import csv
import json
from io import StringIO

import pytest
from click.testing import CliRunner

from codestone.cli.report import command
from codestone.engine.plan import Plan
from codestone.stats.planned import PlannedTask
from codestone.store.records import Store
from codestone.testing.records import TASK_DIGEST, make_contestant, make_record


@pytest.fixture
def run(tmp_path):
    """Return the directory of a run of one trial, with what it left."""
    record = make_record(earned=65)
    task = PlannedTask(
        suite="examples", task="add-numbers", title="Add two numbers", possible=100, digest=TASK_DIGEST
    )
    plan = Plan(title="quick", tasks=(task,), contestants=(make_contestant(),))
    with Store.create(tmp_path / "run", plan, {}) as store:
        store.write_artifact(record.key, "reply.md", b"I <b>think</b> so.")
        store.append(record)
    return tmp_path / "run"


def report(*words):
    """Return the exit code and what was printed."""
    ended = CliRunner().invoke(command, [str(word) for word in words], catch_exceptions=False)
    return ended.exit_code, ended.stdout


def test_every_file_that_is_asked_for_is_written(run, tmp_path):
    """Nothing is printed then; the page holds what the trial left, as text."""
    files = {name: tmp_path / f"report.{name}" for name in ("html", "md", "csv", "json")}
    assert report(run, *(word for name, file in files.items() for word in (f"--{name}", file))) == (0, "")
    assert "I &lt;b&gt;think&lt;/b&gt; so." in files["html"].read_text("utf-8")
    assert "| 65/100 |" in files["md"].read_text("utf-8")
    assert [row["mean"] for row in csv.DictReader(StringIO(files["csv"].read_text("utf-8")))] == ["65.0"]
    assert json.loads(files["json"].read_text("utf-8"))["run"]["measured"] == 1


def test_a_hyphen_is_standard_output(run):
    """So that a report can be piped."""
    code, text = report(run, "--html", "-")
    assert code == 0
    assert "<!doctype html>" in text


def test_the_block_for_a_forum_is_printed(run):
    """Twelve lines at most, the fence among them, and nothing else."""
    code, text = report(run, "--block")
    assert code == 0
    assert text.startswith("```\n")
    assert text.endswith("```\n")
    assert text.count("\n") <= 12


def test_a_page_without_the_trials_files_is_drawn_all_the_same(run):
    """Records are enough; what lay in the run directory may be gone."""
    (run / "trials/tiny-1b-q8-1a2b3c4d/examples/add-numbers/single-1/reply.md").unlink()
    code, text = report(run, "--html", "-")
    assert code == 0
    assert "add(-1, -1) gave 0, expected -2" in text
