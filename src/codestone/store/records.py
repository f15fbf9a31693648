"""The run directory: plan, environment, finished trials, failed attempts, artifacts.

A record is appended last, so its presence means that the trial is finished; a trial without one is
pending. Nothing that stands in ``records.jsonl`` is ever rewritten.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from codestone.errors import StoreError
from codestone.store.files import reported, sync_directory, write_whole
from codestone.store.lines import Lines, read_lines
from codestone.store.migrations import upgraded
from codestone.store.paths import trial_path
from codestone.trial import Attempt, TrialKey, TrialRecord

PLAN = "plan.json"
ENVIRONMENT = "environment.json"
RECORDS = "records.jsonl"
ATTEMPTS = "attempts.jsonl"

Line = TypeVar("Line", TrialRecord, Attempt)


class Store:
    """One run directory: open for its only writer, or for reading beside one. Close it, or use ``with``."""

    def __init__(self, directory: Path, records: Lines | None = None, attempts: Lines | None = None) -> None:
        """Use ``Store.create`` or ``Store.open``."""
        self.directory = directory
        self._record_lines, self._attempt_lines = records, attempts
        self._records = _read(directory / RECORDS, TrialRecord)
        self._attempts = _read(directory / ATTEMPTS, Attempt)
        self._finished = _distinct(self._records, directory / RECORDS)

    @classmethod
    def create(cls, directory: Path, plan: Any, environment: Any) -> Self:
        """Begin a run in a new or empty directory, and lock it.

        ``plan`` and ``environment`` are JSON-able values, pydantic models, or bytes that are JSON already.
        Raises StoreError where the directory holds something, or cannot be written.
        """
        directory = directory.absolute()
        with reported("create", directory):
            directory.mkdir(parents=True, exist_ok=True)
            if any(directory.iterdir()):
                resume = (
                    "Continue that run with --resume, or choose" if (directory / PLAN).exists() else "Choose"
                )
                raise StoreError(f"{directory} is not empty", hint=f"{resume} another directory with --out.")
        with ExitStack() as undo:
            records = Lines(directory / RECORDS, create=True)
            undo.callback(records.close)
            attempts = Lines(directory / ATTEMPTS, create=True)
            undo.callback(attempts.close)
            write_whole(directory / ENVIRONMENT, _json(environment))
            write_whole(directory / PLAN, _json(plan))  # last: a directory without it was never a run
            with reported("create", directory):
                sync_directory(directory.parent)
            store = cls(directory, records, attempts)
            undo.pop_all()
        return store

    @classmethod
    def open(cls, directory: Path, *, read_only: bool = False) -> Self:
        """Open a run: to continue it (locked, a torn last line is cut), or only to read it.

        Reading takes no lock, writes nothing and passes over a last line that is still being written.
        Raises StoreError where it is no run, is locked, or holds a line that cannot be read.
        """
        directory = directory.absolute()
        if not (directory / PLAN).is_file():
            raise StoreError(
                f"{directory} is no run directory: it has no {PLAN}",
                hint="Name a directory that `codestone run` has written.",
            )
        if read_only:
            return cls(directory)
        with ExitStack() as undo:
            records = Lines(directory / RECORDS)
            undo.callback(records.close)
            attempts = Lines(directory / ATTEMPTS)
            undo.callback(attempts.close)
            records.cut_torn()
            attempts.cut_torn()
            store = cls(directory, records, attempts)
            undo.pop_all()
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the lock; the store can still be read, and no longer written."""
        for lines in (self._record_lines, self._attempt_lines):
            if lines is not None:
                lines.close()
        self._record_lines = self._attempt_lines = None

    @property
    def plan(self) -> Any:
        """The run's plan, as JSON values."""
        return _read_json(self.directory / PLAN)

    @property
    def environment(self) -> Any:
        """What machine and software the run was begun on, as JSON values."""
        return _read_json(self.directory / ENVIRONMENT)

    def records(self) -> tuple[TrialRecord, ...]:
        """Return all finished trials, in the order in which they finished."""
        return tuple(self._records)

    def attempts(self) -> tuple[Attempt, ...]:
        """Return all attempts that could not be measured, in their order."""
        return tuple(self._attempts)

    def finished(self) -> frozenset[TrialKey]:
        """Return the keys that have a record; every other key of the plan is pending."""
        return frozenset(self._finished)

    def append(self, record: TrialRecord) -> None:
        """Write a finished trial, durably. Raises StoreError for a key that has a record already."""
        if record.key in self._finished:
            raise StoreError(f"{RECORDS} already holds a record of {_title(record.key)}")
        _writable(self._record_lines, self.directory).append(_line(record, TrialRecord))
        self._finished.add(record.key)
        self._records.append(record)

    def append_attempt(self, attempt: Attempt) -> None:
        """Write an attempt that could not be measured, durably; its key stays pending."""
        _writable(self._attempt_lines, self.directory).append(_line(attempt, Attempt))
        self._attempts.append(attempt)

    def trial_directory(self, key: TrialKey) -> Path:
        """Return where a trial's artifacts lie. The directory may not be there yet."""
        return self.directory / trial_path(key)

    def write_artifact(self, key: TrialKey, name: str, data: bytes) -> Path:
        """Write one artifact of a trial, whole or not at all, and return its path.

        ``name`` is a relative path such as ``reply.md`` or ``workspace/main.py``. Raises StoreError
        where it leads out of the trial's directory, through a symbolic link too.
        """
        _writable(self._record_lines, self.directory)
        home = self.trial_directory(key)
        relative = PurePosixPath(name)
        path = home / relative
        plain = relative.parts and not relative.is_absolute() and ".." not in relative.parts
        if not plain or "\0" in name or not path.parent.resolve().is_relative_to(home.resolve()):
            raise StoreError(f"{name!r} is not a path inside {home}")
        write_whole(path, data)
        return path


