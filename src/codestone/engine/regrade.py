"""Grade a run's kept answers again with today's tasks: no model is asked, and nothing old is rewritten."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import orjson

from codestone import __version__
from codestone.drivers import Transcript
from codestone.engine.artifacts import TRANSCRIPT, WORKSPACE
from codestone.engine.judge import NOT_ASKED, Judged, is_graded, judge
from codestone.engine.plan import Plan, sampling_seed
from codestone.engine.report import plan_of, summary_of, write_reports
from codestone.errors import NothingMeasured, SandboxError, ToolchainMissing, UnknownName
from codestone.grading.grade import GraderFailed
from codestone.grading.session import require_channel
from codestone.sandbox import Backend
from codestone.store.records import Store
from codestone.store.regrades import Kept
from codestone.suites.load import select
from codestone.task import Task
from codestone.trial import TrialRecord, Versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A regrading as the user asked for it. ``only``: SUITE or SUITE/TASK, nothing for all."""

    directory: Path
    only: tuple[str, ...] = ()
    roots: Sequence[Path] | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One trial graded again: ``after`` is None where that could not be done, and ``why`` says why.

    ``asked_otherwise``: the instruction has been edited since, so the answer is to another question.
    """

    before: TrialRecord
    after: TrialRecord | None
    why: str = ""
    asked_otherwise: bool = False


class Watch(Protocol):
    """Told of each trial as it has been graded again. ``number`` counts from 1."""

    def ends(self, outcome: Outcome, *, number: int, of: int) -> None:
        """Hear of one trial."""


def regrade(request: Request, watch: Watch, *, backend: Backend) -> tuple[Sequence[Outcome], Path | None]:
    """Grade every finished trial again; write the next generation, and the reports, once all is done.

    Returns what became of each trial and the file of the generation (None: dry run). Raises
    NothingMeasured when no answer could be graded again; then, and on Ctrl-C, nothing is written.
    """
    require_channel()
    with Store.open(request.directory, read_only=request.dry_run) as store:
        records = _chosen(store.records(), request.only)
        tasks = _tasks(records, request.roots)
        versions = Versions(
            codestone=__version__, python=platform.python_version(), box=str(backend.describe())
        )
        bench = _Bench(store=store, plan=plan_of(store), versions=versions, backend=backend)
        outcomes = []
        for number, record in enumerate(records, start=1):
            outcome = bench.again(record, tasks[_task_id(record)])
            watch.ends(outcome, number=number, of=len(records))
            outcomes.append(outcome)
        _require_any(outcomes)
        path = None if request.dry_run else _written(store, outcomes)
    return outcomes, path


def _chosen(records: Sequence[TrialRecord], only: Sequence[str]) -> Sequence[TrialRecord]:
    """Return the finished trials that are meant; raise UnknownName for a task that none is of."""
    if not records:
        raise NothingMeasured("the run has no finished trial to grade again")
    known = sorted({name for record in records for name in (record.key.suite, _task_id(record))})
    for name in only:
        if name not in known:
            raise UnknownName("task with a finished trial", name, known)
    return [one for one in records if not only or {one.key.suite, _task_id(one)} & set(only)]


def _task_id(record: TrialRecord) -> str:
    return f"{record.key.suite}/{record.key.task}"


def _tasks(records: Sequence[TrialRecord], roots: Sequence[Path] | None) -> Mapping[str, Task]:
    names = dict.fromkeys(_task_id(record) for record in records)
    return {task.id: task for task in select(list(names), roots=roots)}


def _require_any(outcomes: Sequence[Outcome]) -> None:
    """Raise NothingMeasured where no answer was graded; trials without an answer need no grader."""
    answers = [one for one in outcomes if is_graded(one.before.files, one.before.ending)] or outcomes
    if not any(outcome.after for outcome in answers):
        reasons = sorted({outcome.why for outcome in answers})
        raise NothingMeasured(
            "\n  ".join(["no answer could be graded again; nothing was written", *reasons]),
            hint="Put it right and regrade again; `codestone doctor` tells what works here.",
        )


def _written(store: Store, outcomes: Sequence[Outcome]) -> Path:
    path = store.regrade(
        [outcome.after for outcome in outcomes if outcome.after],
        written=datetime.now(UTC).isoformat(timespec="seconds"),
        kept=[Kept(key=outcome.before.key, why=outcome.why) for outcome in outcomes if not outcome.after],
    )
    write_reports(store, summary_of(store))
    return path


class CannotRegrade(Exception):
    """What a trial left is not there to be graded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """What all trials of one regrading share."""

    store: Store
    plan: Plan
    versions: Versions
    backend: Backend

    def again(self, record: TrialRecord, task: Task) -> Outcome:
        """Grade one kept answer; what is not the model's doing leaves its verdict as it was."""
        try:
            judged = self._judged(record, task)
        except (SandboxError, GraderFailed, ToolchainMissing) as error:
            return Outcome(before=record, after=None, why=error.message)
        except CannotRegrade as error:
            return Outcome(before=record, after=None, why=str(error))
        after = record.model_copy(
            update={
                "task_digest": task.digest,
                "task_title": task.spec.title,
                "score": judged.score,
                "checks": judged.checks,
                "facts": dict(judged.facts),
                "grading_ns": judged.grading_ns,
                "versions": self.versions,
                "generation": self.store.next_generation,
            }
        )
        return Outcome(before=record, after=after, asked_otherwise=self._asked_otherwise(record, task))

    def _judged(self, record: TrialRecord, task: Task) -> Judged:
        workspace = self.store.trial_directory(record.key) / WORKSPACE
        if is_graded(record.files, record.ending):
            missing = [name for name in record.files if not (workspace / name).is_file()]
            if missing:
                raise CannotRegrade(f"{workspace} lacks {', '.join(missing)}")
        evidence = record.checks[0].evidence if record.checks else ""
        said = record.detail or evidence.removeprefix(NOT_ASKED)  # version 1 kept it in the evidence alone
        transcript = Transcript(
            replies=(), messages=(), answer=None, files=record.files, ending=record.ending, detail=said
        )
        seed = sampling_seed(self.plan, record.key) if record.seed is None else record.seed
        return judge(task, transcript, workspace, seed=seed, backend=self.backend)

    def _asked_otherwise(self, record: TrialRecord, task: Task) -> bool:
        """Return whether the transcript tells of another instruction than today's; False where it is gone."""
        try:
            lines = (self.store.trial_directory(record.key) / TRANSCRIPT).read_bytes().splitlines()
            sent = [orjson.loads(line).get("sent") for line in lines]
        except (OSError, orjson.JSONDecodeError):
            return False
        said = "\n".join(str(message.get("content")) for message in sent if message)
        return bool(said) and task.instruction.rstrip("\n") not in said
