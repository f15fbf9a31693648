"""Let a task prove itself: the reference earns everything, and each wrong answer fails what it should."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import perf_counter_ns

from codestone.engine.answer import grade_reply
from codestone.engine.proving.busy import busy, cores
from codestone.engine.proving.proof import (
    Graded,
    Proof,
    aim,
    all_checks,
    broken,
    differences,
    listed,
    reference,
    unless_full,
)
from codestone.engine.proving.provers import Attempt, Provers
from codestone.grading.grade import GraderFailed, checks_of
from codestone.suites.overlay import flatten
from codestone.task import Task

Report = Callable[[str], None]
SLOW_S = 5.0
"""A reference that takes longer makes every trial wait."""


def _quiet(_: str) -> None:
    pass


def prove(  # noqa: PLR0913 - what a proof is told
    tasks: Sequence[Task],
    *,
    repeat: int,
    load: int,
    report: Report,
    progress: Report = _quiet,
    jobs: int = 1,
) -> bool:
    """Prove every task, all its faults reported; True when there is none. See ``proofs``."""
    found = proofs(tasks, repeat=repeat, load=load, report=report, progress=progress, jobs=jobs)
    return not any(proof.faults for proof in found)


def proofs(  # noqa: PLR0913 - what a proof is told
    tasks: Sequence[Task],
    *,
    repeat: int,
    load: int,
    report: Report,
    progress: Report = _quiet,
    jobs: int = 1,
) -> list[Proof]:
    """Prove every task, and not only up to the first fault; return all that was found.

    ``repeat`` is how often the reference is graded, ``load`` the number of busy processes per core meanwhile,
    ``jobs`` how many candidates are graded at a time. ``report`` is given faults, warnings and one line a
    task, ``progress`` one line a candidate, in the order of task.toml however many are graded at a time.
    """
    count = cores()
    with Provers(jobs) as provers, busy(load * count) as used:
        if load:
            report(f"under load: {load} busy processes on each of {count} cores")
        found = []
        for task in tasks:
            found.append(_proven(task, provers, repeat=repeat, report=report, progress=progress))
            used()
        seconds = used()
        if load and seconds is not None:
            report(f"the busy processes used {seconds:.1f} s of processor time")
    return found


def _proven(task: Task, provers: Provers, *, repeat: int, report: Report, progress: Report) -> Proof:
    started_ns = perf_counter_ns()
    proof = Proof(task=task)
    for fault in _faults(proof, provers, repeat=repeat, progress=progress):
        report(f"✗ {task.id}: {fault}")
        proof.faults.append(fault)
    for warning in _warnings(proof):
        report(f"! {task.id}: {warning}")
        proof.warnings.append(warning)
    proof.seconds = (perf_counter_ns() - started_ns) / 1e9
    mutants, styles = len(task.spec.mutant), len(task.accepted)
    counted = f"{len(task.spec.check)} checks, {mutants} mutants, {styles} accepted styles"
    sign = "✗" if proof.faults else "✓"
    report(f"{sign} {task.id}: {counted}, {proof.reached}, {proof.seconds:.1f} s")
    return proof


def _faults(proof: Proof, provers: Provers, *, repeat: int, progress: Report) -> Iterator[str]:
    task = proof.task
    try:
        checks_of(task)
    except GraderFailed as error:
        yield error.message  # no candidate can be graded
        return
    verdicts = _verdicts(proof, provers, repeat=repeat, progress=progress)
    runs = f"the solution, {repeat} times" if repeat > 1 else "the solution"
    yield from reference([next(verdicts) for _ in range(repeat)], runs)
    for _ in task.accepted:
        yield from unless_full(next(verdicts))
    yield from differences(next(verdicts), all_checks(task) - frozenset(task.spec.baseline.untouched))
    yield from _empty(task)
    failing: dict[str, frozenset[str]] = {}
    for mutant, verdict in zip(task.spec.mutant, verdicts, strict=True):
        if _same_files(task, task.mutant(mutant.name)):
            yield f"{verdict.name} is the same as the solution"
        if not verdict.broke:
            failing[mutant.name] = verdict.failed
        yield from differences(verdict, frozenset(mutant.fails))
    yield from broken(proof.candidates)
    if len(failing) == len(task.spec.mutant):
        yield from aim(task, failing)


def _verdicts(proof: Proof, provers: Provers, *, repeat: int, progress: Report) -> Iterator[Graded]:
    """Grade all candidates; yield each verdict when those before it are known."""
    for verdict in provers.graded(proof.task, list(_attempts(proof.task, repeat))):
        proof.candidates.append(verdict)
        said = "the check broke" if verdict.broke else f"fails {listed(verdict.failed)}"
        progress(f"  {proof.task.id} {verdict.name}: {said}, {verdict.seconds:.1f} s")
        yield verdict


def _attempts(task: Task, repeat: int) -> Iterator[Attempt]:
    """Yield the candidates: right ones first, then the wrong ones."""
    solved = (task.workspace, task.solution)
    for _ in range(repeat):
        yield "the solution", solved
    for style in task.accepted:
        yield f"accepted/{style.name}", (task.workspace, style)
    yield "the untouched workspace", (task.workspace,)
    for mutant in task.spec.mutant:
        yield f"mutants/{mutant.name}", (*solved, task.mutant(mutant.name))


def _empty(task: Task) -> Iterator[str]:
    empty = grade_reply(task, "", seed=1)
    if empty.score.earned or empty.score.passed:
        yield f"an empty reply earns {empty.score.earned:g} points"


def _warnings(proof: Proof) -> Iterator[str]:
    taken = [verdict.seconds for verdict in proof.candidates if verdict.name == "the solution"]
    if taken and min(taken) > SLOW_S:
        yield f"the solution takes {min(taken):.1f} s to grade: more than {SLOW_S:g} s makes every trial wait"


def _same_files(task: Task, mutant: Path) -> bool:
    """Tell whether a mutant changes nothing."""
    solved = (task.workspace, task.solution)
    texts = [
        {name: path.read_bytes() for name, path in flatten(*layers).items()}
        for layers in (solved, (*solved, mutant))
    ]
    return texts[0] == texts[1]
