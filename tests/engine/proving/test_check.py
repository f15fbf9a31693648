import json
import os
import shutil
import signal
import subprocess
import sys
import tomllib
import uuid
from pathlib import Path
from typing import Any

import pytest

from codestone.engine.proving import check
from codestone.engine.proving.check import Proof, proofs, prove
from codestone.suites.load import load_task

LIMIT_S = 180
SABOTAGE: dict[str, dict[str, Any]] = {
    each["name"]: each
    for each in tomllib.loads((Path(__file__).parent / "sabotage/sabotage.toml").read_text("utf-8"))[
        "sabotage"
    ]
}


def proof(small_suite: Path, *, repeat: int = 1, load: int = 0) -> tuple[Proof, str]:
    """Prove the small task; return what was found and what was said."""
    said: list[str] = []
    task = load_task("small/add", roots=[small_suite.parent])
    (found,) = proofs([task], repeat=repeat, load=load, report=said.append, progress=said.append)
    return found, "\n".join(said)


def edit(task: Path, kind: str, name: str, old: str = "", new: str = "") -> None:
    """Make one edit of the small task."""
    path = task / name
    if kind == "remove":
        shutil.rmtree(path)
        return
    assert kind == "replace"
    canary = tomllib.loads((task / "task.toml").read_text())["canary"]
    old, new = (text.replace("CANARY", canary) for text in (old, new))
    before = path.read_text()
    assert old in before
    # the last one: in checks.py that is the check `zero`
    path.write_text(new.join(before.rsplit(old, 1)))


def sabotage(small_suite: Path, name: str) -> dict[str, Any]:
    """Make the edits of one entry, and return it."""
    for each in SABOTAGE[name]["edits"]:
        edit(small_suite / "add", *each)
    return SABOTAGE[name]


