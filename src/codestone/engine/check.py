"""Let a task prove itself: the reference earns everything, and each wrong answer fails what it should."""

import contextlib
import signal
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter_ns
from types import FrameType
from typing import Any

from codestone.engine.answer import grade_reply
from codestone.engine.busy import busy, cores
from codestone.grading.grade import GraderFailed, checks_of, grade
from codestone.suites.overlay import flatten, materialise
from codestone.task import Task
from codestone.trial import CheckResult

Report = Callable[[str], None]
FEW = 2
"""A check is well aimed when some mutant fails it and at most one other."""
SLOW_S = 5.0
"""A reference that takes longer makes every trial wait."""
HANGS_S = 2.0
"""What a grading may take beyond its own limit: the box has to end too."""
SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """One candidate's outcome: evidence of each check, the failed ones, wall seconds of the grading.

    ``broke`` is the message where a check of the task broke; then the rest of the candidate is not known.
    """

    name: str
    evidence: dict[str, str]
    failed: frozenset[str]
    seconds: float
    broke: str | None = None


@dataclass(slots=True, kw_only=True)
class Proof:
    """What the proof of one task found, filled as it goes."""

    task: Task
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    candidates: list[Graded] = field(default_factory=list)
    seconds: float = 0.0

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
                    "evidence": each.evidence,
                    "broke": each.broke,
                }
                for each in self.candidates
            ],
        }


def prove(
    tasks: Sequence[Task], *, repeat: int, load: int, report: Report, progress: Report = lambda _: None
) -> bool:
    """Prove every task, all its faults reported; True when there is none. See ``proofs``."""
    found = proofs(tasks, repeat=repeat, load=load, report=report, progress=progress)
    return not any(proof.faults for proof in found)


def proofs(
    tasks: Sequence[Task], *, repeat: int, load: int, report: Report, progress: Report = lambda _: None
) -> list[Proof]:
    """Prove every task, and not only up to the first fault; return all that was found.

    ``repeat`` is how often the reference is graded, ``load`` the number of busy processes per core meanwhile.
    ``report`` is given faults, warnings and one line a task, ``progress`` one line a candidate.
    """
    count = cores()
    with busy(load * count) as used:
        if load:
            report(f"under load: {load} busy processes on each of {count} cores")
        found = []
        for task in tasks:
            found.append(_proven(task, repeat=repeat, report=report, progress=progress))
            used()
        seconds = used()
        if load and seconds is not None:
            report(f"the busy processes used {seconds:.1f} s of processor time")
    return found


def _proven(task: Task, *, repeat: int, report: Report, progress: Report) -> Proof:
    started_ns = perf_counter_ns()
    proof = Proof(task=task)
    for fault in _faults(proof, repeat, progress):
        report(f"✗ {task.id}: {fault}")
        proof.faults.append(fault)
    for warning in _warnings(proof):
        report(f"! {task.id}: {warning}")
        proof.warnings.append(warning)
    proof.seconds = (perf_counter_ns() - started_ns) / 1e9
    mutants, styles = len(task.spec.mutant), len(task.accepted)
    words = (
        f"{len(task.spec.check)} checks, {mutants} mutants, {styles} accepted styles, {proof.seconds:.1f} s"
    )
    report(f"{'✗' if proof.faults else '✓'} {task.id}: {words}")
    return proof


def _faults(proof: Proof, repeat: int, progress: Report) -> Iterator[str]:
    task = proof.task
    try:
        checks_of(task)
    except GraderFailed as error:
        yield error.message  # no candidate can be graded
        return
    layers = (task.workspace, task.solution)

    def graded(name: str, *layers: Path) -> Graded:
        verdict = _graded(task, name, *layers)
        proof.candidates.append(verdict)
        said = "the check broke" if verdict.broke else f"fails {_listed(verdict.failed)}"
        progress(f"  {task.id} {name}: {said}, {verdict.seconds:.1f} s")
        return verdict

    runs = f"the solution, {repeat} times" if repeat > 1 else "the solution"
    yield from _reference([graded("the solution", *layers) for _ in range(repeat)], runs)
    for style in task.accepted:
        yield from _unless_full(graded(f"accepted/{style.name}", task.workspace, style))
    untouched = _every(task) - frozenset(task.spec.baseline.untouched)
    yield from _differences(graded("the untouched workspace", task.workspace), untouched)
    yield from _empty(task)
    failing: dict[str, frozenset[str]] = {}
    for mutant in task.spec.mutant:
        name, folder = f"mutants/{mutant.name}", task.mutant(mutant.name)
        if _same_files(layers, (*layers, folder)):
            yield f"{name} is the same as the solution"
        verdict = graded(name, *layers, folder)
        if not verdict.broke:
            failing[mutant.name] = verdict.failed
        yield from _differences(verdict, frozenset(mutant.fails))
    yield from _broken(proof.candidates)
    if len(failing) == len(task.spec.mutant):
        yield from _aim(task, failing)


