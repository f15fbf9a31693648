"""How the limiters of go-middleware are told apart, which no points rest on."""

import os
import shutil
from pathlib import Path

import pytest

from codestone.errors import ToolchainMissing
from codestone.grading.grade import grade
from codestone.languages import go
from codestone.suites import paths
from codestone.suites.load import load_task
from codestone.task import Task

APPROACHES = {
    "solution": ("sliding window", "forgotten"),
    "accepted/token-bucket": ("token bucket", "kept"),
    "accepted/next-free-moment": ("token bucket", "forgotten"),
    "accepted/counter-for-each-client": ("counter for each client, reset each second", "forgotten"),
    "accepted/second-of-the-clock": ("counter for each second of the clock", "kept"),
    "accepted/reset-for-all": ("counter, reset for all at once", "forgotten"),
    "mutants/refused-count": ("sliding window", "forgotten"),
    "mutants/half-seconds": ("other", "kept"),
    "mutants/tick-for-each-request": ("one tick for each request", "kept"),
    "mutants/lock-over-the-request": ("lock held during the request", "forgotten"),
    "mutants/one-counter-for-all": ("one counter for all clients", "forgotten"),
    "mutants/counted-for-ever": ("never counts anew", "kept"),
    "mutants/no-limit": ("no limit", "forgotten"),
    "mutants/import-missing": (None, None),
}


@pytest.fixture(scope="module")
def task() -> Task:
    """The task as it is shipped; skipped without Go."""
    try:
        go.runtime()
    except ToolchainMissing as missing:
        (pytest.fail if os.environ.get("REQUIRE_TOOLCHAINS") == "1" else pytest.skip)(
            f"no {missing.what}: {missing.hint}"
        )
    folders = [root / "six-tasks" / "go-middleware" for root in paths.roots()]
    return load_task(str(next(folder for folder in folders if folder.is_dir())))


@pytest.mark.parametrize("answer", APPROACHES)
def test_approach(task: Task, answer: str, tmp_path: Path):
    """Each way of counting is told by what it does, and so is whether quiet clients are forgotten."""
    shutil.copytree(task.path / answer, tmp_path, dirs_exist_ok=True)
    graded = grade(task, tmp_path, seed=1)
    assert (graded.facts.get("approach"), graded.facts.get("idle-clients")) == APPROACHES[answer]
