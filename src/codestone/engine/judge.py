"""From a finished transcript to checks and score: graded in a box, or failed where nothing was answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from codestone.drivers import Transcript
from codestone.grading.grade import grade
from codestone.grading.score import score, unanswered
from codestone.sandbox import Backend
from codestone.task import Task
from codestone.trial import CheckResult, Ending, FactValue, Score

NOT_ASKED = "not asked: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the model's answer was worth."""

    ending: Ending
    checks: tuple[CheckResult, ...]
    score: Score
    grading_ns: int
    facts: Mapping[str, FactValue] = field(default_factory=lambda: MappingProxyType({}))


def judge(
    task: Task, transcript: Transcript, workspace: Path, *, seed: int, backend: Backend | None = None
) -> Judged:
    """Grade what the driver left; an ending without an answer fails every check unasked.

    Raises SandboxError and GraderFailed, which are never the model's doing.
    """
    if not is_graded(transcript.files, transcript.ending):
        checks = unanswered(task.spec, f"{NOT_ASKED}{transcript.detail or transcript.ending.words}")
        return Judged(ending=transcript.ending, checks=checks, score=score(checks, task.spec), grading_ns=0)
    graded = grade(task, workspace, seed=seed, backend=backend)
    return Judged(
        ending=transcript.ending,
        checks=graded.checks,
        score=graded.score,
        grading_ns=graded.grading_ns,
        facts=graded.facts,
    )


def is_graded(files: Sequence[str], ending: Ending) -> bool:
    """Return whether there is something to grade: files were written, and the ending lets them count."""
    return bool(files) and ending.graded
