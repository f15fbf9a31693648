"""Provers: verdicts in the declared order, hangs and deaths that cost one candidate."""

from pathlib import Path

import pytest

from codestone.engine.proving.provers import Provers, graded
from codestone.errors import CodestoneError
from codestone.suites.load import load_task
from codestone.task import Task


def small(small_suite: Path, *, instead: str = "") -> Task:
    """Return the small task, the last answer of its checks replaced by a piece of code."""
    file = small_suite / "add/tests/checks.py"
    if instead:
        before, _, after = file.read_text().rpartition("    return candidate")
        file.write_text(f"{before}{instead}    return candidate{after}")
    return load_task("small/add", roots=[small_suite.parent])


def attempts(task: Task):
    """Return a right one, a wrong one, a right one."""
    right = (task.workspace, task.solution)
    return [("first", right), ("second", (*right, task.mutant("subtracts"))), ("third", right)]


def test_verdicts_come_in_the_order_given(small_suite):
    """However many are graded at a time, and whichever is ready first: the same as in this process."""
    task = small(small_suite)
    alone = [graded(task, attempt) for attempt in attempts(task)]
    for jobs in (1, 2, 5):
        with Provers(jobs) as provers:
            for _ in range(2):  # a prover grades as often as it is asked
                told = list(provers.graded(task, attempts(task)))
                assert [(each.name, each.failed, each.evidence) for each in told] == [
                    (each.name, each.failed, each.evidence) for each in alone
                ]
    assert [bool(each.failed) for each in alone] == [False, True, False]


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_death_of_a_prover_costs_one_candidate(small_suite, jobs):
    """A checks.py that ends its process breaks its own candidate, and says so; the next ones are graded."""
    code = (
        "    if 'return a - b' in candidate.source['adder.py']:\n        import os\n\n        os._exit(0)\n"
    )
    task = small(small_suite, instead=code)
    with Provers(jobs) as provers:
        told = list(provers.graded(task, attempts(task)))
    assert [each.broke for each in told] == [
        None,
        "the grading of small/add ended without a word: its process died",
        None,
    ]


def test_a_prover_that_cannot_be_woken_is_given_up(small_suite, monkeypatch):
    """Where even the alarm is switched off, it is killed when its time is over."""
    monkeypatch.setattr("codestone.engine.proving.provers.GIVEN_UP_S", 0.0)
    file = small_suite / "add/task.toml"
    file.write_text(file.read_text().replace("check_s = 30", "check_s = 30\ngrading_s = 1"))
    code = "    import signal\n\n    signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
    task = small(small_suite, instead=f"{code}    while candidate.seed:\n        pass\n")
    with Provers(1) as provers:
        (told,) = provers.graded(task, attempts(task)[:1])
    assert told.broke == "the grading of small/add did not end, and could not be woken"


def test_what_ends_a_proof_keeps_its_kind(small_suite):
    """An error that is not the task's check's is raised here, with its hint."""
    task = small(small_suite, instead="    raise ToolchainMissing('cc', hint='install cc')\n")
    checks = task.tests / "checks.py"
    checks.write_text(f"from codestone.errors import ToolchainMissing\n{checks.read_text()}")
    with Provers(2) as provers, pytest.raises(CodestoneError, match="cc is not installed") as caught:
        list(provers.graded(task, attempts(task)))
    assert (caught.value.exit_code, caught.value.hint) == (4, "install cc")
