"""Grade somebody's answer on the path that a run takes, without a model."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from codestone import sandbox
from codestone.drivers import Transcript, single
from codestone.endpoint.chat import Message, Reply, Tools
from codestone.engine.judge import judge
from codestone.errors import UsageError
from codestone.sandbox import Backend
from codestone.suites.overlay import materialise
from codestone.task import Data, Task
from codestone.timing import Marks
from codestone.trial import CheckResult, Ending, Exchange, FactValue, Score


class GradedAnswer(Data):
    """What ``codestone grade`` found out. Its JSON is documented in docs/reference/grade.md."""

    schema_version: Literal[1] = 1
    task: str
    task_digest: str
    seed: int
    ending: Ending
    detail: str
    score: Score
    checks: tuple[CheckResult, ...]
    facts: dict[str, FactValue]
    files: tuple[str, ...]
    grading_ns: int
    sandbox: str


def grade_workspace(
    task: Task, workspace: Path, *, seed: int, backend: Backend | None = None
) -> GradedAnswer:
    """Grade a finished folder as it lies; it stays unchanged. Raises UsageError when it holds no file."""
    files = tuple(sorted(p.relative_to(workspace).as_posix() for p in workspace.rglob("*") if p.is_file()))
    if not files:
        raise UsageError(
            f"{workspace} holds no file",
            hint=f"{task.id} is answered by {', '.join(task.spec.answer.files)}.",
        )
    transcript = Transcript(
        replies=(), messages=(), answer=None, files=files, ending=Ending.ANSWERED, detail=""
    )
    return _graded(task, transcript, workspace, seed=seed, backend=backend)


def grade_reply(task: Task, text: str, *, seed: int, backend: Backend | None = None) -> GradedAnswer:
    """Grade a reply's text as if a contestant had given it: files are read out of it as in a run."""

    def ask(messages: Sequence[Message], max_tokens: int, *, tools: Tools = ()) -> Reply:  # noqa: ARG001
        ending = Ending.ANSWERED if text.strip() else Ending.EMPTY
        exchange = Exchange(ending=ending, content_characters=len(text))
        marks = Marks(connect_ns=None, headers_ns=None, arrivals=(), end_ns=None)
        return Reply(content=text, reasoning="", tool_calls=(), exchange=exchange, marks=marks, raw_extra={})

    with tempfile.TemporaryDirectory(prefix="codestone-") as folder:
        workspace = Path(folder) / "workspace"
        materialise(workspace, task.workspace)
        transcript = single.drive(task.brief, ask, workspace)
        return _graded(task, transcript, workspace, seed=seed, backend=backend)


def _graded(
    task: Task, transcript: Transcript, workspace: Path, *, seed: int, backend: Backend | None
) -> GradedAnswer:
    backend = backend or sandbox.backend()
    judged = judge(task, transcript, workspace, seed=seed, backend=backend)
    return GradedAnswer(
        task=task.id,
        task_digest=task.digest,
        seed=seed,
        ending=judged.ending,
        detail=transcript.detail,
        score=judged.score,
        checks=judged.checks,
        facts=dict(judged.facts),
        files=transcript.files,
        grading_ns=judged.grading_ns,
        sandbox=str(backend.describe()),
    )
