"""What a trial leaves to look at: the reply, the raw exchanges, the files, the grader's log."""

from collections.abc import Sequence
from pathlib import Path

import orjson

from codestone.drivers import Transcript
from codestone.endpoint.chat import Message, Reply
from codestone.engine.changes import changes
from codestone.store.records import Store
from codestone.trial import CheckResult, TrialKey

REPLY = "reply.md"
WORKSPACE = "workspace"
TRANSCRIPT = "transcript.jsonl"
CHANGES = "changes.diff"
GRADING_LOG = "grading.log"


def keep(store: Store, key: TrialKey, transcript: Transcript, *, attempt: int | None = None) -> None:
    """Write what was said; an attempt's lies in a folder of its own, so that none overwrites another's."""
    prefix = f"attempt-{attempt}/" if attempt else ""
    reply = "\n\n".join(reply.content for reply in transcript.replies)
    store.write_artifact(key, f"{prefix}{REPLY}", reply.encode("utf-8", "surrogatepass"))
    lines = [*map(_sent, transcript.messages), *map(_received, transcript.replies)]
    store.write_artifact(key, f"{prefix}{TRANSCRIPT}", b"".join(lines))


def keep_graded(
    store: Store, key: TrialKey, workspace: Path, *, start: Path, checks: Sequence[CheckResult]
) -> None:
    """Write the workspace as a box was given it to grade, what was changed in it, and the grader's log."""
    store.write_folder(key, WORKSPACE, workspace)
    if start.is_dir():
        store.write_artifact(key, CHANGES, changes(start, workspace).encode("utf-8", "surrogatepass"))
    log = [f"{'pass' if check.passed else 'FAIL'} {check.id}: {check.evidence}" for check in checks]
    store.write_artifact(key, GRADING_LOG, "\n".join([*log, ""]).encode())


def _sent(message: Message) -> bytes:
    return orjson.dumps({"sent": message.as_json()}, option=orjson.OPT_APPEND_NEWLINE)


def _received(reply: Reply) -> bytes:
    """One line with the text by channel, the exchange, and every arrival as [ns, channel, characters]."""
    line = {
        "content": _sayable(reply.content),
        "reasoning": _sayable(reply.reasoning),
        "tool_calls": [call.as_json() for call in reply.tool_calls],
        "exchange": reply.exchange.model_dump(mode="json"),
        "arrivals": [
            [arrival.at_ns, arrival.channel, arrival.characters] for arrival in reply.marks.arrivals
        ],
        "other": reply.raw_extra,
    }
    return orjson.dumps({"received": line}, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)


def _sayable(text: str) -> str:
    """Return text without lone surrogates, which UTF-8 cannot say."""
    return text.encode("utf-8", "backslashreplace").decode()