def command(small_suite: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run ``codestone tasks check`` on the small suite."""
    return subprocess.run(
        [sys.executable, "-m", "codestone", "tasks", "check", str(small_suite), *words],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def test_a_task_that_is_right_proves_itself_under_load(small_suite):
    """The report counts what was proven, and tells the load and what it used."""
    found, said = proof(small_suite, repeat=2, load=1)
    assert (found.faults, found.warnings) == ([], [])
    assert "under load: 1 busy processes on each of " in said
    assert "the busy processes used " in said or not Path("/proc/self/stat").exists()
    assert "✓ small/add: 2 checks, 2 mutants, 1 accepted styles" in said


@pytest.mark.parametrize("name", [name for name, each in SABOTAGE.items() if each["stage"] == "run"])
def test_a_sabotaged_task_turns_red_with_the_right_message(small_suite, name):
    """Each entry breaks one promise."""
    entry = sabotage(small_suite, name)
    found, said = proof(small_suite, repeat=entry.get("repeat", 1))
    assert found.faults
    assert "✗ small/add: 2 checks" in said
    for words in entry["words"]:
        assert words in said


@pytest.mark.parametrize("name", [name for name, each in SABOTAGE.items() if "command_line" in each])
def test_a_task_that_does_not_prove_itself_ends_the_command_with_9(small_suite, name):
    """What is wrong stands on stdout, what was graded on stderr."""
    entry = sabotage(small_suite, name)
    # one process: what a check remembers is told from what chance gave to the one or the other of two
    ended = command(small_suite, "--repeat", str(entry.get("repeat", 1)), "--jobs", "1")
    assert ended.returncode == 9
    for words in entry["words"]:
        assert words in ended.stdout
    assert "small/add mutants/adds-one: " in ended.stderr
    assert "not every task proves itself" in ended.stderr


@pytest.mark.parametrize("name", [name for name, each in SABOTAGE.items() if each["stage"] == "files"])
def test_a_fault_that_reading_finds_ends_the_command_with_2(small_suite, name):
    """Nothing is run: there is no verdict on anything."""
    entry = sabotage(small_suite, name)
    ended = command(small_suite)
    assert (ended.returncode, ended.stdout) == (2, "")
    for words in entry["words"]:
        assert words in ended.stderr


def test_there_are_sabotages_enough():
    """The corpus is what says that the proof is worth something."""
    assert len(SABOTAGE) >= 40


def test_the_other_candidates_are_judged_where_a_check_breaks_on_one(small_suite):
    """Only what broke is unknown, and no fault follows from that alone."""
    sabotage(small_suite, "exception on some answers only")
    found, said = proof(small_suite)
    assert [each.name for each in found.candidates if each.broke] == [
        "the untouched workspace",
        "mutants/subtracts",
    ]
    assert len(found.faults) == 1
    assert "small/add mutants/subtracts: the check broke, " in said
    assert "small/add mutants/adds-one: fails sums, zero, " in said


def test_a_repeated_wrong_evidence_is_said_once(small_suite):
    """Three runs that fail alike are one fault."""
    sabotage(small_suite, "wrong expected value")
    found, _ = proof(small_suite, repeat=3)
    assert found.faults[0] == "the solution fails 'zero': add(5, 0) → 5; expected 6"
    assert sum("the solution fails" in fault for fault in found.faults) == 1


def test_all_tasks_are_proven_and_not_only_up_to_the_first_fault(small_suite):
    """A broken task does not hide the next one."""
    sabotage(small_suite, "exception in a check")
    said: list[str] = []
    task = load_task("small/add", roots=[small_suite.parent])
    assert not prove([task, task], repeat=1, load=0, report=said.append)
    assert len([line for line in said if line.startswith("✗ small/add: 2 checks")]) == 2


def test_a_slow_reference_is_a_warning_and_no_fault(small_suite, monkeypatch):
    """It is told with its seconds."""
    monkeypatch.setattr(check, "SLOW_S", 0.0)
    found, said = proof(small_suite)
    assert not found.faults
    assert "! small/add: the solution takes " in said


def test_the_proof_as_json_has_every_verdict_with_its_seconds(small_suite):
    """One object on stdout; what a reader is told goes to stderr."""
    ended = command(small_suite, "--json", "--repeat", "2")
    assert ended.returncode == 0
    told = json.loads(ended.stdout)
    assert (told["schema_version"], told["repeat"], told["load"]) == (1, 2, 0)
    (task,) = told["tasks"]
    assert (task["task"], task["proven"], task["faults"]) == ("small/add", True, [])
    names = ["the solution"] * 2 + ["accepted/by-sum", "the untouched workspace"]
    names += ["mutants/subtracts", "mutants/adds-one"]
    assert [each["name"] for each in task["candidates"]] == names
    assert all(each["seconds"] > 0 for each in task["candidates"])
    assert task["candidates"][-1]["fails"] == ["sums", "zero"]
    assert task["candidates"][-1]["evidence"]["zero"] == "add(5, 0) → 6; expected 5"
    assert "✓ small/add" in ended.stderr


def test_json_of_what_is_not_run_is_refused(small_suite):
    """--lint-only has no verdicts."""
    assert command(small_suite, "--json", "--lint-only").returncode == 2


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
def test_ctrl_c_ends_the_busy_processes_too(small_suite):
    """Nothing of a proof under load is left."""
    mark = f"CODESTONE_TEST_MARK={uuid.uuid4()}"
    words = ["tasks", "check", str(small_suite), "--load", "1", "--repeat", "1000"]
    with subprocess.Popen(
        [sys.executable, "-m", "codestone", *words],
        env={**os.environ, **dict([mark.split("=")])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as proving:
        assert proving.stderr is not None
        assert "the solution" in proving.stderr.readline()
        assert len(marked(mark)) > 1
        proving.send_signal(signal.SIGINT)
        proving.communicate(timeout=LIMIT_S)
        assert proving.returncode == 130
    assert marked(mark) == []


def marked(mark: str) -> list[int]:
    """Return the processes that have the mark in their environment."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and mark.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found
