import pytest

from codestone.grading.grade import grade
from codestone.suites import paths
from codestone.suites.load import load, load_task
from codestone.suites.overlay import materialise

TASKS = {
    "py-top-k": 20,
    "js-fix-queue": 20,
    "ts-refactor": 20,
    "rust-cli": 20,
    "go-middleware": 20,
    "js-sse-client": 20,
}
UNTOUCHED = {"js-fix-queue": 4, "ts-refactor": 8, "rust-cli": 2.25}
"""What a task gives for handing back what one started with; where it starts from nothing, nothing."""


def test_the_bands_of_the_suite_are_those_of_twenty_points_six_times():
    """From nothing to everything, each total in one, and the top can be reached."""
    suite = load("six-tasks")
    assert sum(task.spec.points for task in suite.tasks) == 120
    assert [band.at_least / 6 for band in suite.spec.band] == [0, 5, 9, 13, 17]


def test_each_task_has_checks_mutants_and_other_styles_enough():
    """Twelve checks and ten mutants at least, three accepted answers."""
    for task in load("six-tasks").tasks:
        assert len(task.spec.check) >= 12, task.id
        assert len(task.spec.mutant) >= 10, task.id
        assert len(task.accepted) >= 3, task.id


def test_each_profile_has_its_total_on_each_task(totals_hold):
    """On the path of a run: a correct answer has every point, the workspace its own, others none."""
    totals_hold("six-tasks", TASKS, UNTOUCHED)


@pytest.mark.parametrize("mutant", ["no-value-enum", "immutable-borrow"])
def test_a_rust_answer_that_does_not_compile_earns_less_than_any_that_does(mutant, tmp_path):
    """A quarter at most; what compiles has more by that alone, and no failure of another takes it away."""
    task = load_task("six-tasks/rust-cli", roots=paths.roots())
    (compiles,) = (check for check in task.spec.check if check.id == "compiles")
    assert compiles.else_at_most is not None
    assert compiles.else_at_most <= task.spec.points / 4
    assert compiles.else_at_most < compiles.points
    assert [check.id for check in task.spec.check if check.else_at_most is not None] == ["compiles"]
    materialise(tmp_path / "answer", task.workspace, task.solution, task.mutant(mutant))
    graded = grade(task, tmp_path / "answer", seed=1)
    assert graded.score.earned == compiles.else_at_most
