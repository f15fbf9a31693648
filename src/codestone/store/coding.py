"""Lines of a run directory as the types that they are: checked on the way out and on the way in."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from codestone.bulk import Line, Sharing, uncollected
from codestone.errors import StoreError
from codestone.speed_record import SpeedRecord
from codestone.store.files import reported
from codestone.store.migrations import upgraded
from codestone.trial import Attempt, TrialKey, TrialRecord

Model = TypeVar("Model", bound=BaseModel)
Written = TypeVar("Written", TrialRecord, Attempt, SpeedRecord)

DAMAGED = "Restore the file, or delete this line and --resume: its trial is then run again."


def encoded(record: Written, kind: type[Written]) -> bytes:
    """Return the line of a record, after proof that it can be read again (NaN, for one, cannot)."""
    try:
        line = orjson.dumps(record.model_dump(mode="json"))
        kind.model_validate(orjson.loads(line))
    except (TypeError, ValueError) as error:
        raise StoreError(f"the record of {title(record.key)} cannot be written as JSON: {error}") from error
    return line


def decoded(
    values: Iterable[Any], kind: type[Line], *, path: Path, first: int = 1, hint: str = DAMAGED
) -> list[Line]:
    """Return the records of a file in today's schema; ``first`` is the line of the first value.

    Raises StoreError that names the line, with ``hint`` where an upgrade has none of its own.
    """
    found, sharing = [], Sharing()
    with uncollected():
        for number, value in enumerate(values, start=first):
            try:
                line = upgraded(value)
            except StoreError as error:
                raise StoreError(f"{path}:{number}: {error.message}", hint=error.hint or hint) from error
            try:
                found.append(sharing.validated(line, kind))
            except ValidationError as error:
                raise StoreError(f"{path}:{number}: {first_fault(error)}", hint=hint) from error
    return found


def distinct(
    records: Sequence[TrialRecord], *, path: Path, first: int = 1, hint: str
) -> dict[TrialKey, TrialRecord]:
    """Return records by key, in their order; raise StoreError that names the line of a key's second one."""
    found: dict[TrialKey, TrialRecord] = {}
    for place, record in enumerate(records):
        found[record.key] = record
        if len(found) == place:
            before = first + list(found).index(record.key)
            message = f"{path}:{first + place}: a second record of {title(record.key)}, beside line {before}"
            raise StoreError(message, hint=hint)
    return found


def validated(value: Any, kind: type[Model], *, path: Path, hint: str) -> Model:
    """Return a JSON value as a model; raise StoreError that names the file and its first fault."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise StoreError(f"{path}: {first_fault(error)}", hint=hint) from error


def first_fault(error: ValidationError) -> str:
    """Return where the first fault is, and what."""
    fault = error.errors(include_url=False)[0]
    where = ".".join(str(step) for step in fault["loc"])
    return f"{where}: {fault['msg']}" if where else fault["msg"]


def json_bytes(value: Any) -> bytes:
    """Return a JSON-able value, a model, or bytes that are JSON already, as the content of a file."""
    if isinstance(value, bytes):
        orjson.loads(value)
        return value
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return orjson.dumps(plain, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def read_json(path: Path, *, hint: str) -> Any:
    """Return the value of a file that is one JSON value; raise StoreError where it is none."""
    with reported("read", path):
        data = path.read_bytes()
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise StoreError(f"{path}: not JSON: {error}", hint=hint) from error


def title(key: TrialKey) -> str:
    """Return a trial's name for a reader."""
    variant = f" ({key.variant})" if key.variant else ""
    return f"{key.suite}/{key.task}{variant}, {key.contestant}, {key.driver}, epoch {key.epoch}"
