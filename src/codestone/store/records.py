"""The run directory: plan, environment, finished trials, failed attempts, regradings, artifacts.

A record is appended last, so its presence means that the trial is finished; a trial without one is
pending. Nothing that stands in ``records.jsonl`` is ever rewritten: a regrading is a file of its own.

One process writes; in it one thread may append while others read.
"""

import re
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self

from codestone.bulk import Line
from codestone.errors import StoreError
from codestone.serving import Finding
from codestone.speed_record import SpeedRecord
from codestone.store.coding import (
    Model,
    decoded,
    distinct,
    encoded,
    json_bytes,
    read_json,
    title,
    validated,
)
from codestone.store.files import PARTIAL, copy_whole, reported, sync_directory, write_whole
from codestone.store.lines import Lines, read_lines
from codestone.store.migrations import upgraded_plan
from codestone.store.paths import trial_path
from codestone.store.regrades import REGRADES, Generation, Kept, read_generations, write_generation
from codestone.store.served import SERVING, read_served, write_served
from codestone.store.speeds import Speeds
from codestone.trial import Attempt, TrialKey, TrialRecord

PLAN = "plan.json"
ENVIRONMENT = "environment.json"
RECORDS = "records.jsonl"
ATTEMPTS = "attempts.jsonl"

_PLAN_HINT = f"Restore {PLAN}, or start a new run; what was measured stands in {RECORDS} and is untouched."
_ENVIRONMENT_HINT = f"Restore {ENVIRONMENT}, or write {{}} into it: reports then lack the machine."
_TWICE_HINT = "Delete one of the two lines; `codestone report` then shows the other."
_ATTEMPT = re.compile(r"attempt-([1-9][0-9]*)")
_TRIAL = "trials/*/*/*/*"
_DRAFTS = tuple(
    f"{place}{PARTIAL}*"
    for place in ("", f"{REGRADES}/", f"{SERVING}/", f"{_TRIAL}/", f"{_TRIAL}/attempt-*/")
)


