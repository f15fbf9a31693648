"""Grade one finished workspace: a function of (task, workspace, seed). No model is needed."""

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from threading import Thread
from time import perf_counter_ns
from types import ModuleType

from codestone.errors import CodestoneError
from codestone.grading.candidate import Candidate
from codestone.grading.channel import CandidateFailed
from codestone.grading.code_lines import code_facts
from codestone.grading.compiling import NotBuilt, compiled
from codestone.grading.findings import EVIDENCE_LIMIT, Finding, NotMeasured, fail, printable
from codestone.grading.score import score
from codestone.grading.session import Session
from codestone.grading.style import UNTOLD, style_facts
from codestone.sandbox import Backend
from codestone.task import CheckSpec, FactSpec, Task
from codestone.trial import CheckResult, FactValue, Score

SOURCE_LIMIT = 1 << 20
FACT_LIMIT = 200
MOST_SIDE_BY_SIDE = 16
"""Checks asked at the same time: a worker of Node has a dozen threads and some 40 MB."""
Check = Callable[[Candidate], Finding]


class GraderFailed(CodestoneError):
    """A check broke: our fault, never the model's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """The outcome of one grading."""

    checks: tuple[CheckResult, ...]
    score: Score
    facts: Mapping[str, FactValue]
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
    grader = grader_of(task)
    functions = _functions(task, grader)
    source = source_of(workspace)
    results = []
    with ExitStack() as stack:
        build = stack.enter_context(
            compiled(task, workspace, source=source, mend=getattr(grader, "mended", None), backend=backend)
        )
        session = stack.enter_context(Session(task, workspace, source=source, build=build, backend=backend))
        for specs in _at_a_time(task.spec.check):
            for result in _asked(session, specs, functions, task=task, seed=seed):
                report(result)
                results.append(result)
        facts = {spec.id: _fact(session, spec, grader, task=task, seed=seed) for spec in task.spec.fact}
    return Graded(
        checks=tuple(results),
        score=score(results, task.spec),
        facts=_facts_of_code(task, source) | facts,
        grading_ns=perf_counter_ns() - started,
    )


def checks_of(task: Task) -> Mapping[str, Check]:
    """Return the function of each check, by its id. Raises GraderFailed."""
    return _functions(task, grader_of(task))


def _functions(task: Task, grader: ModuleType) -> Mapping[str, Check]:
    return {spec.id: getattr(grader, spec.function) for spec in task.spec.check}


def grader_of(task: Task) -> ModuleType:
    """Load ``checks.py``: trusted code of the task's author, run out here. Raises GraderFailed."""
    path = task.tests / "checks.py"
    module = ModuleType(f"checks_of_{task.name.replace('-', '_')}")
    module.__file__ = str(path)
    try:
        # compiled by hand: importing would leave a __pycache__ in the task's folder and change its digest
        exec(compile(path.read_bytes(), path, "exec"), vars(module))  # noqa: S102
        for name in task.spec.functions:
            getattr(module, name)
    except Exception as error:
        raise GraderFailed(
            f"{path} cannot be loaded: {error}", hint=f"codestone tasks check {task.id}"
        ) from error
    return module


