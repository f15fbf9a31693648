import pytest

from codestone.engine.compare import compared
from codestone.engine.plan import Plan
from codestone.errors import StoreError, UnknownName, UsageError
from codestone.stats.planned import PlannedTask
from codestone.store.records import Store
from codestone.testing.records import TASK_DIGEST, make_contestant, make_record
from codestone.trial import Fact

TASKS = tuple(f"t{n}" for n in range(7))


def kv(name, kv_type):
    """Return a contestant of one and the same file, whose KV type is declared."""
    facts = {
        "kv_cache_type": Fact(value=kv_type, source="declared"),
        "sha256": Fact(value="ab" * 32, source="file"),
    }
    return make_contestant(name, model=name.rpartition("-")[0], facts=facts)


ONE, OTHER = kv("q8b-f16-11111111", "f16"), kv("q8b-q8-22222222", "q8_0")


@pytest.fixture
def run(tmp_path):
    """Return a function that writes a run of contestants, each beside its points by task and epoch."""

    def written(name, points, *, tasks=TASKS, drivers=("single",), digests=None):
        digests = digests or {}
        plan = Plan(
            title="quick",
            contestants=tuple(each for each, _ in points),
            drivers=drivers,
            epochs=3,
            tasks=tuple(
                PlannedTask(
                    suite="examples",
                    task=task,
                    title=task,
                    possible=100,
                    digest=digests.get(task, TASK_DIGEST),
                )
                for task in tasks
            ),
        )
        with Store.create(tmp_path / name, plan, {"processor": "Example CPU"}) as store:
            for contestant, earned in points:
                for task in tasks:
                    for driver in drivers:
                        for epoch in (1, 2, 3):
                            if earned(task, epoch) is None:
                                continue
                            store.append(
                                make_record(
                                    contestant=contestant,
                                    task=task,
                                    driver=driver,
                                    epoch=epoch,
                                    earned=earned(task, epoch),
                                    task_digest=digests.get(task, TASK_DIGEST),
                                    reply_digest=f"{contestant.name} {task} {driver} {epoch}",
                                )
                            )
        return tmp_path / name

    return written


class Points:
    """So many points, less one for each task after the first."""

    def __init__(self, points, *, without=()):
        self.points, self.without = points, set(without)

    def __call__(self, task, epoch):
        return None if (task, epoch) in self.without else self.points - int(task[1:])


def test_two_contestants_of_one_run(run):
    """What differs, in words, and what came of it."""
    directory = run("night", [(ONE, Points(90)), (OTHER, Points(40))])
    (pair,) = compared(f"{directory}:q8b-f16", ":q8b-q8*").pairs
    assert pair.differs_words == "differs only in: KV type (f16, q8_0)"
    assert (pair.one.contestant, pair.other.contestant) == (ONE.name, OTHER.name)
    assert pair.comparison.verdict == "better"
    assert pair.comparison.difference == pytest.approx(0.5)
    assert [row.task for row in pair.tasks] == [f"examples/{task}" for task in TASKS]
    assert (pair.left_out, pair.one.run) == ((), str(directory))


@pytest.mark.parametrize(
    "pattern", ["q8b-f16-11111111", "q8b-f16", "q8b-f1", "*f16*", "q8b-f16@single", "*f16*@single"]
)
def test_a_contestant_is_named_by_name_model_or_pattern(run, pattern):
    """With or without its driver."""
    directory = run("night", [(ONE, Points(90)), (OTHER, Points(40))])
    (pair,) = compared(f"{directory}:{pattern}", ":*q8-*").pairs
    assert (pair.one.contestant, pair.other.contestant) == (ONE.name, OTHER.name)


def test_two_runs_compare_each_contestant_with_itself(run):
    """A contestant that only one of them has is compared with nothing."""
    before = run("before", [(ONE, Points(90)), (OTHER, Points(40))])
    after = run("after", [(OTHER, Points(40)), (ONE, Points(80)), (kv("new-33333333", "f16"), Points(70))])
    pairs = compared(str(before), str(after)).pairs
    assert [(pair.one.label, pair.other.label) for pair in pairs] == [
        (f"{each.name} in before", f"{each.name} in after") for each in (ONE, OTHER)
    ]
    assert [pair.comparison.verdict for pair in pairs] == ["better", "tied"]
    assert pairs[0].comparison.p_corrected == pytest.approx(2 * pairs[0].comparison.p)


