import threading
from pathlib import Path

import pytest

from codestone.grading import NotMeasured
from codestone.grading.grade import checks_of, grade, source_of
from codestone.grading.session import Session
from codestone.suites import paths
from codestone.suites.load import load, load_task

LEVELS = {"l1-basic": 25, "l2-retry": 25, "l3-priority": 25, "l4-race": 15, "l5-package": 10}
UNTOUCHED = {"l4-race": 4.5}
"""What a level gives for handing back what one started with; where it starts from nothing, nothing."""
TOLD = "WAITS_S = (1, 2, 4)"
LATE_ONCE = """
MADE = iter(range(99))
_made = JobQueue.__init__
def begun(self):
    _made(self)
    self.extra_s = 1 if next(MADE) < 3 else 0
JobQueue.__init__ = begun
"""


@pytest.fixture
def levels():
    """The tasks whose totals are known."""
    return [load_task(f"job-queue/{name}", roots=paths.roots()) for name in LEVELS]


@pytest.fixture
def retry(levels):
    """The task on retries."""
    return levels[1]


def answer(task, folder: Path, *replaced: tuple[str, str], more: str = "") -> Path:
    """Write the solution, changed."""
    text = (task.solution / "job_queue.py").read_text()
    for old, new in replaced:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "job_queue.py").write_text(text + more)
    return folder


def test_the_bands_of_the_suite_cover_its_hundred_points():
    """From nothing to everything, each total in one."""
    suite = load("job-queue")
    assert sum(task.spec.points for task in suite.tasks) == 100
    assert [band.at_least for band in suite.spec.band] == [0, 25, 50, 75, 90]


def test_each_profile_has_its_total_on_each_level(totals_hold):
    """On the path of a run: a correct answer has every point, the workspace its own, others none."""
    totals_hold("job-queue", LEVELS, UNTOUCHED)


@pytest.mark.parametrize(
    ("waits", "failed"),
    [
        ("0, 0, 0", {"first-wait", "second-wait", "third-wait"}),
        ("0.5, 1, 2", {"first-wait", "second-wait", "third-wait"}),
        ("1, 3, 4", {"second-wait"}),
    ],
)
def test_other_waits_than_those_told_are_seen_for_what_they_are(retry, tmp_path, waits, failed):
    """Each wait is a check of its own, too short or too long."""
    graded = grade(retry, answer(retry, tmp_path, (TOLD, f"WAITS_S = ({waits})")), seed=1)
    assert {check.id for check in graded.checks if not check.passed} == failed


def measured(task, folder: Path, *, limit_s: float, **thresholds: float):
    """Ask how long the first wait is, with other thresholds than the check has."""
    check = checks_of(task)["first-wait"]
    check.__globals__.update(thresholds)
    with (
        Session(task, folder, source=source_of(folder)) as session,
        session.candidate(seed=1, limit_s=limit_s) as candidate,
    ):
        return check(candidate)


def test_a_wait_that_was_too_long_once_is_asked_again(retry, tmp_path):
    """As if the machine had stood still: the queue that waits 1 s after all is not blamed."""
    slower = "WAITS_S[job.retries - 1]", "WAITS_S[job.retries - 1] + self.extra_s"
    finding = measured(retry, answer(retry, tmp_path, slower, more=LATE_ONCE), limit_s=60)
    assert finding.passed
    assert finding.evidence.startswith("retry 1 came 1.")


def test_waits_that_are_always_too_long_fail_with_what_was_measured(retry, tmp_path):
    """Asked twice, and late twice while this machine went on."""
    folder = answer(retry, tmp_path, (TOLD, "WAITS_S = (2, 4, 8)"))
    finding = measured(retry, folder, limit_s=60, STALLED_S=30)
    assert not finding.passed
    assert finding.evidence.startswith("retry 1 came 2.")
    assert finding.evidence.endswith("expected 1 s")


def test_what_is_late_while_this_machine_stands_still_is_not_measured(retry, tmp_path):
    """Whatever the queue does then is neither right nor wrong."""
    folder = answer(retry, tmp_path, (TOLD, "WAITS_S = (2, 4, 8)"))
    with pytest.raises(NotMeasured, match="stood still"):
        measured(retry, folder, limit_s=10, STALLED_S=-1)


def test_side_by_side_the_level_takes_little_more_than_its_longest_course(retry, tmp_path):
    """Ten checks of up to 8 seconds of waiting each, and not their sum."""
    threads = threading.active_count()
    graded = grade(retry, answer(retry, tmp_path), seed=1)
    assert graded.score.earned == graded.score.possible == 25
    assert graded.grading_ns < 30e9
    assert threading.active_count() == threads
