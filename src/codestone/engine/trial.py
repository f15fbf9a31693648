"""Run one trial: brief → reply → files → box → checks → record. Read this to know the product."""

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter_ns

from codestone import plugins
from codestone.drivers import Transcript
from codestone.endpoint.chat import ChatRequest, Message, OnText, Reply
from codestone.endpoint.client import Client
from codestone.engine.artifacts import keep, keep_graded
from codestone.engine.judge import Judged, judge
from codestone.errors import SandboxError
from codestone.grading.grade import GraderFailed
from codestone.sandbox import Backend
from codestone.store.records import Store
from codestone.suites.overlay import materialise
from codestone.task import Task
from codestone.trial import Attempt, Contestant, Ending, TrialKey, TrialRecord, Versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """All that one trial needs. ``seed`` goes to the sampler and to the grader's random inputs.

    ``backend`` makes the boxes; None: what this machine has.
    """

    key: TrialKey
    task: Task
    contestant: Contestant
    seed: int
    versions: Versions
    backend: Backend | None = None


def run_trial(
    trial: Trial, client: Client, store: Store, *, on_text: OnText | None = None
) -> TrialRecord | Attempt:
    """Ask, write the files, grade, and append the record; what was not the model's doing is an Attempt."""
    started = datetime.now(UTC).isoformat(timespec="milliseconds")
    with tempfile.TemporaryDirectory(prefix="codestone-") as folder:
        workspace = Path(folder) / "workspace"
        materialise(workspace, trial.task.workspace)
        driver = plugins.find("drivers", trial.key.driver)
        begun_ns = perf_counter_ns()
        transcript: Transcript = driver.drive(trial.task.brief, _asker(trial, client, on_text), workspace)
        generation_ns = perf_counter_ns() - begun_ns
        if not transcript.ending.measured:
            return _not_measured(trial, store, started, transcript)
        try:
            judged = judge(trial.task, transcript, workspace, seed=trial.seed, backend=trial.backend)
        except SandboxError as error:
            ended = replace(transcript, ending=Ending.BOX_FAILED, detail=error.message)
            return _not_measured(trial, store, started, ended)
        except GraderFailed as error:
            ended = replace(transcript, ending=Ending.GRADER_FAILED, detail=error.message)
            return _not_measured(trial, store, started, ended)
        keep(store, trial.key, transcript)
        keep_graded(store, trial.key, workspace, judged.checks)
        record = _record(trial, started, transcript, judged, generation_ns=generation_ns)
        store.append(record)  # written last, so its existence means the trial finished
        return record


def _asker(trial: Trial, client: Client, on_text: OnText | None) -> Callable[[Sequence[Message], int], Reply]:
    """Return what the driver may do: ask this contestant, with the server's own sampling and our seed."""

    def ask(messages: Sequence[Message], max_tokens: int) -> Reply:
        request = ChatRequest(
            model=trial.contestant.model, messages=messages, max_tokens=max_tokens, seed=trial.seed
        )
        return client.chat(request, on_text)

    return ask


def _record(
    trial: Trial, started: str, transcript: Transcript, judged: Judged, *, generation_ns: int
) -> TrialRecord:
    reply = "\n".join(reply.content for reply in transcript.replies)
    return TrialRecord(
        key=trial.key,
        contestant=trial.contestant,
        task_digest=trial.task.digest,
        task_title=trial.task.spec.title,
        seed=trial.seed,
        started=started,
        ending=judged.ending,
        score=judged.score,
        checks=judged.checks,
        exchanges=tuple(reply.exchange for reply in transcript.replies),
        reply_digest=hashlib.sha256(reply.encode("utf-8", "surrogatepass")).hexdigest(),
        reply_lines=len(reply.splitlines()),
        files=transcript.files,
        generation_ns=generation_ns,
        grading_ns=judged.grading_ns,
        versions=trial.versions,
    )


def _not_measured(trial: Trial, store: Store, started: str, transcript: Transcript) -> Attempt:
    keep(store, trial.key, transcript, attempt=len(store.attempts()) + 1)
    attempt = Attempt(
        key=trial.key,
        contestant=trial.contestant,
        task_digest=trial.task.digest,
        started=started,
        ending=transcript.ending,
        detail=transcript.detail,
        exchanges=tuple(reply.exchange for reply in transcript.replies),
        versions=trial.versions,
    )
    store.append_attempt(attempt)
    return attempt