class Store:
    """One run directory: open for its only writer, or for reading beside one. Close it, or use ``with``."""

    def __init__(self, directory: Path, records: Lines | None = None, attempts: Lines | None = None) -> None:
        """Use ``Store.create`` or ``Store.open``."""
        self.directory = directory
        self._lock = threading.RLock()
        self._record_lines, self._attempt_lines = records, attempts
        self._plan = read_json(directory / PLAN, hint=_PLAN_HINT)
        self._environment = read_json(directory / ENVIRONMENT, hint=_ENVIRONMENT_HINT)
        first = _read(directory / RECORDS, TrialRecord)
        self._newest = distinct(first, path=directory / RECORDS, hint=_TWICE_HINT)
        self._attempts = _read(directory / ATTEMPTS, Attempt)
        self._speeds = Speeds(directory)
        self._generations: list[Generation] = []
        for generation in read_generations(directory):
            self._lay(generation)

    @classmethod
    def create(cls, directory: Path, plan: Any, environment: Any) -> Self:
        """Begin a run in a new or empty directory, and lock it; what cannot be begun leaves nothing.

        ``plan`` and ``environment`` are JSON-able values, pydantic models, or bytes that are JSON already.
        Raises StoreError where the directory holds something, or cannot be written.
        """
        directory = directory.absolute()
        was_there = directory.is_dir()
        with reported("create", directory):
            directory.mkdir(parents=True, exist_ok=True)
            if any(directory.iterdir()):
                resume = (
                    "Continue that run with --resume, or choose" if (directory / PLAN).exists() else "Choose"
                )
                raise StoreError(f"{directory} is not empty", hint=f"{resume} another directory with --out.")
        with ExitStack() as undo:
            if not was_there:
                undo.callback(_remove_empty, directory)
            records = Lines(directory / RECORDS, create=True)
            undo.callback(_remove_begun, directory)  # not before: another's files would go
            undo.callback(records.close)
            attempts = Lines(directory / ATTEMPTS, create=True)
            undo.callback(attempts.close)
            write_whole(directory / ENVIRONMENT, json_bytes(environment))
            write_whole(directory / PLAN, json_bytes(plan))  # last: a directory without it was never a run
            with reported("create", directory):
                sync_directory(directory.parent)
            store = cls(directory, records, attempts)
            undo.pop_all()
        return store

    @classmethod
    def open(cls, directory: Path, *, read_only: bool = False) -> Self:
        """Open a run: to continue it (locked, what a kill left half-done is removed), or only to read it.

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
            _remove_drafts(directory)
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
        with self._lock:
            for lines in (self._record_lines, self._attempt_lines):
                if lines is not None:
                    lines.close()
            self._record_lines = self._attempt_lines = None
            self._speeds.close()

    @property
    def plan(self) -> Any:
        """The run's plan, as JSON values."""
        return upgraded_plan(self._plan)

    def plan_as(self, kind: type[Model]) -> Model:
        """Return the run's plan as a model; raise StoreError where the file does not hold one."""
        return validated(self.plan, kind, path=self.directory / PLAN, hint=_PLAN_HINT)

    @property
    def environment(self) -> Any:
        """What machine and software the run was begun on, as JSON values."""
        return self._environment

    @property
    def generations(self) -> tuple[Generation, ...]:
        """All regradings, the oldest first."""
        with self._lock:
            return tuple(self._generations)

    @property
    def next_generation(self) -> int:
        """The number of the next regrading: 1 for the first."""
        with self._lock:
            return 1 + max((one.head.generation for one in self._generations), default=0)

    def records(self) -> tuple[TrialRecord, ...]:
        """Return the newest record of every finished trial, in the order in which the trials finished."""
        with self._lock:
            return tuple(self._newest.values())

    def attempts(self) -> tuple[Attempt, ...]:
        """Return all attempts that could not be measured, in their order."""
        with self._lock:
            return tuple(self._attempts)

    def finished(self) -> frozenset[TrialKey]:
        """Return the keys that have a record; every other key of the plan is pending."""
        with self._lock:
            return frozenset(self._newest)

    def speed_records(self) -> tuple[SpeedRecord, ...]:
        """Return the records of all finished speed trials, in the order in which they finished."""
        with self._lock:
            return self._speeds.records()

    def finished_speed(self) -> frozenset[TrialKey]:
        """Return the keys of speed trials that have a record."""
        with self._lock:
            return self._speeds.finished()

    def append_speed(self, record: SpeedRecord) -> None:
        """Write a finished speed trial, durably. Raises StoreError for a key that has a record already."""
        with self._in_place():
            self._speeds.append(record)

    def append(self, record: TrialRecord) -> None:
        """Write a finished trial, durably. Raises StoreError for a key that has a record already."""
        with self._lock:
            if record.key in self._newest:
                raise StoreError(f"{RECORDS} already holds a record of {title(record.key)}")
            self._writable(self._record_lines).append(encoded(record, TrialRecord))
            self._newest[record.key] = record

    def append_attempt(self, attempt: Attempt) -> None:
        """Write an attempt that could not be measured, durably; its key stays pending."""
        with self._lock:
            self._writable(self._attempt_lines).append(encoded(attempt, Attempt))
            self._attempts.append(attempt)

    def regrade(self, records: Sequence[TrialRecord], *, written: str, kept: Sequence[Kept] = ()) -> Path:
        """Write the next generation, whole or not at all, and return its file.

        ``records`` are finished trials with new verdicts, their ``generation`` being ``next_generation``;
        ``kept`` could not be graded again; ``written`` is UTC, ISO 8601. Raises StoreError.
        """
        with self._in_place():
            for record in records:
                before = self._newest.get(record.key)
                if before is None or not _same_trial(before, record):
                    raise StoreError(f"no finished trial of this run: {title(record.key)}")
            number = self.next_generation
            self._lay(write_generation(self.directory, records, number=number, written=written, kept=kept))
        return self.directory / REGRADES / f"{number}.jsonl"

    def trial_directory(self, key: TrialKey) -> Path:
        """Return where a trial's artifacts lie. The directory may not be there yet."""
        return self.directory / trial_path(key)

    def next_attempt(self, key: TrialKey) -> int:
        """Return the number of a trial's next folder ``attempt-<n>``: above all that were ever used.

        A kill between artifacts and line leaves a folder without a line, and it stays as evidence.
        """
        home = self.trial_directory(key)
        found = [_ATTEMPT.fullmatch(path.name) for path in home.iterdir()] if home.is_dir() else []
        known = sum(attempt.key == key for attempt in self.attempts())
        return 1 + max(known, *(int(match[1]) for match in found if match), 0)

    def write_artifact(self, key: TrialKey, name: str, data: bytes) -> Path:
        """Write one artifact of a trial, whole or not at all, and return its path.

        ``name`` is a relative path such as ``reply.md`` or ``attempt-1/reply.md``. Raises StoreError
        where it leads out of the trial's directory, through a symbolic link too.
        """
        with self._in_place():
            path = self._place(key, name)
            write_whole(path, data)
        return path

    def write_folder(self, key: TrialKey, name: str, source: Path) -> Path:
        """Copy a folder as one artifact of a trial, whole or not at all, over an older one of that name."""
        with self._in_place():
            path = self._place(key, name)
            copy_whole(source, path)
        return path

    def write_report(self, name: str, data: bytes) -> Path:
        """Write a file that is drawn from the records, whole or not at all, and return its path."""
        with self._in_place():
            write_whole(self.directory / name, data)
        return self.directory / name

    def write_serving(self, contestant: str, findings: Sequence[Finding]) -> Path:
        """Write what was found about how a contestant is served, over what was found before."""
        with self._in_place():
            return write_served(self.directory, contestant, findings)

    def serving(self) -> dict[str, tuple[Finding, ...]]:
        """Return what was found about serving paths, by contestant; read again at each call."""
        return read_served(self.directory)

    def _place(self, key: TrialKey, name: str) -> Path:
        home = self.trial_directory(key)
        relative = PurePosixPath(name)
        path = home / relative
        plain = relative.parts and not relative.is_absolute() and ".." not in relative.parts
        if not plain or "\0" in name or not path.parent.resolve().is_relative_to(home.resolve()):
            raise StoreError(f"{name!r} is not a path inside {home}")
        return path

    @contextmanager
    def _in_place(self) -> Iterator[None]:
        """Hold the lock; raise StoreError where the run is not ours to write, or is there no more."""
        with self._lock:
            self._writable(self._record_lines).require_in_place()
            yield

    def _writable(self, lines: Lines | None) -> Lines:
        if lines is None:
            raise StoreError(f"{self.directory} is not open for writing")
        return lines

    def _lay(self, generation: Generation) -> None:
        """Put a generation over the records; what was measured anew since is not its trial, and stays."""
        for record in generation.records:
            before = self._newest.get(record.key)
            if before is not None and _same_trial(before, record):
                self._newest[record.key] = record
        self._generations.append(generation)


def _same_trial(one: TrialRecord, other: TrialRecord) -> bool:
    return (one.started, one.reply_digest) == (other.started, other.reply_digest)


def _read(path: Path, kind: type[Line]) -> list[Line]:
    return decoded(read_lines(path), kind, path=path)


def _remove_begun(directory: Path) -> None:
    for name in (PLAN, ENVIRONMENT, ATTEMPTS, RECORDS):
        with suppress(OSError):
            (directory / name).unlink()


def _remove_empty(directory: Path) -> None:
    with suppress(OSError):
        directory.rmdir()


def _remove_drafts(directory: Path) -> None:
    """Remove drafts that a kill has left; none of them was ever part of the run."""
    for draft in [path for pattern in _DRAFTS for path in directory.glob(pattern)]:
        with suppress(OSError):
            shutil.rmtree(draft) if draft.is_dir() and not draft.is_symlink() else draft.unlink()
