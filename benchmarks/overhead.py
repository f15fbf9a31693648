"""What a run costs beside the model and the grader: milliseconds a trial, and what overlap saves.

    python -m benchmarks.overhead [--n 60] [--replies 30]

The model is scripted, so the time that it takes is known. Prints one table and one line of JSON.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns

from codestone import sandbox
from codestone.cli.progress import make_progress
from codestone.endpoint.client import Client
from codestone.engine.budget import Budget
from codestone.engine.interrupt import Interrupt
from codestone.engine.plan import Plan, planned, sampling_seed
from codestone.engine.run import run
from codestone.engine.stint import Bench
from codestone.stats.forecast import Forecast
from codestone.store.records import Store
from codestone.suites.load import load_task
from codestone.task import Task
from codestone.testing import ScriptedEndpoint
from codestone.testing.profiles import oracle
from codestone.testing.records import make_contestant
from codestone.testing.script import Script, Step
from codestone.trial import Contestant, Versions

CANARY = "7c0f3a52-5b7d-4c52-9a0e-2f6f3c1f7a10"
TASK = f"""schema_version = 1
title = "Add two numbers"
canary = "{CANARY}"
language = "python"
shape = "fix"
[answer]
files = ["adder.py"]
[limits]
check_s = 60
[[check]]
id = "sums"
points = 1
catches = "Subtraction."
"""
SUITE = 'schema_version = 1\ntitle = "B"\nversion = "1.0.0"\ntells = "Cost."\ntasks = ["add"]\n'
CHECKS = f'''"""Questions about adder. canary {CANARY}"""
import threading

from codestone.grading import Candidate, Finding

def sums(candidate: Candidate) -> Finding:
    """Two numbers are added, after a grader's long look."""
    threading.Event().wait(SECONDS)
    return candidate.ask("add", 1, 2).gives(3)
'''


def task_in(folder: Path, grading_s: float) -> Task:
    """Write a task whose grader takes that long, and load it."""
    home = folder / "suites" / "bench"
    files = {
        "suite.toml": SUITE,
        "add/task.toml": TASK,
        "add/instruction.md": "Write `adder.py`: `add(a, b)` returns the sum.\n",
        "add/tests/checks.py": CHECKS.replace("SECONDS", str(grading_s)),
        "add/solution/adder.py": "def add(a, b):\n    return a + b\n",
    }
    for name, text in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return load_task("bench/add", roots=[home.parent])


@dataclass(frozen=True)
class Timed:
    """One run: seconds on the wall, seconds of generation and of grading as the records have them."""

    wall_s: float
    generation_s: float
    grading_s: float


def timed(task: Task, folder: Path, *, script: Script, n: int, overlap: bool) -> Timed:
    """Run n trials of a task against a script."""
    with ScriptedEndpoint(script) as server:
        contestant = make_contestant("scripted", model="scripted", base_url=server.base_url)

        @contextmanager
        def serve(_: Contestant) -> Iterator[Client]:
            with Client(server.base_url) as client:
                client.warm()
                yield client

        plan = Plan(title="t", tasks=(planned(task),), contestants=(contestant,), epochs=n)
        bench = Bench(
            tasks={task.id: task},
            serve=serve,
            versions=Versions(codestone="0", python="3", box="?"),
            seed=lambda key: sampling_seed(plan, key),
            overlaps=lambda _: overlap,
            backend=sandbox.backend(),
        )
        with (
            Store.create(folder, plan, {}) as store,
            Interrupt() as interrupt,
            make_progress("quiet") as watch,
        ):
            begun_ns = perf_counter_ns()
            run(
                plan,
                store,
                bench,
                watch=watch,
                estimate=lambda _: Forecast(low_s=0, likely_s=0, high_s=0),
                budget=Budget(None),
                interrupt=interrupt,
            )
            wall_s = (perf_counter_ns() - begun_ns) / 1e9
            records = store.records()
    assert len(records) == n
    assert all(record.score.earned == 1 for record in records)
    return Timed(
        wall_s=wall_s,
        generation_s=sum(record.generation_ns for record in records) / 1e9,
        grading_s=sum(record.grading_ns for record in records) / 1e9,
    )


def late(script: Script, seconds: float) -> Script:
    """Return the same script, begun later: the last step before [DONE] comes after that time."""
    first, *rest = script.steps
    return Script(steps=(Step(seconds, first.data), *rest))


def main() -> None:
    """Measure, side by side."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=60, help="trials of the instant model")
    parser.add_argument("--replies", type=int, default=30, help="trials of the model that takes 2 s")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        instant = task_in(home / "instant", 0.0)
        answer = oracle(instant)
        quick = timed(instant, home / "run-1", script=answer, n=options.n, overlap=False)
        slow = task_in(home / "slow", 1.0)
        apart = timed(slow, home / "run-2", script=late(answer, 2.0), n=options.replies, overlap=False)
        beside = timed(slow, home / "run-3", script=late(answer, 2.0), n=options.replies, overlap=True)
    per_trial_ms = (quick.wall_s - quick.grading_s) / options.n * 1e3
    rows = {
        "overhead per trial besides grading, instant model (ms)": per_trial_ms,
        "of it in the driver (ms)": quick.generation_s / options.n * 1e3,
        "grading per trial (ms)": quick.grading_s / options.n * 1e3,
        "wall / model time (2 s) with graders of 1 s, one after the other": apart.wall_s / apart.generation_s,
        "wall / model time (2 s) with graders of 1 s, overlapping": beside.wall_s / beside.generation_s,
    }
    for words, value in rows.items():
        print(f"{words:75} {value:9.3f}")
    load = os.getloadavg()[0]
    print(json.dumps({"n": options.n, "replies": options.replies, "load": load, **rows}))


if __name__ == "__main__":
    main()
