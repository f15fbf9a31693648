"""One speed trial: its prompts are asked; what came back is a record, or an attempt where it broke off."""

import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime

from codestone import __version__
from codestone.drivers import Transcript
from codestone.endpoint.chat import Ask, Message, Reply
from codestone.engine.speed import texts
from codestone.engine.speed.sizing import Size
from codestone.engine.speed.trials import SpeedTrial, digest
from codestone.engine.speed.warm import finished, salt
from codestone.speed_record import SpeedRecord, Timed
from codestone.trial import Attempt, Contestant, Ending, TrialKey, Versions

_UNSAID = "(nothing was said)"
"""Stands in the conversation for a reply without content, as where all of it was thinking: some servers
refuse an empty message."""

BUSY_SHARE = 0.5
"""Of the processors in use, on the average of the last minute."""

Measured = tuple[SpeedRecord | Attempt, Transcript]


def measure(trial: SpeedTrial, key: TrialKey, *, contestant: Contestant, size: Size, ask: Ask) -> Measured:
    """Ask and return what is to be written down; nothing that a server does raises."""
    started = datetime.now(UTC).isoformat(timespec="milliseconds")
    load_average = load()
    messages: list[Message] = []
    turns: list[Timed] = []
    replies: list[Reply] = []
    for said in _said(trial, size):
        messages.append(Message(role="user", content=said))
        characters = sum(len(message.content) for message in messages)
        replies.append(ask(tuple(messages), trial.output_tokens))
        turns.append(Timed(exchange=replies[-1].exchange, prompt_characters=characters))
        if not finished(replies[-1]):
            break
        messages.append(Message(role="assistant", content=replies[-1].content or _UNSAID))
    transcript = _transcript(replies, messages)
    if not finished(replies[-1]):
        return _failed(key, contestant, started=started, transcript=transcript), transcript
    record = SpeedRecord(
        key=key,
        contestant=contestant,
        task_digest=digest(),
        kind=trial.kind,
        shape=trial.shape,
        started=started,
        output_tokens=trial.output_tokens,
        wanted_tokens=size.wanted_tokens,
        scaled=size.scaled,
        load_average=load_average,
        turns=tuple(turns),
        codestone=__version__,
        python=platform.python_version(),
    )
    return record, transcript


def unmeasured(key: TrialKey, contestant: Contestant, *, ending: Ending, detail: str) -> Attempt:
    """Return what is kept of a speed trial that was not asked, or not to its end.

    A refused prompt is no doing of the model here: nobody is scored by it.
    """
    return Attempt(
        key=key,
        contestant=contestant,
        task_digest=digest(),
        started=datetime.now(UTC).isoformat(timespec="milliseconds"),
        ending=Ending.REJECTED if ending.measured else ending,
        detail=detail,
        versions=Versions(codestone=__version__, python=platform.python_version(), box="not used"),
    )


def load() -> tuple[float, float, float] | None:
    """Return the load average of this machine, None where it tells none."""
    try:
        return os.getloadavg()
    except OSError:
        return None


def busy(load_average: tuple[float, float, float] | None) -> str:
    """Return a warning where other programs want the processor too, "" where they do not."""
    cores = os.cpu_count() or 1
    if load_average is None or load_average[0] < BUSY_SHARE * cores:
        return ""
    return (
        f"; this machine is busy (load average {load_average[0]:.1f}, {cores} cores) and figures will show it"
    )


def _said(trial: SpeedTrial, size: Size) -> Iterator[str]:
    """Yield what the user says, turn by turn; its beginning is new each time."""
    if trial.shape == "conversation":
        yield texts.opening(size.characters, salt=salt())
        yield from texts.FOLLOW_UPS
    else:
        yield texts.prompt(trial.kind, size.characters, salt=salt())


def _transcript(replies: list[Reply], messages: list[Message]) -> Transcript:
    last = replies[-1].exchange
    return Transcript(
        replies=tuple(replies),
        messages=tuple(messages),
        answer=None,
        files=(),
        ending=last.ending,
        detail=last.detail,
    )


def _failed(key: TrialKey, contestant: Contestant, *, started: str, transcript: Transcript) -> Attempt:
    attempt = unmeasured(key, contestant, ending=transcript.ending, detail=transcript.detail)
    exchanges = tuple(reply.exchange for reply in transcript.replies)
    return attempt.model_copy(update={"started": started, "exchanges": exchanges})
