"""Old records, read as if they were new: one function for each step of ``schema_version``.

A change of ``TrialRecord`` or ``Attempt`` raises ``RECORD_VERSION`` in ``trial.py`` and adds here the
function that turns a line of the version before into one of the new version.
"""

from collections.abc import Callable, Mapping
from typing import Any

from codestone.errors import StoreError
from codestone.trial import RECORD_VERSION

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]

_SEEDED = {"mode": "server", "seeded": True}


def _seed_was_sent(line: dict[str, Any]) -> dict[str, Any]:
    """Version 1 sent the seed of the epoch to every contestant, and nothing else about sampling."""
    return {**line, "contestant": _seeded(line.get("contestant"))}


def _seeded(contestant: Any) -> Any:
    """Return a contestant of version 1 with the sampling that it had; what is no contestant as it is."""
    return {**contestant, "sampling": _SEEDED} if isinstance(contestant, dict) else contestant


UPGRADES: Mapping[int, Upgrade] = {1: _seed_was_sent}
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
        one if isinstance(one, dict) and "sampling" in one else _seeded(one) for one in value["contestants"]
    ]
    return {**value, "contestants": contestants}
