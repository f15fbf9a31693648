"""Grade one finished workspace: a function of (task, workspace, seed). No model is needed."""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns
from types import ModuleType

from codestone.errors import CodestoneError
from codestone.grading.candidate import Candidate
from codestone.grading.channel import CandidateFailed
from codestone.grading.findings import EVIDENCE_LIMIT, Finding, printable
from codestone.grading.score import score
from codestone.grading.session import Session
from codestone.sandbox import Backend
from codestone.task import CheckSpec, Task
from codestone.trial import CheckResult, Score

SOURCE_LIMIT = 1 << 20
Check = Callable[[Candidate], Finding]


class GraderFailed(CodestoneError):
    """A check broke: our fault, never the model's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """The outcome of one grading."""

    checks: tuple[CheckResult, ...]
    score: Score
    grading_ns: int


def grade(
    task: Task,
    workspace: Path,
    *,
    seed: int,
    report: Callable[[CheckResult], None] = lambda _: None,
    backend: Backend | None = None,
) -> Graded:
    """Ask every question of the task about the workspace, in a fresh box of ``backend`` (None: what is here).

    Raises GraderFailed when a check breaks, SandboxError when no box can be had.
    """
    started = perf_counter_ns()
    functions = checks_of(task)
    results = []
    with Session(task, workspace, source=source_of(workspace), backend=backend) as session:
        for spec in task.spec.check:
            result = _asked(session, spec, functions[spec.id], task=task, seed=seed)
            report(result)
            results.append(result)
    return Graded(
        checks=tuple(results), score=score(results, task.spec), grading_ns=perf_counter_ns() - started
    )


def checks_of(task: Task) -> Mapping[str, Check]:
    """Load ``checks.py``: trusted code of the task's author, run out here. Raises GraderFailed."""
    path = task.tests / "checks.py"
    module = ModuleType(f"checks_of_{task.name.replace('-', '_')}")
    module.__file__ = str(path)
    try:
        # compiled by hand: importing would leave a __pycache__ in the task's folder and change its digest
        exec(compile(path.read_bytes(), path, "exec"), vars(module))  # noqa: S102
        return {spec.id: getattr(module, spec.function) for spec in task.spec.check}
    except Exception as error:
        raise GraderFailed(
            f"{path} cannot be loaded: {error}", hint=f"codestone tasks check {task.id}"
        ) from error


def source_of(workspace: Path) -> dict[str, str]:
    """Return the text files of a workspace by path: what a check may read but never execute."""
    texts = {}
    for path in sorted(workspace.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= SOURCE_LIMIT:
            texts[path.relative_to(workspace).as_posix()] = path.read_text("utf-8", errors="replace")
    return texts


def _asked(session: Session, spec: CheckSpec, check: Check, *, task: Task, seed: int) -> CheckResult:
    limit_s = spec.limit_s or task.spec.limits.check_s
    try:
        with session.candidate(seed=seed, limit_s=limit_s) as candidate:
            finding = check(candidate)
    except CandidateFailed as failed:
        finding = Finding(passed=False, evidence=str(failed))
    except CodestoneError:
        raise
    except Exception as error:
        raise GraderFailed(
            f"the check {spec.id!r} of {task.id} broke:\n{traceback.format_exc()}",
            hint=f"This is a fault of the task, not of the answer: codestone tasks check {task.id}",
        ) from error
    if not isinstance(finding, Finding):
        raise GraderFailed(f"the check {spec.id!r} of {task.id} returned {finding!r} and no Finding")
    return CheckResult(
        id=spec.id,
        passed=finding.passed,
        points=spec.points,
        bonus=spec.bonus,
        bug=spec.bug,
        evidence=printable(finding.evidence)[:EVIDENCE_LIMIT],
    )
