import re
import signal
import subprocess
import sys

import pytest

from codestone.store.records import Store
from codestone.testing import ScriptedEndpoint
from codestone.testing.profiles import plays


def codestone(*args, cwd=None) -> subprocess.CompletedProcess:
    """Run the command as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "codestone", *map(str, args)],
        capture_output=True, text=True, cwd=cwd, timeout=600, check=False,
    )  # fmt: skip


@pytest.fixture
def run(small_suite, small_task, tmp_path):
    """Return a run of three contestants: right, wrong, empty."""
    models = ("oracle", "wrong", "empty")
    with ScriptedEndpoint(plays([small_task], models)) as server:
        ran = codestone(
            "run", "small", "--tasks", small_suite.parent, "--endpoint", server.base_url, "--out",
            tmp_path / "run", *(f"--model={name}" for name in models),
        )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return tmp_path / "run"


def stricter(small_suite):
    """Let the sum's check pass for a wrong answer, and make the other one fail for all."""
    checks = small_suite / "add" / "tests" / "checks.py"
    text = checks.read_text().replace("gives(a + b)", "gives(a - b)").replace("gives(5)", "gives(6)")
    checks.write_text(text)


def test_what_changed_is_said_trial_by_trial_and_in_a_summary(run, small_suite):
    """Progress on stderr, totals on stdout; the report says that it was regraded."""
    stricter(small_suite)
    ran = codestone("regrade", run, "--tasks", small_suite.parent)
    assert ran.returncode == 0, ran.stderr
    lines = ran.stderr.splitlines()
    assert [line.split()[0] for line in lines] == ["[1/3]", "[2/3]", "[3/3]"]
    assert lines[0].endswith("2/2 -> 0/2, 4/4 -> 0/4 points, sums fails now, zero fails now")
    assert lines[1].endswith("1/2 -> 1/2, 1/4 -> 3/4 points, sums passes now, zero fails now")
    assert lines[2].endswith("0/2, as before")
    assert "3 trials: 1 as before, 1 gained, 1 lost" in ran.stdout
    assert f"new verdicts: {run / 'regrades' / '1.jsonl'}" in ran.stdout
    for text in (codestone("report", run).stdout, (run / "report.md").read_text()):
        assert re.search(r"regraded 1 time, last on 20\S+ \(3 of 3 trials\)", text)


def test_a_dry_run_says_the_same_and_writes_nothing(run, small_suite):
    """Not even a report."""
    stricter(small_suite)
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    ran = codestone("regrade", run, "--tasks", small_suite.parent, "--dry-run")
    assert ran.returncode == 0
    assert "1 gained, 1 lost" in ran.stdout
    assert "nothing was written" in ran.stdout
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_what_could_not_be_graded_again_is_named(run, small_suite):
    """And the exit code is 0: its older verdict stays."""
    (lost,) = run.glob("trials/oracle-*/small/add/single-1/workspace/adder.py")
    lost.unlink()
    ran = codestone("regrade", run, "--tasks", small_suite.parent)
    assert ran.returncode == 0
    assert "[1/3]" in ran.stderr
    assert "NOT REGRADED" in ran.stderr
    assert "1 not regraded" in ran.stdout
    assert re.search(r"^  oracle-\S+ small/add epoch 1: .*lacks adder\.py$", ran.stdout, re.MULTILINE)


def test_without_a_box_every_verdict_says_so(run, small_suite):
    """As in a run."""
    ran = codestone("regrade", run, "--tasks", small_suite.parent, "--unsafe-no-sandbox")
    assert ran.returncode == 0
    assert "sandbox: none" in ran.stdout
    assert {one.versions.box for one in Store.open(run, read_only=True).records()} == {"none"}


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["--only", "small/ad"], 2, "small/add"),
        (["--only", "add"], 2, "small/add"),
        (["--tasks", "nowhere"], 2, "nowhere"),
    ],
)
def test_a_wrong_name_is_exit_2(run, small_suite, args, code, words):
    """With the nearest; nothing is written."""
    ran = codestone("regrade", run, "--tasks", small_suite.parent, *args)
    assert ran.returncode == code
    assert words in ran.stderr
    assert not (run / "regrades").exists()


def test_no_run_is_exit_6_and_a_broken_grader_exit_7(run, small_suite, tmp_path):
    """With what to do."""
    ran = codestone("regrade", tmp_path)
    assert ran.returncode == 6
    assert "no plan.json" in ran.stderr
    (small_suite / "add" / "tests" / "checks.py").write_text("syntax error")
    ran = codestone("regrade", run, "--tasks", small_suite.parent)
    assert ran.returncode == 7
    assert "checks.py cannot be loaded" in ran.stderr
    assert "hint:" in ran.stderr
    assert not (run / "regrades").exists()


def test_ctrl_c_in_the_middle_is_exit_130_and_writes_nothing(run, small_suite):
    """The first trial has been graded again then; the command can be given again."""
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    checks = small_suite / "add" / "tests" / "checks.py"
    slow = "if ' - ' in candidate.source['adder.py']:\n        candidate.wait(lambda: False)\n    return"
    checks.write_text(checks.read_text().replace("return", slow, 1))
    with subprocess.Popen(
        [sys.executable, "-m", "codestone", "regrade", str(run), "--tasks", str(small_suite.parent)],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    ) as running:  # fmt: skip
        assert running.stderr.readline().startswith("[1/3]")
        running.send_signal(signal.SIGINT)
        said = running.stderr.read()
        code = running.wait(60)
    assert (code, "interrupted" in said) == (130, True)
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
