"""A validation error of pydantic, said so that the author of a task can act on it."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from codestone.suites.positions import Key

_PATTERNS = (
    ("[a-z][a-z0-9]*(", "must be lower-case words joined by hyphens, like 'every-position'"),
    (
        "[0-9a-f]{8}",
        "must be a GUID in lower case (`python -c 'import uuid; print(uuid.uuid4())'` makes one)",
    ),
    (r"\d+\.\d+", "must be three numbers with dots, like '1.0.0'"),
    (r"[^\n]", "must be a single line"),
)

_MUST: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "string_type": lambda _: "must be text in quotes",
    "int_type": lambda _: "must be a whole number",
    "int_from_float": lambda _: "must be a whole number",
    "float_type": lambda _: "must be a number",
    "bool_type": lambda _: "must be true or false",
    "tuple_type": lambda _: "must be a list in [ ]",
    "list_type": lambda _: "must be a list in [ ]",
    "model_type": lambda _: "must be a table",
    "dict_type": lambda _: "must be a table",
    "too_short": lambda _: "must not be empty",
    "string_too_short": lambda _: "must not be empty",
    "string_too_long": lambda limits: f"must have {limits['max_length']} characters at most",
    "greater_than": lambda limits: f"must be more than {limits['gt']:g}",
    "greater_than_equal": lambda limits: f"must be {limits['ge']:g} or more",
    "less_than_equal": lambda limits: f"must be {limits['le']:g} or less",
    "literal_error": lambda limits: f"must be {limits['expected']}",
    "enum": lambda limits: f"must be {limits['expected']}",
    "string_pattern_mismatch": lambda limits: next(
        (words for part, words in _PATTERNS if part in limits["pattern"]), f"must match {limits['pattern']}"
    ),
}


def in_words(error: ErrorDetails, *, model: type[BaseModel], value: object) -> str:
    """Say what is wrong at ``error["loc"]`` of ``model``, where the file has ``value``."""
    loc = error["loc"]
    if error["type"] == "missing":
        return f"{_place(loc)} is missing{_meaning(model, loc)}"
    if error["type"] == "extra_forbidden":
        return f"{_place(loc)} is no known key{_nearest(str(loc[-1]), known_keys(model, loc))}"
    if error["type"] == "value_error":
        return f"{_place(loc)}: {error['ctx']['error']}"
    must = _MUST.get(error["type"])
    text = must(error.get("ctx", {})) if must else f"is wrong ({error['msg']})"
    return f"{_place(loc)} {text}, not {_shown(value)}"


def known_keys(model: type[BaseModel], loc: Key) -> list[str]:
    """Return the keys of the table in which ``loc`` stands."""
    return list(_table(model, loc).model_fields)


def _nearest(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    return f": did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"


def _place(loc: Key) -> str:
    """``'points' in [[check]]``, ``entry 2 of 'fails' in [[mutant]]``."""
    names = [part for part in loc if isinstance(part, str)]
    entry = f"entry {loc[-1] + 1} of " if isinstance(loc[-1], int) else ""
    table = ".".join(names[:-1])
    if not table:
        return f"{entry}{names[-1]!r}"
    around = loc[:-2] if entry else loc[:-1]
    return f"{entry}{names[-1]!r} in {f'[[{table}]]' if isinstance(around[-1], int) else f'[{table}]'}"


def _table(model: type[BaseModel], loc: Key) -> type[BaseModel]:
    """Walk down from the model of the file to that of the table."""
    for name in [part for part in loc if isinstance(part, str)][:-1]:
        annotation = model.model_fields[name].annotation
        inner = annotation if isinstance(annotation, type) else annotation.__args__[0]  # type: ignore[union-attr]
        assert issubclass(inner, BaseModel)
        model = inner
    return model


def _meaning(model: type[BaseModel], loc: Key) -> str:
    description = _table(model, loc).model_fields[str(loc[-1])].description
    return f" ({description})" if description else ""


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
