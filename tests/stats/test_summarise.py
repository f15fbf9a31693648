import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codestone.errors import StoreError
from codestone.serving import Finding
from codestone.stats.planned import Planned, PlannedTask
from codestone.stats.standings import band_of
from codestone.stats.summarise import summarise
from codestone.stats.summary import Summary
from codestone.store.paths import trial_path
from codestone.task import Band
from codestone.testing.records import TASK_DIGEST, make_attempt, make_contestant, make_record
from codestone.trial import CheckResult, Doing, Ending

BANDS = tuple(Band(name=name, at_least=points) for name, points in (("weak", 0), ("good", 50), ("best", 100)))
CONTESTANTS = ("m1", "m2", "m3", "m4")


def standing(summary, contestant):
    """Return a contestant's row."""
    return next(row for row in summary.standings if row.contestant == contestant)


def test_a_cell_of_five_epochs_has_the_published_figures(plan):
    """[65, 45, 65, 90, 45]: mean 62, best 90, worst 45, sample stdev 18.574, none in full."""
    records = [make_record(epoch=n, earned=e) for n, e in enumerate([65, 45, 65, 90, 45], start=1)]
    cell = summarise(records, [], planned=plan(epochs=5)).cells[0]
    assert (cell.n, cell.mean, cell.best, cell.worst) == (5, 62, 90, 45)
    assert cell.stdev == pytest.approx(18.574, abs=5e-4)
    assert (cell.full.k, cell.full.n) == (0, 5)
    assert [epoch.points for epoch in cell.epochs] == [65, 45, 65, 90, 45]


def test_one_epoch_has_no_spread_and_one_task_no_interval(plan):
    """N = 1 is shown as n = 1."""
    summary = summarise([make_record(earned=65)], [], planned=plan())
    assert summary.cells[0].stdev is None
    share = summary.standings[0].share
    assert (share.mean, share.n, share.low, share.high) == (0.65, 1, None, None)


def test_ties_share_a_rank(plan):
    """90, 80, 80, 70 points rank 1, 2, 2, 4."""
    records = [
        make_record(contestant=m, earned=e) for m, e in zip(CONTESTANTS, [80, 90, 70, 80], strict=True)
    ]
    summary = summarise(records, [], planned=plan(CONTESTANTS))
    assert [(row.contestant, row.rank) for row in summary.standings] == [
        ("m2", 1),
        ("m1", 2),
        ("m4", 2),
        ("m3", 4),
    ]


def test_who_has_a_task_not_measured_stands_below_the_line(plan):
    """A lower bound is no total: 100 of one task is not ranked before 50 of both, nor after."""
    records = [
        make_record(contestant="m1", task="a"),
        *(make_record(contestant="m2", task=t, earned=25) for t in "ab"),
    ]
    summary = summarise(records, [], planned=plan(["m1", "m2", "m3"], "ab"))
    assert [(row.contestant, row.rank, row.points) for row in summary.standings] == [
        ("m2", 1, 50),
        ("m1", None, 100),
        ("m3", None, None),
    ]
    assert standing(summary, "m1").possible == 200
    assert not standing(summary, "m1").complete
    assert summary.cells[1].mean is None


def test_the_denominator_is_the_plans(plan):
    """Points of a task with nothing measured still count as possible."""
    summary = summarise([], [], planned=plan(["m1"], "abc"))
    assert (standing(summary, "m1").possible, standing(summary, "m1").points) == (300, None)
    assert (summary.run.planned, summary.run.measured) == (3, 0)


def test_a_skipped_task_is_in_nobodys_total(plan):
    """A missing toolchain takes the task from everyone, and everyone is still ranked."""
    skipped = PlannedTask(suite="examples", task="b", title="b", possible=50, digest="x", skipped="no cargo")
    summary = summarise([make_record(task="a")], [], planned=plan(tasks=["a", skipped]))
    row = summary.standings[0]
    assert (row.rank, row.points, row.possible, row.trials) == (1, 100, 100, 1)
    assert summary.tasks[1].skipped == "no cargo"


