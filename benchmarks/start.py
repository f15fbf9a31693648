"""What it costs to start: ``codestone --help`` beside a bare interpreter, the first screen, the base install.

    python -m benchmarks.start [--n 20]

CPU seconds are those of the command and all it starts; the first screen's wall time is a median too, under
the load that stands beside it. Prints one table and one line of JSON.
"""

import argparse
import importlib.metadata
import json
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter_ns

from packaging.requirements import Requirement


def cpu_s(argv: list[str]) -> float:
    """Return the CPU seconds, user and system, of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def screen(count: int) -> dict[str, float]:
    """Return wall and CPU seconds of ``codestone`` alone: medians, and the slowest."""
    walls, cpus = [], []
    for _ in range(count):
        start_ns = perf_counter_ns()
        cpus.append(cpu_s([sys.executable, "-m", "codestone"]))
        walls.append((perf_counter_ns() - start_ns) / 1e9)
    return {
        "first_screen_n": count,
        "first_screen_wall_s": round(statistics.median(walls), 3),
        "first_screen_slowest_s": round(max(walls), 3),
        "first_screen_cpu_s": round(statistics.median(cpus), 3),
        "load_1_min": round(os.getloadavg()[0], 2),
        "cores": os.cpu_count() or 0,
    }


def base_packages() -> dict[str, int]:
    """Return the base install's packages, by name, with their bytes on disk."""
    found: dict[str, int] = {}
    pending = ["codestone"]
    while pending:
        name = pending.pop().lower().replace("_", "-")
        if name in found:
            continue
        try:
            package = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another platform
        files = [Path(str(file.locate())) for file in package.files or ()]
        found[name] = sum(file.stat().st_size for file in files if file.is_file())
        needs = map(Requirement, package.requires or ())
        pending += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return found


def main() -> None:
    """Measure, side by side."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=20)
    count = parser.parse_args().n
    bare = [sys.executable, "-c", "pass"]
    helped = [sys.executable, "-m", "codestone", "--help"]
    pairs = [(cpu_s(bare), cpu_s(helped)) for _ in range(count)]
    base, help_s = (statistics.median(column) for column in zip(*pairs, strict=True))
    packages = base_packages()
    figures = {
        "n": count,
        "bare_interpreter_cpu_s": round(base, 4),
        "help_cpu_s": round(help_s, 4),
        "ratio": round(help_s / base, 2),
        **screen(max(1, count // 2)),
        "base_packages": len(packages),
        "base_mb": round(sum(packages.values()) / 1e6, 1),
    }
    for name, value in figures.items():
        print(f"{name:24} {value}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
