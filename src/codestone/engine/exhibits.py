"""What trials and attempts left, read back as text for a page: never a link followed, never without end."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
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
MOST_ATTEMPTS = 200
"""That were not measured; the first of every contestant and task comes before the second of any."""
ATTEMPTS_SHARE = 8
"""One part in so many of the bytes of a page is for attempts at most, so that the trials have the rest."""

Texts = Iterator[tuple[str, str]]

_MOST_FILES = 40
_LONGEST_TRANSCRIPT_BYTES = 8 << 20  # it holds a line for each arrival, which no page shows


def exhibits(directory: Path, summary: Summary) -> dict[str, dict[str, str]]:
    """Return texts by place and by name; trials and attempts past the bounds have none.

    A place is an ``EpochScore.artifacts``, or a ``Failure.artifacts`` of an attempt that was not measured.
    """
    failures = islice(_failures(summary), MOST_ATTEMPTS)
    attempts = _within(MOST_BYTES // ATTEMPTS_SHARE, failures, directory, read=_attempt_texts)
    left = MOST_BYTES - sum(map(_size, attempts.values()))
    return attempts | _within(left, islice(_trials(summary), MOST_TRIALS), directory, read=_texts)


def _within(
    left: int, places: Iterable[str], directory: Path, *, read: Callable[[Path], Texts]
) -> dict[str, dict[str, str]]:
    """Return the texts of one place after the other, until there are ``left`` of bytes."""
    found: dict[str, dict[str, str]] = {}
    root = directory.resolve()
    for place in places:
        if left <= 0:
            break
        if (root / place).resolve() != root / place:
            continue  # a link on the way
        found[place] = {name: text for name, text in read(root / place) if text}
        left -= _size(found[place])
    return found


def _size(texts: Mapping[str, str]) -> int:
    return sum(map(len, texts.values()))


def _trials(summary: Summary) -> Iterator[str]:
    """Yield where trials lie, one of each cell by turns."""
    return _by_turns([epoch.artifacts for epoch in cell.epochs] for cell in summary.cells)


def _failures(summary: Summary) -> Iterator[str]:
    """Yield where attempts lie that were not measured, one of each contestant and task by turns."""
    places: dict[tuple[str, str], list[str]] = {}
    for failure in summary.failures:
        if failure.artifacts:
            places.setdefault((failure.label, failure.task), []).append(failure.artifacts)
    return _by_turns(places.values())


def _by_turns(rows: Iterable[Iterable[str | None]]) -> Iterator[str]:
    return (place for turn in zip_longest(*rows) for place in turn if place)


def _attempt_texts(attempt: Path) -> Texts:
    """Yield the reply as far as it came, and what was said; nothing of a prompt that brought nothing."""
    yield REPLY, _read(attempt / REPLY)
    transcript = _read(attempt / TRANSCRIPT, _LONGEST_TRANSCRIPT_BYTES)
    if any(map(_brought, _lines(transcript))):
        yield "conversation", _bounded(conversation(transcript))


def _brought(line: Mapping[str, Mapping[str, Any]]) -> bool:
    reply = line.get("received", {})
    return any(reply.get(part) for part in ("content", "reasoning", "tool_calls"))


def _texts(trial: Path) -> Texts:
    yield REPLY, _read(trial / REPLY)
    yield "conversation", _bounded(conversation(_read(trial / TRANSCRIPT, _LONGEST_TRANSCRIPT_BYTES)))
    yield CHANGES, _read(trial / CHANGES)
    for name in _workspace_files(trial / WORKSPACE):
        yield f"{WORKSPACE}/{name}", _read(trial / WORKSPACE / name)
    yield GRADING_LOG, _read(trial / GRADING_LOG)


def _bounded(text: str) -> str:
    return (
        text
        if len(text) <= LONGEST_BYTES
        else f"{text[:LONGEST_BYTES]}\n(cut: {len(text)} characters in all)"
    )


def conversation(transcript: str) -> str:
    """Return what was said by whom, in order, from the lines of a transcript; what is none is passed over."""
    lines = _lines(transcript)
    replies = (line["received"] for line in lines if "received" in line)
    said: list[str] = []
    for message in (line["sent"] for line in lines if "sent" in line):
        own = next(replies, None) if message.get("role") == "assistant" else None
        said += _reply(own) if own else [_said(message.get("role"), message.get("content"))]
    return "\n\n".join(chain(said, *map(_reply, replies)))


def _lines(transcript: str) -> list[Mapping[str, Mapping[str, Any]]]:
    return [line for line in map(_parsed, transcript.split("\n")) if line]


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
    calls = reply.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        function = call.get("function", call) if isinstance(call, dict) else None
        if isinstance(function, dict):
            yield _said(f"assistant calls {function.get('name')}", function.get("arguments"))


def _said(who: object, what: object) -> str:
    return f"[{who}]\n{what if isinstance(what, str) else orjson.dumps(what).decode()}"


def _workspace_files(workspace: Path) -> list[str]:
    if workspace.is_symlink():
        return []
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
