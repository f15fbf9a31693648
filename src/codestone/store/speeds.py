"""Finished speed trials: ``speed.jsonl``, append-only like ``records.jsonl``, there from the first one on."""

from pathlib import Path

from codestone.errors import StoreError
from codestone.speed_record import SpeedRecord
from codestone.store.coding import DAMAGED, encoded, title, validated
from codestone.store.lines import Lines, read_lines
from codestone.store.migrations import upgraded
from codestone.trial import TrialKey

SPEEDS = "speed.jsonl"


class Speeds:
    """The file of one run directory, read when it is opened; whoever appends holds the run's lock."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / SPEEDS
        self._lines: Lines | None = None
        self._records: dict[TrialKey, SpeedRecord] = {}
        values = read_lines(self._path) if self._path.exists() else []
        for number, value in enumerate(values, start=1):
            self._take(_decoded(value, self._path, number), f"{self._path}:{number}")

    def records(self) -> tuple[SpeedRecord, ...]:
        """Return all, in the order in which they finished."""
        return tuple(self._records.values())

    def finished(self) -> frozenset[TrialKey]:
        """Return the keys that have a record."""
        return frozenset(self._records)

    def append(self, record: SpeedRecord) -> None:
        """Write one, durably. Raises StoreError for a key that has a record already."""
        if record.key in self._records:
            raise StoreError(f"{SPEEDS} already holds a record of {title(record.key)}")
        if self._lines is None:
            self._lines = Lines(self._path, create=not self._path.exists())
            self._lines.cut_torn()
        self._lines.append(encoded(record, SpeedRecord))
        self._records[record.key] = record

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        if self._lines is not None:
            self._lines.close()
            self._lines = None

    def _take(self, record: SpeedRecord, where: str) -> None:
        if record.key in self._records:
            raise StoreError(
                f"{where}: a second record of {title(record.key)}",
                hint="Delete one of the two lines; `codestone report` then shows the other.",
            )
        self._records[record.key] = record


def _decoded(value: object, path: Path, number: int) -> SpeedRecord:
    where = path.with_name(f"{path.name}:{number}")
    try:
        line = upgraded(value, upgrades={}, newest=1)
    except StoreError as error:
        raise StoreError(f"{where}: {error.message}", hint=error.hint or DAMAGED) from error
    return validated(line, SpeedRecord, path=where, hint=DAMAGED)
