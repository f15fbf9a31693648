"""Run the benchmarks, write their results as JSON, and draw the table of the README from them."""

import argparse
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter_ns
from typing import Any, NamedTuple

from benchmarks import results, table
from benchmarks.peers import keep_bytecode
from benchmarks.results import Part, Results, Row


class Measuring(NamedTuple):
    """One part of the benchmarks: what it was set to, and how its rows are measured."""

    settings: dict[str, Any]
    rows: Callable[[], tuple[Row, ...]]


PARTS = ("client", "stream", "launch", "prefill", "clocks", "own", "records")


def main() -> int:
    """Measure what was asked for, or only draw or check; return the exit code."""
    options = _options()
    if options.check:
        return _checked()
    keep_bytecode()
    found = results.read()
    for name in () if options.draw else options.parts or PARTS:
        print(f"{name} …", file=sys.stderr)
        part = measured(_part(name))
        parts = {**found.parts, name: part}
        found = Results(machine=machine(), parts={known: parts[known] for known in PARTS if known in parts})
        results.write(found)
    drawn = table.draw(found)
    print(drawn)
    table.README.write_text(table.placed(table.README.read_text("utf-8"), drawn), "utf-8")
    return 0


def measured(part: Measuring) -> Part:
    """Measure one part."""
    before, begun_ns = os.getloadavg()[0], perf_counter_ns()
    date = datetime.now(UTC).isoformat(timespec="seconds")
    rows = part.rows()
    return Part(
        date=date,
        load=round((before + os.getloadavg()[0]) / 2, 2),
        seconds=round((perf_counter_ns() - begun_ns) / 1e9, 1),
        settings=part.settings,
        rows=rows,
    )


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    from codestone.engine.environment import memory_bytes, processor  # noqa: PLC0415 - --check needs none of it

    memory = memory_bytes()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": processor(),
        "cores": f"{cores} cores",
        "memory": f"{memory / 2**30:.0f} GiB" if memory else None,
        "system": f"{platform.system()} {platform.release()}",
        "python": f"Python {platform.python_version()}",
    }


def _part(name: str) -> Measuring:
    """Return a part; imported when it is run, because a check of the README needs none."""
    from importlib import import_module  # noqa: PLC0415 - same

    module = import_module(f"benchmarks.{name}")
    return Measuring(module.SETTINGS, module.rows)


def _checked() -> int:
    text = table.README.read_text("utf-8")
    if table.placed(text, table.draw(results.read())) == text:
        return 0
    print("README.md does not show benchmarks/results.json: python -m benchmarks --draw")
    return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument("--draw", action="store_true", help="measure nothing; draw the table again")
    parser.add_argument("--check", action="store_true", help="exit 1 where README and results differ")
    options = parser.parse_args()
    if unknown := sorted(set(options.parts) - set(PARTS)):
        parser.error(f"no part is called {', '.join(unknown)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
