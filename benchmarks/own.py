"""Codestone's own costs, each beside its bare baseline: box, grading, overhead of a run, start.

The figures come from the scripts of those names, which also print tables of their own.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.results import Row

BOX, GRADING, OVERHEAD, REPLIES, START = 60, 5, 40, 30, 15
WARM, PROVEN = "six-tasks", "quick"
COMPILED = ("rust-cli", "go-middleware")
SETTINGS = {
    "box": BOX,
    "grading": GRADING,
    "warm": WARM,
    "proven": PROVEN,
    "overhead": OVERHEAD,
    "overlap_replies": REPLIES,
    "start": START,
    "grader_s": 1,
    "model_s": 2,
}


def rows() -> tuple[Row, ...]:
    """Run the scripts and pick the figures out."""
    return (*_box(), *_grading(), *_overhead(), *_start())


def _printed(module: str, *options: Sequence[str] | str) -> dict[str, Any]:
    """Return what a script prints last."""
    argv = [sys.executable, "-m", f"benchmarks.{module}", *map(str, options)]
    value: dict[str, Any] = json.loads(subprocess.check_output(argv, text=True).splitlines()[-1])
    return value


def _box() -> tuple[Row, ...]:
    found = _printed("box", str(BOX))
    row = Row(
        figure=f"A process in a box ({found['box']})",
        unit="ms",
        n=BOX,
        codestone=found["median_ms"]["box"],
        bare=found["median_ms"]["bare"],
        bare_is="bare spawn",
        limit=15,
    )
    trip = Row(
        figure="One byte there and back in a living box",
        unit="ms",
        n=found["trips"],
        codestone=found["round_trip_us"] / 1e3,
    )
    return row, trip


def _grading() -> tuple[Row, ...]:
    found = _printed("grading", "--n", str(GRADING), "--warm", WARM, "--prove", PROVEN)
    checks = Row(
        figure="35 checks, each on a fresh worker, with their box",
        unit="ms",
        n=GRADING,
        codestone=found["35_checks_with_box_ms"],
        bare=found["35_bare_interpreters_ms"],
        bare_is="35 interpreters",
        limit=150,
    )
    calls = [
        Row(figure=figure, unit="µs", n=GRADING, codestone=found[name], limit=limit)
        for figure, name, limit in (
            ("One question to an answer in the box", "call_us", 100),
            ("One counted comparison", "comparison_us", None),
        )
    ]
    answers = [
        Row(
            figure=f"An answer to {task} graded, caches warm",
            unit="s",
            n=GRADING,
            codestone=seconds,
            limit=3 if task.endswith(COMPILED) else 1,
        )
        for task, seconds in found["warm_s"].items()
    ]
    proof = Row(figure=f"`tasks check {PROVEN}`", unit="s", n=1, codestone=found["prove_s"])
    return (checks, *calls, *answers, proof)


def _overhead() -> tuple[Row, ...]:
    found = _printed("overhead", "--n", str(OVERHEAD), "--replies", str(REPLIES))
    apart = found["wall / model time (2 s) with graders of 1 s, one after the other"]
    beside = found["wall / model time (2 s) with graders of 1 s, overlapping"]
    trial = Row(
        figure="A trial besides model and grader",
        unit="ms",
        n=OVERHEAD,
        codestone=found["overhead per trial besides grading, instant model (ms)"],
        limit=50,
    )
    overlap = Row(
        figure="Wall of a run per model time, graders overlapping",
        unit="",
        n=REPLIES,
        codestone=beside,
        bare=apart,
        bare_is="one after the other",
        limit=1.05,
    )
    return trial, overlap


def _start() -> tuple[Row, ...]:
    found = _printed("start", "--n", str(START))
    row = Row(
        figure="CPU of `codestone --help`",
        unit="s",
        n=START,
        codestone=found["help_cpu_s"],
        bare=found["bare_interpreter_cpu_s"],
        bare_is="bare interpreter",
    )
    return (row,)
