"""Points from checks: computed here, once."""

from collections.abc import Sequence

from codestone.task import TaskSpec
from codestone.trial import CheckResult, Score


def score(checks: Sequence[CheckResult], spec: TaskSpec) -> Score:
    """Return the points earned; bonuses count, but never above the task's total, or what a failure allows."""
    earned = sum(check.points + check.bonus for check in checks if check.passed)
    failed = {check.id for check in checks if not check.passed}
    allowed = (each.else_at_most for each in spec.check if each.id in failed)
    return Score(
        earned=min(spec.points, earned, *(most for most in allowed if most is not None)),
        possible=spec.points,
        passed=sum(check.passed for check in checks),
        checks=len(spec.check),
    )


def unanswered(spec: TaskSpec, why: str) -> tuple[CheckResult, ...]:
    """Return the checks of a trial without an answer: all failed, nothing was run."""
    return tuple(
        CheckResult(
            id=check.id, passed=False, points=check.points, bonus=check.bonus, bug=check.bug, evidence=why
        )
        for check in spec.check
    )
