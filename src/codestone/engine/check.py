"""Let a task prove itself: the reference earns everything, and each wrong answer fails what it should."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns

from codestone import process
from codestone.engine.answer import grade_reply
from codestone.grading.grade import GraderFailed, grade
from codestone.suites.overlay import flatten, materialise
from codestone.task import Task
from codestone.trial import CheckResult

Report = Callable[[str], None]
BUSY = "while True: pass"
FEW = 2
"""A check is well aimed when some mutant fails it and at most one other."""


@dataclass(frozen=True, slots=True)
class Graded:
    """One candidate's outcome: which checks failed, with the evidence of each, and how long it took."""

    failed: frozenset[str]
    evidence: dict[str, str]
    seconds: float


def prove(tasks: Sequence[Task], *, repeat: int, load: int, report: Report) -> bool:
    """Prove every task, all its faults reported; True when there is none.

    ``repeat`` is how often the reference is graded, ``load`` the number of busy processes per core meanwhile.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with _busy(load * cores):
        if load:
            report(f"under load: {load} busy processes on each of {cores} cores")
        verdicts = [_proven(task, repeat=repeat, report=report) for task in tasks]  # all, not up to a fault
        return all(verdicts)


def _proven(task: Task, *, repeat: int, report: Report) -> bool:
    started_ns = perf_counter_ns()
    try:
        faults = list(_faults(task, repeat, report))
    except GraderFailed as error:
        faults = [error.message]
    for fault in faults:
        report(f"✗ {task.id}: {fault}")
    seconds = (perf_counter_ns() - started_ns) / 1e9
    mutants, styles = len(task.spec.mutant), len(task.accepted)
    words = f"{len(task.spec.check)} checks, {mutants} mutants, {styles} accepted styles, {seconds:.1f} s"
    report(f"{'✗' if faults else '✓'} {task.id}: {words}")
    return not faults


def _faults(task: Task, repeat: int, report: Report) -> Iterator[str]:
    layers = (task.workspace, task.solution)
    verdicts = [_graded(task, *layers) for _ in range(repeat)]
    yield from _unless_full("the solution", verdicts[0])
    if len({verdict.failed for verdict in verdicts}) > 1:
        flaky = frozenset.union(*(v.failed for v in verdicts)) - frozenset.intersection(
            *(v.failed for v in verdicts)
        )
        yield f"the solution does not get one verdict in {repeat} runs: {_listed(flaky)}"
    for style in task.accepted:
        yield from _unless_full(f"accepted/{style.name}", _graded(task, task.workspace, style))
    yield from _baseline(task)
    failing: dict[str, frozenset[str]] = {}
    for mutant in task.spec.mutant:
        folder = task.mutant(mutant.name)
        if _same_files(layers, (*layers, folder)):
            yield f"mutants/{mutant.name} is the same as the solution"
        verdict = _graded(task, *layers, folder)
        failing[mutant.name] = verdict.failed
        report(f"  {task.id} mutants/{mutant.name}: fails {_listed(verdict.failed)}")
        yield from _differences(f"mutants/{mutant.name}", verdict, frozenset(mutant.fails))
    yield from _aim(task, failing)


def _baseline(task: Task) -> Iterator[str]:
    every = frozenset(check.id for check in task.spec.check)
    untouched = every - frozenset(task.spec.baseline.untouched)
    yield from _differences("the untouched workspace", _graded(task, task.workspace), untouched)
    empty = grade_reply(task, "", seed=1)
    if empty.score.earned or empty.score.passed:
        yield f"an empty reply earns {empty.score.earned:g} points"


def _aim(task: Task, failing: dict[str, frozenset[str]]) -> Iterator[str]:
    """Judge the mutants as a set: each check has one aimed at it, and no two say the same."""
    every = frozenset(check.id for check in task.spec.check)
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
    seen: dict[frozenset[str], str] = {}
    for name, failed in failing.items():
        if failed in seen:
            yield f"the mutants {seen[failed]} and {name} fail the same checks: {_listed(failed)}"
        seen.setdefault(failed, name)


def _unless_full(name: str, verdict: Graded) -> Iterator[str]:
    for check in sorted(verdict.failed):
        yield f"{name} fails {check!r}: {verdict.evidence[check]}"


def _differences(name: str, verdict: Graded, declared: frozenset[str]) -> Iterator[str]:
    for check in sorted(verdict.failed - declared):
        yield f"{name} fails {check!r}, which task.toml does not say: {verdict.evidence[check]}"
    for check in sorted(declared - verdict.failed):
        yield f"{name} passes {check!r}, which task.toml says it fails: {verdict.evidence[check]}"


def _graded(task: Task, *layers: Path) -> Graded:
    with tempfile.TemporaryDirectory(prefix="codestone-") as folder:
        workspace = Path(folder) / "workspace"
        materialise(workspace, *layers)
        graded = grade(task, workspace, seed=1)
    evidence = {check.id: check.evidence for check in graded.checks}
    return Graded(_failed(graded.checks), evidence, graded.grading_ns / 1e9)


def _failed(checks: Sequence[CheckResult]) -> frozenset[str]:
    return frozenset(check.id for check in checks if not check.passed)


def _same_files(left: Sequence[Path], right: Sequence[Path]) -> bool:
    texts = [{name: path.read_bytes() for name, path in flatten(*side).items()} for side in (left, right)]
    return texts[0] == texts[1]


def _listed(checks: frozenset[str]) -> str:
    return ", ".join(sorted(checks)) or "nothing"


@contextlib.contextmanager
def _busy(count: int) -> Iterator[None]:
    """Keep ``count`` processes computing meanwhile."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(process.start([sys.executable, "-I", "-S", "-c", BUSY]))
        yield
