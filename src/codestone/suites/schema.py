"""A TOML file → its model, or every fault with the line that it stands on."""

import json
import math
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from codestone.errors import Fault, TaskError
from codestone.suites.positions import Key, positions
from codestone.suites.words import in_words, known_keys

Model = TypeVar("Model", bound=BaseModel)

_AT = re.compile(r" ?\(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A TOML file that was read: its values, and where each key stands."""

    file: Path
    data: dict[str, Any]
    lines: dict[Key, int]

    def fault(self, message: str, *key: str | int) -> Fault:
        """Return a fault at a key, or at the nearest table around it that the file has."""
        while key and key not in self.lines:
            key = key[:-1]
        return Fault(self.file, self.lines.get(key, 0), message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Generic[Model]):
    """What came of a file. Only the fields of ``spec`` that are named in ``sound`` may be used."""

    document: Document
    spec: Model
    sound: frozenset[str]
    faults: tuple[Fault, ...]

    def has(self, *fields: str) -> bool:
        """Whether all these top-level fields are free of faults."""
        return self.sound.issuperset(fields)


def read_text(file: Path) -> str:
    """Read a file as UTF-8, newlines as they are; raise TaskError where that is not possible."""
    if file.is_symlink() or not file.is_file():
        raise TaskError([Fault(file, 0, "the file is missing")])
    try:
        return file.read_bytes().decode()
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        raise TaskError([Fault(file, line, "is not UTF-8 text")]) from error


def read_document(file: Path) -> Document:
    """Read a TOML file; raise TaskError where it is missing or no TOML."""
    text = read_text(file)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = _AT.search(str(error))
        line = int(at.group(1)) if at and at.group(1) else max(1, len(text.splitlines()))
        raise TaskError([Fault(file, line, f"is not valid TOML: {_AT.sub('', str(error))}")]) from error
    return Document(file=file, data=data, lines=positions(text))


def read(file: Path, model: type[Model]) -> Reading[Model]:
    """Read a file as far as it goes; every fault is in the result, none is raised."""
    try:
        document = read_document(file)
    except TaskError as error:
        document = Document(file=file, data={}, lines={})
        return Reading(
            document=document, spec=model.model_construct(), sound=frozenset(), faults=error.faults
        )
    faults = [*_errors(document, model), *_not_finite(document)]
    if not faults:
        spec = model.model_validate_json(_json(document.data), strict=True)
        return Reading(document=document, spec=spec, sound=frozenset(model.model_fields), faults=())
    wrong = {str(key[0]) for key, _ in faults}
    fields = {name: _field(document, model, name) for name in model.model_fields if name not in wrong}
    return Reading(
        document=document,
        spec=model.model_construct(**fields),
        sound=frozenset(fields),
        faults=tuple(document.fault(message, *key) for key, message in faults),
    )


def must_read(file: Path, model: type[Model]) -> Model:
    """Read a file that has to be right; raise TaskError with every fault of it."""
    reading = read(file, model)
    if reading.faults:
        raise TaskError(reading.faults)
    return reading.spec


def _errors(document: Document, model: type[BaseModel]) -> Iterator[tuple[Key, str]]:
    """Validate strictly: TOML has types, so "3" is no number."""
    try:
        model.model_validate_json(_json(document.data), strict=True)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        # a list without its wrong entries is not "too short"
        inner = {each["loc"][:n] for each in errors for n in range(len(each["loc"]))}
        misspelt = {_meant(each, model) for each in errors if each["type"] == "extra_forbidden"}
        for each in errors:
            key = each["loc"]
            dropped = misspelt if each["type"] == "missing" else inner if each["type"] == "too_short" else ()
            if key not in dropped:
                yield key, in_words(each, model=model, value=_value(document.data, key))


def _meant(error: ErrorDetails, model: type[BaseModel]) -> Key:
    """Where the known key stands that an unknown one was probably meant to be."""
    near = get_close_matches(str(error["loc"][-1]), known_keys(model, error["loc"]), n=1, cutoff=0.6)
    return (*error["loc"][:-1], *near)


def _not_finite(document: Document) -> Iterator[tuple[Key, str]]:
    for key in document.lines:
        value = _value(document.data, key)
        if isinstance(value, float) and not math.isfinite(value):
            yield key, f"{key[-1]!r} must be a finite number, not {value}"


def _field(document: Document, model: type[BaseModel], name: str) -> Any:
    field = model.model_fields[name]
    assert field.annotation is not None
    if name not in document.data:
        return field.get_default(call_default_factory=True)
    return TypeAdapter(field.annotation).validate_json(_json(document.data[name]), strict=True)


def _json(data: Any) -> str:
    return json.dumps(data, default=lambda date: {"a date": str(date)})  # a table: no field takes it for text


def _value(data: Any, key: Key) -> Any:
    for part in key:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data
