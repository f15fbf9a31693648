"""What the benchmarks found: rows with peers, limits, n and load; JSON that is committed."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure: ours, the peer's and a bare baseline's, all of one run; None is not measured.

    ``limit`` bounds our own figure, ``share`` our figure as a share of the peer's; both are "at most".
    """

    figure: str
    unit: str
    n: int
    codestone: float | None
    llama_benchy: float | None = None
    bare: float | None = None
    bare_is: str = ""
    limit: float | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the benchmarks, as it last ran."""

    date: str
    load: float
    seconds: float
    settings: dict[str, Any]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """All parts, and the machine they ran on."""

    machine: dict[str, Any]
    parts: dict[str, Part]


def read(path: Path = RESULTS) -> Results:
    """Return what was last measured; nothing where the file is not there."""
    if not path.exists():
        return Results(machine={}, parts={})
    value = json.loads(path.read_text("utf-8"))
    parts = {
        name: Part(**{**part, "rows": tuple(Row(**row) for row in part["rows"])})
        for name, part in value["parts"].items()
    }
    return Results(machine=value["machine"], parts=parts)


def write(results: Results, path: Path = RESULTS) -> None:
    """Write all results."""
    value = {"schema_version": 1, **asdict(results)}
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")
