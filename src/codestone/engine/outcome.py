"""What is written down of one trial: a record where it was the model's doing, else an attempt."""

import hashlib
from datetime import UTC, datetime

from codestone.drivers import Transcript
from codestone.endpoint.chat import Reply
from codestone.engine.answered import Answered, Trial
from codestone.engine.judge import Judged
from codestone.trial import Attempt, Ending, TrialRecord


def record_of(answered: Answered, judged: Judged) -> TrialRecord:
    """Return the record of a trial that was the model's own doing."""
    trial, transcript = answered.trial, answered.transcript
    text = "\n".join(reply.content for reply in transcript.replies)
    said = "\n".join(map(_said, transcript.replies))
    return TrialRecord(
        key=trial.key,
        contestant=trial.contestant,
        task_digest=trial.task.digest,
        task_title=trial.task.spec.title,
        seed=trial.seed,
        started=answered.started,
        ending=judged.ending,
        detail=transcript.detail,
        score=judged.score,
        checks=judged.checks,
        facts=dict(judged.facts),
        exchanges=tuple(reply.exchange for reply in transcript.replies),
        reply_digest=hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest(),
        reply_lines=len(text.splitlines()),
        files=transcript.files,
        generation_ns=answered.generation_ns,
        grading_ns=judged.grading_ns,
        versions=trial.versions,
    )


def _said(reply: Reply) -> str:
    """Return a reply's text with its calls: in a loop many a reply has nothing but these."""
    return "\n".join([reply.content, *(f"{call.name} {call.arguments}" for call in reply.tool_calls)])


def attempt_of(answered: Answered, transcript: Transcript, *, number: int) -> Attempt:
    """Return what is kept of a trial that could not be measured, ``number`` being that of its folder."""
    trial = answered.trial
    return Attempt(
        key=trial.key,
        contestant=trial.contestant,
        task_digest=trial.task.digest,
        started=answered.started,
        ending=transcript.ending,
        detail=transcript.detail,
        exchanges=tuple(reply.exchange for reply in transcript.replies),
        versions=trial.versions,
        number=number,
    )


def unasked(trial: Trial, ending: Ending, detail: str) -> Attempt:
    """Return what is kept of a trial whose contestant never finished an answer."""
    return Attempt(
        key=trial.key,
        contestant=trial.contestant,
        task_digest=trial.task.digest,
        started=datetime.now(UTC).isoformat(timespec="milliseconds"),
        ending=ending,
        detail=detail,
        versions=trial.versions,
    )
