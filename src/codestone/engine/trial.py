"""Run one trial: brief → reply → files → box → checks → record. Read this to know the product."""

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter_ns

from codestone import plugins
from codestone.drivers import Transcript
from codestone.endpoint.chat import OnText
from codestone.endpoint.client import Client
from codestone.engine.answered import Answered, Trial
from codestone.engine.artifacts import keep, keep_graded
from codestone.engine.asking import asker, sent
from codestone.engine.judge import judge
from codestone.engine.outcome import attempt_of, record_of
from codestone.errors import SandboxError
from codestone.grading.grade import GraderFailed
from codestone.store.records import Store
from codestone.suites.overlay import materialise
from codestone.trial import Attempt, Ending, TrialRecord


def run_trial(
    trial: Trial, client: Client, store: Store, *, on_text: OnText | None = None
) -> TrialRecord | Attempt:
    """Ask, write the files, grade, and append the record; what was not the model's doing is an Attempt."""
    return settle(answer(trial, client, on_text=on_text), store)


def answer(trial: Trial, client: Client, *, on_text: OnText | None = None) -> Answered:
    """Give the contestant its brief and a fresh workspace, and wait until it is done."""
    started = datetime.now(UTC).isoformat(timespec="milliseconds")
    owner = tempfile.TemporaryDirectory(prefix="codestone-")
    try:
        workspace = Path(owner.name) / "workspace"
        materialise(workspace, trial.task.workspace)
        driver = plugins.find("drivers", trial.key.driver)
        ask = asker(trial.contestant, client, seed=trial.seed, timeouts=trial.timeouts, on_text=on_text)
        begun_ns = perf_counter_ns()
        transcript: Transcript = driver.drive(trial.task.brief, ask, workspace)
        generation_ns = perf_counter_ns() - begun_ns
    except BaseException:  # Ctrl-C too: the trial stays pending, and nothing of it stays behind
        owner.cleanup()
        raise
    return Answered(
        trial=trial,
        transcript=replace(transcript, messages=sent(transcript.messages, trial.contestant)),
        generation_ns=generation_ns,
        folder=Path(owner.name),
        started=started,
        owner=owner,
    )


def settle(answered: Answered, store: Store, *, boxes: int = 2) -> TrialRecord | Attempt:
    """Grade what was left and write it down; the record comes last, so its presence means finished.

    A box that breaks is an attempt, and the same answer is graded in the next of so many ``boxes``.
    """
    trial, transcript = answered.trial, answered.transcript
    try:
        if not transcript.ending.measured:
            return _not_measured(answered, store, transcript)
        try:
            judged = judge(trial.task, transcript, answered.workspace, seed=trial.seed, backend=trial.backend)
        except SandboxError as error:
            ended = replace(transcript, ending=Ending.BOX_FAILED, detail=error.message)
            attempt = _not_measured(answered, store, ended)
            return settle(answered, store, boxes=boxes - 1) if boxes > 1 else attempt
        except GraderFailed as error:
            ended = replace(transcript, ending=Ending.GRADER_FAILED, detail=error.message)
            return _not_measured(answered, store, ended)
        keep(store, trial.key, transcript)
        keep_graded(store, trial.key, answered.workspace, start=trial.task.workspace, checks=judged.checks)
        record = record_of(answered, judged)
        store.append(record)
        return record
    finally:
        answered.discard()


def _not_measured(answered: Answered, store: Store, transcript: Transcript) -> Attempt:
    number = store.next_attempt(answered.trial.key)
    keep(store, answered.trial.key, transcript, attempt=number)
    attempt = attempt_of(answered, transcript, number=number)
    store.append_attempt(attempt)
    return attempt
