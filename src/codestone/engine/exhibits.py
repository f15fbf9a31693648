"""What trials left to look at, read back as text for a page: never a link followed, never without bounds."""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Any

import orjson

from codestone.engine.artifacts import CHANGES, GRADING_LOG, REPLY, TRANSCRIPT, WORKSPACE
from codestone.stats.summary import Summary

LONGEST_BYTES = 64 << 10
"""Of one text; the rest is cut, and what was cut is said."""
MOST_BYTES = 8 << 20
"""Of all texts of a page; the first epoch of every cell comes before the second of any."""
MOST_TRIALS = 1000
_MOST_FILES = 40
_LONGEST_TRANSCRIPT_BYTES = 8 << 20  # it holds a line for each arrival, which no page shows


def exhibits(directory: Path, summary: Summary) -> dict[str, dict[str, str]]:
    """Return texts by trial (see ``EpochScore.artifacts``) and by name; trials past the bounds have none."""
    found: dict[str, dict[str, str]] = {}
    left = MOST_BYTES
    for place in islice(_places(summary), MOST_TRIALS):
        if left <= 0:
            break
        found[place] = {name: text for name, text in _texts(directory / place) if text}
        left -= sum(map(len, found[place].values()))
    return found


def _places(summary: Summary) -> Iterator[str]:
    """Yield where trials lie, one of each cell by turns."""
    by_turns = zip_longest(*(cell.epochs for cell in summary.cells))
    return (epoch.artifacts for turn in by_turns for epoch in turn if epoch and epoch.artifacts)


def _texts(trial: Path) -> Iterator[tuple[str, str]]:
    yield REPLY, _read(trial / REPLY)
    yield "conversation", _conversation(trial / TRANSCRIPT)
    yield CHANGES, _read(trial / CHANGES)
    for name in _workspace_files(trial / WORKSPACE):
        yield f"{WORKSPACE}/{name}", _read(trial / WORKSPACE / name)
    yield GRADING_LOG, _read(trial / GRADING_LOG)


def _conversation(transcript: Path) -> str:
    text = _read(transcript, _LONGEST_TRANSCRIPT_BYTES)
    said = conversation(text)
    return (
        said
        if len(said) <= LONGEST_BYTES
        else f"{said[:LONGEST_BYTES]}\n(cut: {len(said)} characters in all)"
    )


def conversation(transcript: str) -> str:
    """Return what was said by whom, in order, from the lines of a transcript; what is none is passed over."""
    lines = [line for line in map(_parsed, transcript.split("\n")) if line]
    replies = (line["received"] for line in lines if "received" in line)
    said: list[str] = []
    for message in (line["sent"] for line in lines if "sent" in line):
        own = next(replies, None) if message.get("role") == "assistant" else None
        said += _reply(own) if own else [_said(message.get("role"), message.get("content"))]
    return "\n\n".join(chain(said, *map(_reply, replies)))


def _parsed(line: str) -> Mapping[str, Mapping[str, Any]]:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return (
        {name: each for name, each in found.items() if isinstance(each, dict)}
        if isinstance(found, dict)
        else {}
    )


def _reply(reply: Mapping[str, Any]) -> Iterable[str]:
    if reply.get("reasoning"):
        yield _said("assistant, thinking", reply["reasoning"])
    if reply.get("content") or not reply.get("tool_calls"):
        yield _said("assistant", reply.get("content"))
    for call in reply.get("tool_calls") or ():
        function = call.get("function", call)
        yield _said(f"assistant calls {function.get('name')}", function.get("arguments"))


def _said(who: object, what: object) -> str:
    return f"[{who}]\n{what if isinstance(what, str) else orjson.dumps(what).decode()}"


def _workspace_files(workspace: Path) -> list[str]:
    found = (
        Path(here, name).relative_to(workspace) for here, _, names in os.walk(workspace) for name in names
    )
    return sorted(map(str, found))[:_MOST_FILES]


def _read(path: Path, most: int = LONGEST_BYTES) -> str:
    """Return a file's text, its start where it is long; "" where there is no such regular file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    with os.fdopen(descriptor, "rb") as file:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            return ""
        data = file.read(most)
    if b"\0" in data:
        return f"(binary, {facts.st_size} bytes)"
    more = f"\n(cut: {facts.st_size} bytes in all)" if facts.st_size > most else ""
    return data.decode(errors="backslashreplace") + more
