from codestone.grading.score import score, unanswered
from codestone.task import TaskSpec
from codestone.trial import CheckResult

SPEC = TaskSpec.model_validate(
    {
        "schema_version": 1,
        "title": "T",
        "canary": "00000000-0000-4000-8000-000000000000",
        "language": "python",
        "shape": "fix",
        "answer": {"files": ["a.py"]},
        "check": [
            {"id": "a", "points": 3, "catches": "x"},
            {"id": "b", "points": 2, "catches": "x"},
            {"id": "c", "bonus": 1, "catches": "x"},
        ],
    }
)


def results(*passed):
    """Return results of SPEC's checks."""
    return [
        CheckResult(id=c.id, passed=p, points=c.points, bonus=c.bonus, evidence="")
        for c, p in zip(SPEC.check, passed, strict=True)
    ]


def test_points_are_of_the_fixed_total_and_a_bonus_never_raises_it():
    """The bonus makes up for a lost point, and does not go beyond 5."""
    assert score(results(True, True, True), SPEC).earned == 5
    assert score(results(True, False, True), SPEC).earned == 4
    assert score(results(False, False, True), SPEC).earned == 1
    assert score(results(False, False, False), SPEC).possible == 5


def test_a_failed_check_can_cap_what_the_others_earn():
    """An answer that does not compile earns at most what its check allows, however much of it runs mended."""
    first, *others = SPEC.check
    capped = SPEC.model_copy(update={"check": (first.model_copy(update={"else_at_most": 1.5}), *others)})
    assert score(results(False, True, True), capped).earned == 1.5
    assert score(results(False, False, True), capped).earned == 1
    assert score(results(True, False, False), capped).earned == 3


def test_an_unanswered_trial_fails_every_check_of_the_task():
    """The denominator does not depend on what ran."""
    found = score(unanswered(SPEC, "empty"), SPEC)
    assert (found.earned, found.possible, found.passed, found.checks) == (0, 5, 0, 3)
