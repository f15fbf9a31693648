"""Old records, read as if they were new: one function for each step of ``schema_version``.

A change of ``TrialRecord`` or ``Attempt`` raises ``RECORD_VERSION`` in ``trial.py`` and adds here the
function that turns a line of the version before into one of the new version.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from codestone.errors import StoreError
from codestone.trial import RECORD_VERSION

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]

_SEEDED = {"mode": "server", "seeded": True}
_FACTS_OF_1 = {
    "arch": "architecture",
    "build_info": "build",
    "ftype": "quant",
    "max_context_length": "context_trained",
    "max_model_len": "context_served",
    "model_path": "file",
    "n_ctx": "context_served",
    "n_ctx_slot": "context_per_slot",
    "n_ctx_train": "context_trained",
    "n_params": "parameters",
    "publisher": "uploader",
    "quantization": "quant",
    "size": "weights_bytes",
    "total_slots": "slots",
    "version": "build",
}
"""What version 1 called a fact as each server does, and version 2 by one name. It stays as it is."""


def _from_1(line: dict[str, Any]) -> dict[str, Any]:
    return {**line, "contestant": _contestant_from_1(line.get("contestant"))}


def _contestant_from_1(contestant: Any) -> Any:
    """Return a contestant of version 1 as 2 has it; what is no contestant as it is.

    Version 1 sent every contestant the seed of the epoch and nothing else about sampling, kept a server's
    facts under the server's own names, and the model's file with its folder.
    """
    if not isinstance(contestant, dict) or not isinstance(contestant.get("facts", {}), dict):
        return contestant
    facts = {
        _FACTS_OF_1.get(name, name): _named_file(fact) if name == "model_path" else fact
        for name, fact in contestant.get("facts", {}).items()
        if not isinstance(fact, dict) or fact.get("value") != ""
    }
    return {**contestant, "facts": facts, "sampling": _SEEDED}


def _named_file(fact: Any) -> Any:
    path = fact.get("value") if isinstance(fact, dict) else None
    return {**fact, "value": re.split(r"[/\\]", path)[-1]} if isinstance(path, str) else fact


UPGRADES: Mapping[int, Upgrade] = {1: _from_1}
"""From ``schema_version`` to the function that makes the next one of it. Version 1 is the first."""


def upgraded(
    value: Any, *, upgrades: Mapping[int, Upgrade] = UPGRADES, newest: int = RECORD_VERSION
) -> dict[str, Any]:
    """Return a line of ``records.jsonl`` or ``attempts.jsonl`` in today's schema.

    Raises StoreError where it is no object, or its version is missing or newer than this Codestone reads.
    """
    if not isinstance(value, dict):
        raise StoreError("not a JSON object")
    line: dict[str, Any] = value
    version = line.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise StoreError(f"schema_version is {version!r}, not a whole number from 1 up")
    if version > newest:
        raise StoreError(
            f"schema_version {version} is newer than this Codestone reads (up to {newest})",
            hint="Update Codestone: uv tool upgrade codestone, or pip install --upgrade codestone.",
        )
    for step in range(version, newest):
        line = {**upgrades[step](line), "schema_version": step + 1}
    return line


def upgraded_plan(value: Any) -> Any:
    """Return a ``plan.json`` in today's schema: beside records of version 1, contestants told no sampling."""
    if not isinstance(value, dict) or not isinstance(value.get("contestants"), list):
        return value
    contestants = [
        one if isinstance(one, dict) and "sampling" in one else _contestant_from_1(one)
        for one in value["contestants"]
    ]
    return {**value, "contestants": contestants}
