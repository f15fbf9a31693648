from pathlib import Path

import pytest

from codestone.grading.grade import grade
from codestone.suites import paths
from codestone.suites.load import load, load_task

LEVELS = {"l1-basic": 25, "l2-retry": 25, "l3-priority": 25, "l4-race": 15}
UNTOUCHED = {"l4-race": 4.5}
"""What a level gives for handing back what one started with; where it starts from nothing, nothing."""
ENTRY = "jobqueue.go"
TOLD = "1 * time.Second, 2 * time.Second, 4 * time.Second"
ENDS = "\t\tnext.value, next.err = value, err\n\t\tclose(next.ended)\n"
TOLD_LATE = """\t\tnext.value, next.err = value, err
\t\ttime.AfterFunc(time.Second, func() { close(next.ended) })
"""
HELD = "\tq.counting.Lock()\n\tdefer q.counting.Unlock()\n"
GIVEN_UP = "\tif !q.counting.TryLock() {\n\t\treturn\n\t}\n\tdefer q.counting.Unlock()\n"
APART = "\ttime.Sleep(time.Duration(time.Now().UnixNano() % 20e6))\n"


@pytest.fixture(autouse=True)
def compiler(open_session):
    """Go, without which these tests are skipped."""
    open_session("go", {ENTRY: ""})


def answer(task, folder: Path, *replaced: tuple[str, str]) -> Path:
    """Write the solution, changed."""
    text = (task.solution / ENTRY).read_text()
    for old, new in replaced:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / ENTRY).write_text(text)
    return folder


def failed(task, folder: Path) -> set[str]:
    """Return the checks that an answer fails."""
    return {check.id for check in grade(task, folder, seed=1).checks if not check.passed}


def test_the_bands_of_the_suite_cover_its_ninety_points():
    """From nothing to everything, each total in one; the race left as it was is not the highest."""
    suite = load("job-queue-go")
    assert [task.spec.points for task in suite.tasks] == [*LEVELS.values()]
    edges = [band.at_least for band in suite.spec.band]
    assert edges == [0, 25, 50, 75, 85]
    assert sum(LEVELS.values()) - LEVELS["l4-race"] + UNTOUCHED["l4-race"] < edges[-1]


def test_each_profile_has_its_total_on_each_level(totals_hold):
    """On the path of a run: out of 90, and never added to the totals of other languages."""
    totals_hold("job-queue-go", LEVELS, UNTOUCHED)


@pytest.mark.parametrize(
    ("old", "new", "missed"),
    [
        (TOLD, "0, 1 * time.Second, 2 * time.Second", {"first-wait", "second-wait", "third-wait"}),
        (TOLD, TOLD.replace("2 *", "3 *"), {"second-wait"}),
        (TOLD, TOLD.replace("4 *", "3 *"), {"third-wait"}),
        (TOLD, TOLD.replace("4 * time.Second", "4*time.Second + 11*time.Millisecond"), {"third-wait"}),
        (TOLD, TOLD.replace("4 * time.Second", "4*time.Second - time.Millisecond"), {"third-wait"}),
        (TOLD, TOLD.replace("4 * time.Second", "4*time.Second + 9*time.Millisecond"), set()),
        (ENDS, TOLD_LATE, {"at-most-three-retries"}),
        ("if err != nil && next", "if (err != nil || value == nil) && next", {"no-retry-on-success"}),
        ("if err != nil && next", "if err != nil && !errors.Is(err, ErrPanic) && next", {"panicking-calls"}),
    ],
)
def test_other_waits_and_retries_than_those_told_are_seen_for_what_they_are(tmp_path, old, new, missed):
    """Time is virtual: a millisecond too early is too early, and no machine makes it late."""
    task = load_task("job-queue-go/l2-retry", roots=paths.roots())
    assert failed(task, answer(task, tmp_path, (old, new))) == missed


@pytest.mark.parametrize("instead", [GIVEN_UP, APART], ids=["given up when taken", "apart by chance"])
def test_half_a_repair_of_the_race_fails_whatever_luck_it_has(tmp_path, instead):
    """A result that is dropped is a lost one, and merges that coincide less often still coincide."""
    task = load_task("job-queue-go/l4-race", roots=paths.roots())
    missed = failed(task, answer(task, tmp_path, (HELD, instead)))
    assert {"first-results", "later-results", "added-meanwhile"} <= missed


@pytest.mark.parametrize("level", ["l1-basic", "l3-priority"])
def test_a_queue_that_begins_nothing_fails_and_breaks_no_check(level, tmp_path):
    """What was never called has no answer to be released."""
    task = load_task(f"job-queue-go/{level}", roots=paths.roots())
    folder = answer(task, tmp_path, ("\t\tgo q.execute()\n", ""))
    assert failed(task, folder) >= {"one-at-a-time", "own-queues" if level == "l1-basic" else "own-result"}