def _writable(lines: Lines | None, directory: Path) -> Lines:
    if lines is None:
        raise StoreError(f"{directory} is not open for writing")
    return lines


def _line(record: Line, kind: type[Line]) -> bytes:
    """Return the line of a record, after proof that it can be read again (NaN, for one, cannot)."""
    try:
        line = orjson.dumps(record.model_dump(mode="json"))
        kind.model_validate(orjson.loads(line))
    except (TypeError, ValueError) as error:
        raise StoreError(f"the record of {_title(record.key)} cannot be written as JSON: {error}") from error
    return line


def _read(path: Path, kind: type[Line]) -> list[Line]:
    """Return the records of a file in today's schema; raise StoreError that names the line."""
    found = []
    for number, value in enumerate(read_lines(path), start=1):
        try:
            found.append(kind.model_validate(upgraded(value)))
        except StoreError as error:
            raise StoreError(f"{path}:{number}: {error.message}", hint=error.hint) from error
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(step) for step in first["loc"])
            raise StoreError(f"{path}:{number}: {where}: {first['msg']}") from error
    return found


def _distinct(records: Sequence[TrialRecord], path: Path) -> set[TrialKey]:
    """Return the keys of all records; raise StoreError that names the line of a second record of one key."""
    keys: set[TrialKey] = set()
    for number, record in enumerate(records, start=1):
        if record.key in keys:
            raise StoreError(f"{path}:{number}: a second record of {_title(record.key)}")
        keys.add(record.key)
    return keys


def _json(value: Any) -> bytes:
    if isinstance(value, bytes):
        orjson.loads(value)
        return value
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return orjson.dumps(plain, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _read_json(path: Path) -> Any:
    with reported("read", path):
        data = path.read_bytes()
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise StoreError(f"{path}: not JSON: {error}") from error


def _title(key: TrialKey) -> str:
    variant = f" ({key.variant})" if key.variant else ""
    return f"{key.suite}/{key.task}{variant}, {key.contestant}, {key.driver}, epoch {key.epoch}"