def test_a_record_of_an_edited_task_is_stale_and_not_counted(plan):
    """It is counted as stale, so that its absence is seen."""
    summary = summarise([make_record(task_digest="before")], [], planned=plan())
    assert (summary.tasks[0].stale, summary.cells[0].stale, summary.cells[0].n) == (1, 1, 0)
    assert summary.standings[0].points is None
    assert summary.standings[0].speed.replies == 0


def test_copies_of_one_reply_are_counted(plan):
    """Ten copies of a reply are one piece of evidence."""
    records = [make_record(epoch=n, reply_digest="same" if n < 4 else "other") for n in range(1, 5)]
    assert summarise(records, [], planned=plan(epochs=4)).cells[0].distinct_replies == 2


def test_a_check_shows_the_evidence_of_its_last_failure(plan):
    """The row counts passes, and what went wrong last can be read."""

    def record(epoch, passed):
        check = CheckResult(id="a", passed=passed, points=100, bug="off-by-one", evidence=f"epoch {epoch}")
        return make_record(epoch=epoch, checks=[check])

    records = [record(1, passed=False), record(2, passed=False), record(3, passed=True)]
    row = summarise(records, [], planned=plan(epochs=3)).cells[0].checks[0]
    assert (row.passed.k, row.passed.n, row.bug) == (1, 3, "off-by-one")
    assert (row.evidence, row.evidence_epoch) == ("epoch 2", 2)


def test_a_failure_of_ours_is_no_score(plan):
    """It is listed with its detail, and says whether the trial was measured later."""
    attempts = [make_attempt(epoch=1), make_attempt(epoch=2, ending=Ending.BOX_FAILED, detail="no bwrap")]
    summary = summarise([make_record(epoch=1)], attempts, planned=plan(epochs=2))
    assert [(f.epoch, f.doing, f.detail, f.settled) for f in summary.failures] == [
        (1, Doing.SERVER, "connection refused", True),
        (2, Doing.OURS, "no bwrap", False),
    ]
    assert (summary.cells[0].n, summary.cells[0].mean, summary.cells[0].not_measured) == (1, 100, 2)


def test_the_models_own_failure_is_a_score(plan):
    """An empty reply is 0 points of a measured trial."""
    summary = summarise([make_record(earned=0, ending=Ending.EMPTY)], [], planned=plan())
    assert (summary.standings[0].rank, summary.standings[0].points) == (1, 0)
    assert [(count.ending, count.n) for count in summary.cells[0].endings] == [(Ending.EMPTY, 1)]


def test_a_scripted_contestant_is_named_and_labelled(plan):
    """Nobody can take a script for a model."""
    scripted = make_contestant("script", scripted=True)
    summary = summarise([], [], planned=plan([scripted, "m1"]))
    assert summary.run.scripted == ("script",)
    assert standing(summary, "script").label == "script SCRIPTED"
    assert standing(summary, "m1").label == "m1"


def test_two_drivers_are_two_rows(plan):
    """One contestant asked in two ways has two totals."""
    records = [make_record(driver="single", earned=40), make_record(driver="turns", earned=60)]
    summary = summarise(records, [], planned=plan(drivers=("single", "turns")))
    assert [(row.driver, row.rank, row.points) for row in summary.standings] == [
        ("turns", 1, 60),
        ("single", 2, 40),
    ]
    assert summary.standings[0].label == "tiny-1b-q8-1a2b3c4d · turns"


def test_a_variant_is_a_task_of_its_own(plan):
    """Same task, other variant, other cell."""
    tasks = [
        PlannedTask(suite="examples", task="a", variant=v, title="a", possible=100, digest=TASK_DIGEST)
        for v in ("", "hard")
    ]
    summary = summarise([make_record(task="a", variant="hard")], [], planned=plan(tasks=tasks))
    assert [(cell.task, cell.n) for cell in summary.cells] == [("examples/a", 0), ("examples/a+hard", 1)]


def test_artifacts_are_named_where_the_caller_knows_them(plan):
    """The summary says where to look."""
    summary = summarise([make_record()], [], planned=plan(), artifacts=lambda key: str(trial_path(key)))
    assert summary.cells[0].epochs[0].artifacts == "trials/tiny-1b-q8-1a2b3c4d/examples/add-numbers/single-1"


