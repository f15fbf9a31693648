"""What was found about each contestant's serving path: ``serving/<contestant>.json``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from codestone.serving import Finding
from codestone.store.coding import json_bytes, read_json, validated
from codestone.store.files import reported, write_whole
from codestone.store.paths import folder
from codestone.task import Data

SERVING = "serving"
_HINT = "Delete the file: the report then lacks what was found about this contestant's serving path."


class Served(Data):
    """One file: the findings on one contestant, of the last time that it was asked."""

    schema_version: Literal[1] = 1
    contestant: str
    findings: tuple[Finding, ...]


def write_served(directory: Path, contestant: str, findings: Sequence[Finding]) -> Path:
    """Write what was found, whole or not at all, over what was found earlier; return the path."""
    path = directory / SERVING / f"{folder(contestant)}.json"
    write_whole(path, json_bytes(Served(contestant=contestant, findings=tuple(findings))))
    return path


def read_served(directory: Path) -> dict[str, tuple[Finding, ...]]:
    """Return the findings by contestant; nothing where nobody was asked. Raises StoreError."""
    place = directory / SERVING
    with reported("read", place):
        paths = sorted(place.glob("[!.]*.json")) if place.is_dir() else []
    read = [validated(read_json(path, hint=_HINT), Served, path=path, hint=_HINT) for path in paths]
    return {served.contestant: served.findings for served in read}
