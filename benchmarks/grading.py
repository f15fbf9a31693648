"""What grading costs: a call, a counted comparison, 35 checks with their box, a suite's answers, its proof.

    python -m benchmarks.grading [--n 9] [--warm SUITE] [--prove SUITE]

Each figure stands beside its own baseline, measured in the same run. Prints one table and one line of JSON.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from codestone.engine.proving.check import prove
from codestone.grading.candidate import Candidate
from codestone.grading.grade import grade, source_of
from codestone.grading.session import Session
from codestone.suites.load import load, load_task
from codestone.suites.overlay import materialise
from codestone.task import Task

CALLS = 2000
CHECKS = 35


def ms(work: Callable[[], object]) -> float:
    """Return how long a piece of work took."""
    started_ns = perf_counter_ns()
    work()
    return (perf_counter_ns() - started_ns) / 1e6


def checks(task: Task, files: Path) -> None:
    """Open a box, ask one question on each of 35 fresh workers, close the box."""
    with Session(task, files, source=source_of(files)) as session:
        for number in range(CHECKS):
            with session.candidate(seed=1, limit_s=60) as candidate:
                answer = candidate.ask("kth_smallest", [number, 40, 41], 1)
                assert answer.value == number


def spawns(program: Path) -> None:
    """Do as a grader without a box or a channel would: one interpreter per check."""
    for _ in range(CHECKS):
        subprocess.run([sys.executable, "-I", "-S", program], check=True)


def calls(candidate: Candidate) -> None:
    """Ask the same small question again and again."""
    for _ in range(CALLS):
        candidate.ask("kth_smallest", [3, 1, 2], 2)


def comparisons(candidate: Candidate) -> float:
    """Return the microseconds of one comparison of two elements."""
    elements, before = candidate.elements(range(CALLS)), candidate.comparisons
    took_ms = ms(lambda: candidate.ask("kth_smallest", elements, CALLS // 2).value)
    return took_ms * 1e3 / (candidate.comparisons - before)


def warm(task: Task, n: int) -> float:
    """Return the median seconds of grading a task's solution, caches filled by a first grading."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        materialise(workspace, task.workspace, task.solution)
        grade(task, workspace, seed=1)
        return round(statistics.median(ms(lambda: grade(task, workspace, seed=1)) for _ in range(n)) / 1e3, 2)


def main() -> None:
    """Measure, side by side."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=9)
    parser.add_argument("--warm", metavar="SUITE", help="also time one grading of each task's solution")
    parser.add_argument("--prove", metavar="SUITE", help="also time `tasks check SUITE`, once through")
    options = parser.parse_args()
    task = load_task("quick/py-select")
    checks(task, task.solution)  # finds the box, once per process
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "program.py"
        program.write_bytes((task.solution / "order_stat.py").read_bytes())
        pairs = [
            (ms(lambda: checks(task, task.solution)), ms(lambda: spawns(program))) for _ in range(options.n)
        ]
    boxed, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    with (
        Session(task, task.solution, source=source_of(task.solution)) as session,
        session.candidate(seed=1, limit_s=600) as candidate,
    ):
        call_us = statistics.median(ms(lambda: calls(candidate)) / CALLS * 1e3 for _ in range(options.n))
        comparison_us = statistics.median(comparisons(candidate) for _ in range(options.n))
    figures: dict[str, Any] = {
        "n": options.n,
        "load_average": round(os.getloadavg()[0], 2),
        "call_us": round(call_us, 1),
        "comparison_us": round(comparison_us, 1),
        "35_checks_with_box_ms": round(boxed, 1),
        "35_bare_interpreters_ms": round(bare, 1),
        "ratio": round(boxed / bare, 2),
    }
    if options.warm:
        figures["warm_s"] = {each.id: warm(each, options.n) for each in load(options.warm).tasks}
    if options.prove:
        tasks = load(options.prove).tasks
        seconds = ms(lambda: prove(tasks, repeat=1, load=0, report=lambda _: None)) / 1e3
        figures["prove_s"] = round(seconds, 1)
    for name, value in figures.items():
        print(f"{name:26} {value}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
