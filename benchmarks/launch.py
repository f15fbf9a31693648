"""From the launch of a process to its first request at a reachable endpoint, and what an install weighs."""

import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.peers import AIOHTTP, LLAMA_BENCHY, askers, log_of, python_of, run, server, weight
from benchmarks.results import Row
from benchmarks.start import base_packages

ROUNDS = 7
SETTINGS = {"rounds": ROUNDS, "codestone": "codestone run quick/py-select --model oracle -n 1"}


def rows() -> tuple[Row, ...]:
    """Measure, side by side."""
    packages = base_packages()
    their_packages, their_bytes = weight(python_of(LLAMA_BENCHY))
    bare_packages, bare_bytes = weight(python_of(AIOHTTP))
    return (
        _launch(),
        Row(
            figure="Size of the install",
            unit="MB",
            n=1,
            codestone=sum(packages.values()) / 1e6,
            llama_benchy=their_bytes / 1e6,
            bare=bare_bytes / 1e6,
            bare_is="aiohttp",
        ),
        Row(
            figure="Packages of the install",
            unit="",
            n=1,
            codestone=len(packages),
            llama_benchy=their_packages,
            bare=bare_packages,
            bare_is="aiohttp",
        ),
    )


def _launch() -> Row:
    taken: defaultdict[str, list[float]] = defaultdict(list)
    clients = {asker.name: asker for asker in askers()}
    names = list(clients)
    for number in range(ROUNDS + 1):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            with (
                server("--profile", "oracle", "--pace", "0:0:8") as base_url,
                TemporaryDirectory() as folder,
            ):
                home = Path(folder)
                argv = (
                    _codestone(base_url, home)
                    if name == "codestone"
                    else clients[name].argv(base_url, 1, home)
                )
                ran = run(argv, home=home)
                first_ns = min(played["at_ns"] for played in log_of(base_url))
                taken[name].append((first_ns - ran.began_ns) / 1e9)
    middle = {name: median(values[1:]) for name, values in taken.items()}  # the first ones warm the disk up
    return Row(
        figure="Launch to first chat request",
        unit="s",
        n=ROUNDS,
        codestone=middle["codestone"],
        llama_benchy=middle["llama_benchy"],
        bare=middle["aiohttp"],
        bare_is="aiohttp",
        limit=1.0,
    )


def _codestone(base_url: str, home: Path) -> Sequence[str]:
    program = str(Path(sys.executable).with_name("codestone"))
    options = ["--endpoint", base_url, "--model", "oracle", "-n", "1", "--out", str(home / "run")]
    return [program, "run", "quick/py-select", *options]