def _reference(verdicts: Sequence[Graded], runs: str) -> Iterator[str]:
    """Judge the repetitions of the reference: full points, and the same verdict each time."""
    whole = [verdict for verdict in verdicts if not verdict.broke]
    if not whole:
        return
    always = frozenset.intersection(*(verdict.failed for verdict in whole))
    for check in sorted(always):
        yield f"the solution fails {check!r}: {_evidence(whole, check)}"
    flaky = frozenset.union(*(verdict.failed for verdict in whole)) - always
    if flaky:
        yield f"the solution does not get one verdict in {len(verdicts)} runs: {_listed(flaky)}"
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


def _empty(task: Task) -> Iterator[str]:
    empty = grade_reply(task, "", seed=1)
    if empty.score.earned or empty.score.passed:
        yield f"an empty reply earns {empty.score.earned:g} points"


def _broken(candidates: Sequence[Graded]) -> Iterator[str]:
    """Say once what broke, and on which candidates."""
    names: dict[str, dict[str, None]] = {}
    for verdict in candidates:
        if verdict.broke:
            names.setdefault(verdict.broke, {})[verdict.name] = None
    for message, on in names.items():
        yield f"{message.rstrip()}\n  (graded: {', '.join(on)})"


def _aim(task: Task, failing: dict[str, frozenset[str]]) -> Iterator[str]:
    """Judge the mutants as a set: each check has one aimed at it, and no two say the same."""
    every = _every(task)
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
        yield f"{len(form)} checks are about form: {_listed(frozenset(form))}"
    seen: dict[frozenset[str], str] = {}
    for name, failed in failing.items():
        if failed in seen:
            yield f"the mutants {seen[failed]} and {name} fail the same checks: {_listed(failed)}"
        seen.setdefault(failed, name)


def _warnings(proof: Proof) -> Iterator[str]:
    taken = [verdict.seconds for verdict in proof.candidates if verdict.name == "the solution"]
    if taken and min(taken) > SLOW_S:
        yield f"the solution takes {min(taken):.1f} s to grade: more than {SLOW_S:g} s makes every trial wait"


def _unless_full(verdict: Graded) -> Iterator[str]:
    for check in sorted(verdict.failed):
        yield f"{verdict.name} fails {check!r}: {verdict.evidence[check]}"


def _differences(verdict: Graded, declared: frozenset[str]) -> Iterator[str]:
    if verdict.broke:
        return
    for check in sorted(verdict.failed - declared):
        yield f"{verdict.name} fails {check!r}, which task.toml does not say: {verdict.evidence[check]}"
    for check in sorted(declared - verdict.failed):
        yield f"{verdict.name} passes {check!r}, which task.toml says it fails: {verdict.evidence[check]}"


def _graded(task: Task, name: str, *layers: Path) -> Graded:
    """Grade one candidate; what broke in the task's own check is kept, and the others go on."""
    started_ns = perf_counter_ns()
    broke: str | None = None
    checks: tuple[CheckResult, ...] = ()
    with tempfile.TemporaryDirectory(prefix="codestone-") as folder:
        workspace = Path(folder) / "workspace"
        materialise(workspace, *layers)
        try:
            with _within(task, task.spec.limits.grading_s + HANGS_S):
                checks = grade(task, workspace, seed=1).checks
        except GraderFailed as error:
            broke = error.message
    return Graded(
        name=name,
        evidence={check.id: check.evidence for check in checks},
        failed=_failed(checks),
        seconds=(perf_counter_ns() - started_ns) / 1e9,
        broke=broke,
    )


@contextlib.contextmanager
def _within(task: Task, limit_s: float) -> Iterator[None]:
    """End a grading whose checks never come to an end by themselves; only the main thread can be woken."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def wake(_: int, frame: FrameType | None) -> None:
        where = ""
        while frame is not None:
            if frame.f_code.co_filename == str(task.tests / "checks.py"):
                where = f"{frame.f_code.co_name}() at {frame.f_code.co_filename}:{frame.f_lineno}"
            frame = frame.f_back
        words = f": {where} hangs" if where else ""
        raise GraderFailed(f"the grading did not end within its {task.spec.limits.grading_s:g} s{words}")

    before = signal.signal(signal.SIGALRM, wake)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _every(task: Task) -> frozenset[str]:
    return frozenset(check.id for check in task.spec.check)


def _failed(checks: Sequence[CheckResult]) -> frozenset[str]:
    return frozenset(check.id for check in checks if not check.passed)


def _same_files(left: Sequence[Path], right: Sequence[Path]) -> bool:
    texts = [{name: path.read_bytes() for name, path in flatten(*side).items()} for side in (left, right)]
    return texts[0] == texts[1]


def _listed(checks: frozenset[str]) -> str:
    return ", ".join(sorted(checks)) or "nothing"
