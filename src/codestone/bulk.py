"""Many records at once: the collector rests meanwhile, and what is equal in them is kept once."""

import gc
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from codestone.trial import Attempt, CheckResult, Contestant, Score, TrialRecord, Versions

Line = TypeVar("Line", TrialRecord, Attempt)
Model = TypeVar("Model", bound=BaseModel)

_SHARED: dict[str, type[BaseModel]] = {"contestant": Contestant, "versions": Versions, "score": Score}
_WORDS = ("task_digest", "task_title", "started")
_names: dict[frozenset[str], set[str]] = {}


@contextmanager
def uncollected() -> Iterator[None]:
    """Let the cyclic collector rest while much is made and nothing thrown away.

    It walks everything alive again and again as that grows: four fifths of the time of reading 100,000
    records. Frozen data has no cycles, so nothing waits for it; what was made counts as old afterwards.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():  # what somebody else froze stays frozen
                gc.freeze()
                gc.unfreeze()  # both together make the young old: else they are walked at the next object
            gc.enable()


def trimmed(model: Model) -> Model:
    """Return a frozen model, its set of field names one with all models that have the same set.

    The set outweighs the values of a small model; nobody adds to that of a frozen one.
    """
    names = model.__pydantic_fields_set__
    object.__setattr__(model, "__pydantic_fields_set__", _names.setdefault(frozenset(names), names))
    return model


class Sharing:
    """Equal parts of the lines of one file, kept once: a quarter of the memory, and half of the time."""

    def __init__(self) -> None:
        self._parts: defaultdict[type[BaseModel], dict[bytes, BaseModel]] = defaultdict(dict)

    def validated(self, line: dict[str, Any], kind: type[Line]) -> Line:
        """Return a line as the model that it is; raise pydantic's ValidationError."""
        shared = dict(line)
        for name, part in _SHARED.items():
            if name in line:
                shared[name] = self._part(line[name], part)
        if isinstance(checks := line.get("checks"), list):
            shared["checks"] = [self._part(check, CheckResult) for check in checks]
        if isinstance(key := line.get("key"), dict):
            shared["key"] = {name: _word(value) for name, value in key.items()}
        for name in _WORDS:
            if name in line:
                shared[name] = _word(line[name])
        model = kind.model_validate(shared)
        trimmed(model.key)
        for exchange in model.exchanges:
            trimmed(exchange.speed)
            if exchange.usage is not None:
                trimmed(exchange.usage)
            trimmed(exchange)
        return trimmed(model)

    def _part(self, value: Any, kind: type[BaseModel]) -> Any:
        """Return the one model of a value; the value itself where it is none, for the whole to refuse it."""
        parts, written = self._parts[kind], orjson.dumps(value)
        part = parts.get(written)
        if part is None:
            try:
                part = parts[written] = kind.model_validate(value)
            except ValidationError:
                return value
        return part


def _word(value: Any) -> Any:
    return sys.intern(value) if isinstance(value, str) else value