@pytest.mark.parametrize("stranger", [{"contestant": "m9"}, {"task": "x"}, {"driver": "x"}, {"variant": "x"}])
def test_a_record_outside_the_plan_is_refused(plan, stranger):
    """Nothing is silently left out of the numbers."""
    with pytest.raises(StoreError, match="does not belong"):
        summarise([make_record(**stranger)], [], planned=plan())


def test_two_records_of_one_trial_are_refused(plan):
    """Nothing is counted twice."""
    with pytest.raises(StoreError, match="two records"):
        summarise([make_record(), make_record(earned=0)], [], planned=plan())


FRAME = Planned(
    title="order",
    epochs=3,
    contestants=tuple(map(make_contestant, CONTESTANTS)),
    tasks=tuple(
        PlannedTask(suite="examples", task=t, title=t, possible=100, digest=TASK_DIGEST) for t in "abc"
    ),
)
RECORDS = [
    make_record(contestant=m, task=t, epoch=e, earned=(17.3 * e + 31.1 * i) % 100)
    for i, m in enumerate(CONTESTANTS)
    for t in "abc"
    for e in (1, 2, 3)
]
ATTEMPTS = [
    make_attempt(contestant=m, task="a", epoch=e, detail=d) for m in CONTESTANTS for e in (1, 2) for d in "xy"
]


@settings(max_examples=25, deadline=None)
@given(st.permutations(RECORDS), st.permutations(ATTEMPTS), st.integers(0, len(RECORDS)))
def test_the_order_of_records_never_changes_a_summary(records, attempts, kept):
    """Whichever trial finished first: the same records, the same bytes."""
    one = summarise(records[:kept], attempts, planned=FRAME)
    other = summarise(records[:kept][::-1], ATTEMPTS, planned=FRAME)
    assert one.model_dump_json() == other.model_dump_json()


def test_a_summary_survives_json(plan):
    """What the JSON report holds is the summary."""
    summary = summarise([make_record()], [make_attempt()], planned=plan())
    assert Summary.model_validate_json(summary.model_dump_json()) == summary


def test_the_work_grows_as_the_records_do(plan):
    """Ten times the tasks take about ten times the calls, and not a hundred times as many."""

    def calls(tasks):
        frame = plan(CONTESTANTS, [f"t{n}" for n in range(tasks)])
        records = [make_record(contestant=m, task=f"t{n}") for m in CONTESTANTS for n in range(tasks)]
        counted = 0

        def count(*_):
            nonlocal counted
            counted += 1

        sys.setprofile(count)
        try:
            summarise(records, [], planned=frame)
        finally:
            sys.setprofile(None)
        return counted

    assert calls(100) < 15 * calls(10)


def test_what_was_found_of_serving_paths_is_told_of_those_that_were_asked(plan):
    """In the contestants' order, good findings too; faults with what is broken first."""
    findings = [
        Finding(id="answers", state="ok", words="the server answers"),
        Finding(id="context", state="warning", words="small"),
        Finding(id="usage", state="broken", words="none"),
        Finding(id="seed", state="not measured", words="no time"),
    ]
    planned = plan(CONTESTANTS[:3], serving={"m3": findings[:1], "m1": findings})
    first, last = summarise([], [], planned=planned).serving
    assert (first.contestant, last.contestant) == ("m1", "m3")
    assert first.findings == tuple(findings)
    assert [finding.id for finding in first.faults] == ["usage", "context"]
    assert [finding.id for finding in first.unmeasured] == ["seed"]
    assert last.faults == last.unmeasured == ()


@pytest.mark.parametrize(("earned", "word"), [(0, "weak"), (49, "weak"), (65, "good"), (100, "best")])
def test_a_total_has_one_word_where_the_suite_has_words(earned, word):
    """The band that it reached; its edge belongs to the higher one."""
    assert [band_of(BANDS, earned), band_of((), earned)] == [word, ""]


def test_an_edge_belongs_to_the_higher_band():
    """And no total belongs to two."""
    assert [band_of(BANDS, points) for points in (49.9, 50, 99.9, None)] == ["weak", "good", "good", ""]
