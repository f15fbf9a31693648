"""100,000 records in a real run directory: read, summarised and drawn, in a process of its own.

Time is that of the processor: it is one thread that waits for nothing, and on a machine with a free core the
wall clock says the same.
"""

import json
import random
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time_ns

import orjson

from benchmarks.results import Row
from codestone import plugins
from codestone.engine.plan import Plan
from codestone.engine.report import drawn, summary_of
from codestone.stats.planned import PlannedTask
from codestone.store.records import Store
from codestone.testing.records import TASK_DIGEST, make_contestant, make_exchange, make_record
from codestone.trial import Contestant, Exchange, Speed, TrialKey, TrialRecord, Usage

CONTESTANTS, TASKS, EPOCHS = 20, 50, 100
RECORDS = CONTESTANTS * TASKS * EPOCHS
ROUNDS = 3
SETTINGS = {"contestants": CONTESTANTS, "tasks": TASKS, "epochs": EPOCHS, "checks": 2, "rounds": ROUNDS}


def rows() -> tuple[Row, ...]:
    """Write the records, and read them again and again."""
    with TemporaryDirectory() as name:
        run = Path(name) / "run"
        write(run)
        argv = [sys.executable, "-m", "benchmarks.records", str(run)]
        seen = [json.loads(subprocess.check_output(argv)) for _ in range(ROUNDS)]
    middle = {figure: median(one[figure] for one in seen) for figure in seen[0]}
    reports = [figure for figure in middle if figure.startswith("report ")]
    names = ", ".join(figure.removeprefix("report ") for figure in reports)
    figures = (
        (f"CPU of reading {RECORDS:,} records", "s", middle["read"], None),
        ("CPU of reading and summarising them", "s", middle["read"] + middle["summarise"], 5.0),
        ("Memory at its most meanwhile", "MB", middle["memory_mb"], 500.0),
        (
            f"CPU of drawing all reports of them ({names})",
            "s",
            sum(middle[figure] for figure in reports),
            10.0,
        ),
    )
    return tuple(
        Row(figure=figure, unit=unit, n=ROUNDS, codestone=value, limit=limit)
        for figure, unit, value, limit in figures
    )


def write(directory: Path) -> None:
    """Write the run directory of a plan whose trials have all finished."""
    draw = random.Random(1)
    contestants = {
        name: make_contestant(name) for name in (f"model-{number:02}-q4" for number in range(CONTESTANTS))
    }
    tasks = tuple(
        PlannedTask(suite="bench", task=f"task-{number:03}", title="Add", possible=100.0, digest=TASK_DIGEST)
        for number in range(TASKS)
    )
    plan = Plan(title="bench", tasks=tasks, contestants=tuple(contestants.values()), epochs=EPOCHS)
    Store.create(directory, plan, {}).close()
    with (directory / "records.jsonl").open("wb") as file:  # as Store.append writes it, less 100,000 fsyncs
        for epoch in range(1, EPOCHS + 1):
            for key in plan.one_pass(epoch):
                record = _record(key, contestants[key.contestant], draw)
                file.write(orjson.dumps(record.model_dump(mode="json")) + b"\n")


def _record(key: TrialKey, contestant: Contestant, draw: random.Random) -> TrialRecord:
    return make_record(
        key=key,
        contestant=contestant,
        earned=draw.choice([0, 60, 100, 100]),
        reply_digest=f"{draw.getrandbits(256):064x}",
        generation_ns=draw.randrange(10**9, 10**11),
        grading_ns=draw.randrange(10**8, 10**9),
        exchanges=(_exchange(draw),),
    )


def _exchange(draw: random.Random) -> Exchange:
    ttft_ns = draw.randrange(10**8, 10**9)
    last_ns = ttft_ns + draw.randrange(10**9, 10**10)
    tokens = draw.randrange(100, 4000)
    return make_exchange(
        usage=Usage(prompt_tokens=draw.randrange(200, 4000), completion_tokens=tokens, cached_tokens=0),
        speed=Speed(
            connect_ns=draw.randrange(10**5, 10**6),
            headers_ns=draw.randrange(10**6, 10**7),
            ttft_ns=ttft_ns,
            ttfo_ns=ttft_ns,
            last_ns=last_ns,
            wall_ns=last_ns + 10**6,
            chunks=tokens,
            tg=tokens * 1e9 / (last_ns - ttft_ns),
        ),
        content_characters=4 * tokens,
    )


def read(directory: Path) -> dict[str, float]:
    """Read, summarise and draw a run; return seconds of each, and the most memory by then, in MB."""
    begun_ns = process_time_ns()
    with Store.open(directory, read_only=True) as store:
        read_ns = process_time_ns()
        summary = summary_of(store)
    marks = {"read": (read_ns - begun_ns) / 1e9, "summarise": (process_time_ns() - read_ns) / 1e9}
    marks["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _PER_MB
    assert sum(cell.n for cell in summary.cells) == RECORDS
    for name in plugins.names("reports"):
        begun_ns = process_time_ns()
        drawn(name, summary, directory)
        marks[f"report {name}"] = (process_time_ns() - begun_ns) / 1e9
    return marks


_PER_MB = 1e6 if sys.platform == "darwin" else 1e6 / 1024  # macOS counts bytes, Linux KiB

if __name__ == "__main__":
    print(json.dumps(read(Path(sys.argv[1]))))
