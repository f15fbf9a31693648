"""What the proof of a task found, and what makes a fault of it: candidates' verdicts against task.toml."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from codestone.task import Task

FEW = 2
"""A check is well aimed when some mutant fails it and at most one other."""
SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """One candidate's outcome: evidence of each check, the failed ones, points, wall seconds of the grading.

    ``broke`` is the message where a check of the task broke; then the rest of the candidate is not known.
    """

    name: str
    evidence: dict[str, str]
    failed: frozenset[str]
    seconds: float
    earned: float | None = None
    broke: str | None = None


@dataclass(slots=True, kw_only=True)
class Proof:
    """What the proof of one task found, filled as it goes."""

    task: Task
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    candidates: list[Graded] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def reached(self) -> str:
        """What candidates earn, from nothing answered to the most: both ends of the scale that is in use."""
        most = max((each.earned for each in self.candidates if each.earned is not None), default=0.0)
        return f"0 to {most:g} of {self.task.spec.points:g} points"

    def row(self) -> dict[str, Any]:
        """Return it as plain data, for ``--json``: candidates in the order in which they were graded."""
        return {
            "task": self.task.id,
            "proven": not self.faults,
            "faults": self.faults,
            "warnings": self.warnings,
            "seconds": round(self.seconds, 3),
            "candidates": [
                {
                    "name": each.name,
                    "seconds": round(each.seconds, 3),
                    "fails": sorted(each.failed),
                    "earned": each.earned,
                    "evidence": each.evidence,
                    "broke": each.broke,
                }
                for each in self.candidates
            ],
        }


def reference(verdicts: Sequence[Graded], runs: str) -> Iterator[str]:
    """Judge the repetitions of the reference: full points, and the same verdict each time."""
    whole = [verdict for verdict in verdicts if not verdict.broke]
    if not whole:
        return
    always = frozenset.intersection(*(verdict.failed for verdict in whole))
    for check in sorted(always):
        yield f"the solution fails {check!r}: {_evidence(whole, check)}"
    flaky = frozenset.union(*(verdict.failed for verdict in whole)) - always
    if flaky:
        yield f"the solution does not get one verdict in {len(verdicts)} runs: {listed(flaky)}"
    for check in sorted(flaky):
        bad = [verdict for verdict in whole if check in verdict.failed]
        good = [verdict for verdict in whole if check not in verdict.failed]
        yield (
            f"{runs}: {check!r} failed {len(bad)} times ({_evidence(bad, check)}), "
            f"passed {len(good)} times ({_evidence(good, check)})"
        )
    if len(whole) < len(verdicts):
        yield f"the solution does not get one verdict in {len(verdicts)} runs: a check broke in some of them"


def _evidence(verdicts: Sequence[Graded], check: str) -> str:
    """Return each different evidence once, with how often it came where there are several."""
    counted = Counter(verdict.evidence[check] for verdict in verdicts).most_common()
    if len(counted) == 1:
        return counted[0][0]
    shown = [f"{text} ({count} times)" for text, count in counted[:SHOWN]]
    more = len(counted) - SHOWN
    return "; ".join([*shown, *([f"and {more} others"] if more > 0 else [])])


def unless_full(verdict: Graded) -> Iterator[str]:
    """Judge a correct answer in another style: it earns everything too."""
    for check in sorted(verdict.failed):
        yield f"{verdict.name} fails {check!r}: {verdict.evidence[check]}"


def differences(verdict: Graded, declared: frozenset[str]) -> Iterator[str]:
    """Judge a wrong answer: it fails what task.toml says, no more and no less."""
    if verdict.broke:
        return
    for check in sorted(verdict.failed - declared):
        yield f"{verdict.name} fails {check!r}, which task.toml does not say: {verdict.evidence[check]}"
    for check in sorted(declared - verdict.failed):
        yield f"{verdict.name} passes {check!r}, which task.toml says it fails: {verdict.evidence[check]}"


def broken(candidates: Sequence[Graded]) -> Iterator[str]:
    """Say once what broke, and on which candidates."""
    names: dict[str, dict[str, None]] = {}
    for verdict in candidates:
        if verdict.broke:
            names.setdefault(verdict.broke, {})[verdict.name] = None
    for message, on in names.items():
        yield f"{message.rstrip()}\n  (graded: {', '.join(on)})"


def aim(task: Task, failing: dict[str, frozenset[str]]) -> Iterator[str]:
    """Judge the mutants as a set: each check has one aimed at it, and no two say the same."""
    every = all_checks(task)
    form = {check.id for check in task.spec.check if check.form}  # what does not parse fails everything
    for check in sorted(every):
        hitting = [failed for failed in failing.values() if check in failed]
        if not hitting:
            yield f"no mutant fails the check {check!r}: it may be passed by anything"
        elif min(map(len, hitting)) > FEW and check not in form:
            yield f"no mutant fails the check {check!r} and at most one other: it is not told apart"
    total = [name for name, failed in failing.items() if failed == every]
    if len(total) > 1 and len(every) > 1:
        yield f"{len(total)} mutants fail everything: {', '.join(total)}"
    if len(form) > 1:
        yield f"{len(form)} checks are about form: {listed(frozenset(form))}"
    seen: dict[frozenset[str], str] = {}
    for name, failed in failing.items():
        if failed in seen:
            yield f"the mutants {seen[failed]} and {name} fail the same checks: {listed(failed)}"
        seen.setdefault(failed, name)


def all_checks(task: Task) -> frozenset[str]:
    """Return the ids of its checks."""
    return frozenset(check.id for check in task.spec.check)


def listed(checks: frozenset[str]) -> str:
    """Return them as a reader wants them."""
    return ", ".join(sorted(checks)) or "nothing"
