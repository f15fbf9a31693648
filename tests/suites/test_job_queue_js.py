from pathlib import Path

import pytest

from codestone.grading import NotMeasured
from codestone.grading.grade import checks_of, grade, source_of
from codestone.grading.session import Session
from codestone.suites import paths
from codestone.suites.load import load, load_task

LEVELS = {"l1-basic": 25, "l2-retry": 25, "l3-priority": 25, "l4-race": 15}
UNTOUCHED = {"l4-race": 4.5}
"""What a level gives for handing back what one started with; where it starts from nothing, nothing."""
ENTRY = "job-queue.js"
TOLD = "const WAITS_MS = [1000, 2000, 4000];"
LATE_ONCE = """
let made = 0;
const extraMs = () => (made++ < 3 ? 1000 : 0);
"""


@pytest.fixture
def retry():
    """The task on retries."""
    return load_task("job-queue-js/l2-retry", roots=paths.roots())


@pytest.fixture
def race():
    """The task on the lost update."""
    return load_task("job-queue-js/l4-race", roots=paths.roots())


def answer(text: str, folder: Path, *replaced: tuple[str, str], more: str = "") -> Path:
    """Write an answer, changed."""
    for old, new in replaced:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / ENTRY).write_text(text + more)
    return folder


def solved(task) -> str:
    """Return the solution's text."""
    return (task.solution / ENTRY).read_text()


def failed(task, folder: Path) -> set[str]:
    """Return the checks that an answer fails."""
    return {check.id for check in grade(task, folder, seed=1).checks if not check.passed}


def test_the_bands_of_the_suite_cover_its_ninety_points():
    """From nothing to everything, each total in one; the race left as it was is not the highest."""
    suite = load("job-queue-js")
    assert [task.spec.points for task in suite.tasks] == [*LEVELS.values()]
    edges = [band.at_least for band in suite.spec.band]
    assert edges == [0, 25, 50, 75, 85]
    assert sum(LEVELS.values()) - LEVELS["l4-race"] + UNTOUCHED["l4-race"] < edges[-1]


def test_each_profile_has_its_total_on_each_level(totals_hold):
    """On the path of a run, as in Python: out of 90, and never added to Python's 100."""
    totals_hold("job-queue-js", LEVELS, UNTOUCHED)


@pytest.mark.parametrize(
    ("waits", "missed"),
    [
        ("0, 0, 0", {"first-wait", "second-wait", "third-wait"}),
        ("1, 2, 4", {"first-wait", "second-wait", "third-wait"}),
        ("500, 1000, 2000", {"first-wait", "second-wait", "third-wait"}),
        ("1000, 3000, 4000", {"second-wait"}),
    ],
)
def test_other_waits_than_those_told_are_seen_for_what_they_are(retry, tmp_path, waits, missed):
    """Each wait is a check of its own, too short or too long; milliseconds are no seconds."""
    folder = answer(solved(retry), tmp_path, (TOLD, f"const WAITS_MS = [{waits}];"))
    assert failed(retry, folder) == missed


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
    slower = "WAITS_MS[job.retries]);", "WAITS_MS[job.retries] + extraMs());"
    finding = measured(retry, answer(solved(retry), tmp_path, slower, more=LATE_ONCE), limit_s=60)
    assert finding.passed
    assert finding.evidence.startswith("retry 1 came 1.")


def test_what_is_late_while_this_machine_stands_still_is_not_measured(retry, tmp_path):
    """Whatever the queue does then is neither right nor wrong."""
    folder = answer(solved(retry), tmp_path, (TOLD, "const WAITS_MS = [2000, 4000, 8000];"))
    with pytest.raises(NotMeasured, match="stood still"):
        measured(retry, folder, limit_s=10, STALLED_S=-1)


def test_a_method_that_throws_instead_of_giving_a_promise_fails(tmp_path):
    """`getResult` rejects: who calls it without `await` is told by the promise, and by nothing else."""
    task = load_task("job-queue-js/l1-basic", roots=paths.roots())
    thrown = (
        "  async getResult(id, timeout) {\n",
        "  getResult(id, timeout) {\n",
    )
    assert failed(task, answer(solved(task), tmp_path, thrown)) == {"unknown-id"}


@pytest.mark.parametrize("level", ["l1-basic", "l3-priority"])
def test_a_queue_that_begins_nothing_fails_and_breaks_no_check(level, tmp_path):
    """What was never called has no answer to be released."""
    task = load_task(f"job-queue-js/{level}", roots=paths.roots())
    folder = answer(solved(task), tmp_path, ("queueMicrotask(() => this.#work());", ""))
    assert failed(task, folder) >= {"arguments", "one-at-a-time"}


HELD = "    await this.#counting.hold(async () => {\n"
GIVEN_UP = """    const busy = this.#busy;
    this.#busy = true;
    if (busy) return;
"""
APART = """    await new Promise((resume) => setTimeout(resume, Math.random() * 20));
    await (async (call) => call())(async () => {
"""


@pytest.mark.parametrize("instead", [GIVEN_UP + HELD, APART], ids=["given up when taken", "apart by chance"])
def test_half_a_repair_of_the_race_fails_whatever_luck_it_has(race, tmp_path, instead):
    """A result that is dropped is a lost one, and merges that coincide less often still coincide."""
    field = "  #idle = [];\n", "  #idle = [];\n  #busy = false;\n"
    missed = failed(race, answer(solved(race), tmp_path, field, (HELD, instead)))
    assert {"first-results", "later-results", "added-meanwhile"} <= missed