def test_two_runs_of_one_contestant_each_compare_these(run):
    """Whatever they are called: the runs are named, so nothing is unclear."""
    before, after = run("before", [(ONE, Points(90))]), run("after", [(OTHER, Points(40))])
    (pair,) = compared(str(before), str(after)).pairs
    assert pair.differs_words == "differs only in: KV type (f16, q8_0)"


def test_one_contestant_beside_a_run_is_compared_with_each_other_one(run):
    """Itself left out."""
    third = kv("new-33333333", "f16")
    directory = run("night", [(ONE, Points(90)), (OTHER, Points(40)), (third, Points(70))])
    pairs = compared(f"{directory}:new", str(directory)).pairs
    assert [pair.other.contestant for pair in pairs] == [ONE.name, OTHER.name]


def test_two_drivers_of_one_contestant(run):
    """The driver is what differs."""
    directory = run("night", [(ONE, Points(90))], drivers=("single", "loop"))
    (pair,) = compared(f"{directory}:@single", ":@loop").pairs
    assert pair.differs_words == "differs only in: driver (single, loop)"
    assert pair.one.label == f"{ONE.name} · single"


def test_what_is_left_out_is_said(run):
    """Epochs and tasks that only one has, and tasks that were edited in between."""
    one = run("before", [(ONE, Points(90, without=[("t0", 3), ("t1", 1), ("t1", 2), ("t1", 3)]))])
    other = run("after", [(ONE, Points(80, without=[("t2", 2), ("t2", 3)]))], digests={"t3": "e" * 64})
    (pair,) = compared(str(one), str(other)).pairs
    assert pair.left_out == (
        "examples/t0: epoch 3 only in B",
        "examples/t1: measured only in B",
        "examples/t2: epochs 2, 3 only in A",
        "examples/t3: another version of the task in each",
    )
    assert (pair.comparison.tasks, pair.comparison.trials) == (5, 2 + 1 + 9)
    assert [row.task for row in pair.tasks] == [f"examples/t{n}" for n in (0, 2, 4, 5, 6)]


def test_nothing_in_common_is_said_and_has_no_figure(run):
    """Two runs of different tasks."""
    one, other = run("before", [(ONE, Points(90))]), run("after", [(ONE, Points(90))], tasks=("t8", "t9"))
    (pair,) = compared(str(one), str(other)).pairs
    assert (pair.comparison.verdict, pair.comparison.difference, pair.tasks) == ("not compared", None, ())
    assert len(pair.left_out) == 9


def test_what_is_not_clear_is_asked_back(run):
    """With the names that there are."""
    directory = run("night", [(ONE, Points(90)), (OTHER, Points(40))])
    with pytest.raises(UsageError, match="which two") as raised:
        compared(str(directory), str(directory))
    assert ONE.name in raised.value.hint
    with pytest.raises(UsageError, match="both q8b-f16"):
        compared(f"{directory}:q8b-f16", ":q8b-f16")
    with pytest.raises(UnknownName, match="q8b-fp16"):
        compared(f"{directory}:q8b-fp16", ":q8b-q8")


def test_no_run_is_no_run(tmp_path):
    """A directory that is none, and a path that is no directory."""
    with pytest.raises(StoreError, match=r"plan\.json"):
        compared(str(tmp_path), str(tmp_path))
    with pytest.raises(UsageError, match="names no run directory"):
        compared(str(tmp_path / "none"), str(tmp_path))


def test_a_colon_in_a_folder_is_part_of_it(run):
    """The longest directory before a colon is the run."""
    directory = run("night:1", [(ONE, Points(90)), (OTHER, Points(40))])
    (pair,) = compared(f"{directory}:q8b-f16", ":q8b-q8").pairs
    assert pair.one.run == str(directory)