def source_of(workspace: Path) -> dict[str, str]:
    """Return the text files of a workspace by path: what a check may read but never execute."""
    texts = {}
    for path in sorted(workspace.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= SOURCE_LIMIT:
            texts[path.relative_to(workspace).as_posix()] = path.read_text("utf-8", errors="replace")
    return texts


def _at_a_time(specs: Sequence[CheckSpec]) -> Iterator[list[CheckSpec]]:
    """Yield the checks in their order: neighbours that are asked side by side together, the others alone."""
    for together, neighbours in groupby(specs, lambda spec: spec.side_by_side):
        its = list(neighbours)
        most = MOST_SIDE_BY_SIDE if together else 1
        yield from (its[start : start + most] for start in range(0, len(its), most))


def _asked(
    session: Session, specs: Sequence[CheckSpec], checks: Mapping[str, Check], *, task: Task, seed: int
) -> list[CheckResult]:
    """Ask some checks at the same time, each of a worker of its own; one alone on this thread."""
    with ExitStack() as stack:
        asking = []
        for spec in specs:
            limit_s = spec.limit_s or task.spec.limits.check_s
            try:
                candidate = stack.enter_context(session.candidate(seed=seed, limit_s=limit_s))
            except CandidateFailed as failed:
                asking.append(partial(_found, task, spec, ask=partial(fail, str(failed))))
            else:
                asking.append(partial(_found, task, spec, ask=partial(checks[spec.id], candidate)))
        *aside, here = asking
        begun = [_begun(ask) for ask in aside]
        last = here()
        return [*(future.result() for future in begun), last]


def _begun(ask: Callable[[], CheckResult]) -> Future[CheckResult]:
    """Ask on a thread that nobody has to wait for: a check that hangs must not keep us from ending."""
    future: Future[CheckResult] = Future()

    def run() -> None:
        try:
            future.set_result(ask())
        except BaseException as error:  # noqa: BLE001 - raised where the result is taken
            future.set_exception(error)

    Thread(target=run, daemon=True, name="check").start()
    return future


def _found(task: Task, spec: CheckSpec, *, ask: Callable[[], Finding]) -> CheckResult:
    """Ask one check. Raises GraderFailed where it broke or could not measure."""
    told = True
    with _blamed(task, f"the check {spec.id!r}"):
        try:
            finding = ask()
        except CandidateFailed as failed:
            finding = Finding(passed=False, evidence=str(failed))
            told = not isinstance(failed, NotBuilt)
    if not isinstance(finding, Finding):
        raise GraderFailed(f"the check {spec.id!r} of {task.id} returned {finding!r} and no Finding")
    return CheckResult(
        id=spec.id,
        passed=finding.passed,
        points=spec.points,
        bonus=spec.bonus,
        bug=spec.bug,
        evidence=printable(finding.evidence)[:EVIDENCE_LIMIT],
        told=told,
    )


def _fact(session: Session, spec: FactSpec, grader: ModuleType, *, task: Task, seed: int) -> FactValue:
    """Measure one fact of the answer; None where the answer does not let it be told."""
    value: FactValue = None
    limit_s = spec.limit_s or task.spec.limits.check_s
    with (
        _blamed(task, f"the fact {spec.id!r}"),
        suppress(CandidateFailed),
        session.candidate(seed=seed, limit_s=limit_s) as candidate,
    ):
        value = getattr(grader, spec.function)(candidate)
    if value is not None and not isinstance(value, bool | int | float | str):
        raise GraderFailed(f"the fact {spec.id!r} of {task.id} returned {value!r}, which is no plain value")
    return printable(value)[:FACT_LIMIT] if isinstance(value, str) else value


def _facts_of_code(task: Task, source: Mapping[str, str]) -> dict[str, FactValue]:
    """Return what is measured of every answer's text, whatever the task."""
    files, asked = task.spec.answer.files, "\n".join([task.instruction, *task.turns])
    facts = code_facts(source, files=files, start=task.workspace)
    try:
        return facts | style_facts(source, files=files, start=task.workspace, asked=asked)
    except Exception:  # noqa: BLE001 - they earn no point: what breaks them must not cost the answer its score
        return facts | dict(UNTOLD)


@contextmanager
def _blamed(task: Task, what: str) -> Iterator[None]:
    """Raise GraderFailed for what breaks in the task's own code, or could not be measured by it."""
    try:
        yield
    except (CodestoneError, CandidateFailed):
        raise
    except NotMeasured as unmeasured:
        raise GraderFailed(
            f"{what} of {task.id} could not measure: {unmeasured}",
            hint="Neither the task nor the answer is at fault: grade again on a machine that is less busy.",
        ) from unmeasured
    except Exception as error:
        raise GraderFailed(
            f"{what} of {task.id} broke:\n{traceback.format_exc()}",
            hint=f"This is a fault of the task, not of the answer: codestone tasks check {task.id}",
        ) from error
