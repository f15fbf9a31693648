"""Generations: what finished trials were worth when their kept workspaces were graded again.

``regrades/<n>.jsonl`` is written in one step, so that it exists complete or not at all. Its first line
says when, and which trials keep an older verdict; each line after it is the new record of one trial.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson
from pydantic import Field

from codestone.errors import StoreError
from codestone.store.coding import decoded, distinct, encoded, title, validated
from codestone.store.files import reported, write_whole
from codestone.store.lines import read_lines
from codestone.task import Data
from codestone.trial import TrialKey, TrialRecord

REGRADES = "regrades"
_FILE = re.compile(r"([1-9][0-9]*)\.jsonl")
_HINT = "Restore the file; or delete it and regrade: what the trials left is still there."


class Kept(Data):
    """A trial that could not be graded again and so keeps its older verdict."""

    key: TrialKey
    why: str


class Regrade(Data):
    """The first line of a generation."""

    schema_version: Literal[1] = 1
    generation: int = Field(ge=1)
    written: str = Field(description="UTC, ISO 8601.")
    records: int = Field(ge=1, description="How many lines follow.")
    kept: tuple[Kept, ...] = Field(default=(), description="What could not be graded again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One regrading, as it lies on disk."""

    head: Regrade
    records: tuple[TrialRecord, ...]


def read_generations(directory: Path) -> tuple[Generation, ...]:
    """Return all generations of a run, the oldest first; raise StoreError that names a damaged line."""
    folder = directory / REGRADES
    with reported("read", folder):
        names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    numbers = sorted(int(found[1]) for name in names if (found := _FILE.fullmatch(name)))
    return tuple(_read(_path(directory, number), number) for number in numbers)


def write_generation(
    directory: Path, records: Sequence[TrialRecord], *, number: int, written: str, kept: Sequence[Kept]
) -> Generation:
    """Write generation ``number``, whole or not at all. Raises StoreError, also for a record of another."""
    for record in records:
        if record.generation != number:
            raise StoreError(f"{title(record.key)} is of generation {record.generation}, not {number}")
    head = Regrade(generation=number, written=written, records=len(records), kept=tuple(kept))
    lines = [orjson.dumps(head.model_dump(mode="json")), *(encoded(one, TrialRecord) for one in records)]
    path = _path(directory, number)
    distinct(records, path=path, first=2, hint="")
    write_whole(path, b"".join(line + b"\n" for line in lines))
    return Generation(head=head, records=tuple(records))


def _path(directory: Path, number: int) -> Path:
    return directory / REGRADES / f"{number}.jsonl"


def _read(path: Path, number: int) -> Generation:
    lines = read_lines(path, hint=_HINT)
    head = validated(next(lines, None), Regrade, path=path, hint=_HINT)
    records = decoded(lines, TrialRecord, path=path, first=2, hint=_HINT)
    if head.generation != number or any(record.generation != number for record in records):
        raise StoreError(f"{path}: is not generation {number}", hint=_HINT)
    if len(records) != head.records:
        raise StoreError(f"{path}: holds {len(records)} of {head.records} records", hint=_HINT)
    distinct(records, path=path, first=2, hint=_HINT)
    return Generation(head=head, records=tuple(records))
