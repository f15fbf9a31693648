"""Codestone's client beside llama-benchy and a bare aiohttp client, on the same scripted scenarios.

Each client is a process of its own, the scripted server another; they take turns, and who comes first
rotates. Truth is the server's note of each send, on the clock that all processes share. The error of a TTFT
holds the request's way to the server and the server's waking up too: an upper bound, for all alike.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.peers import AIOHTTP, LLAMA_BENCHY, Asker, askers, log_of, run, server
from benchmarks.results import Row

ROUNDS = 5
TTFT_PACE, TTFT_REQUESTS = "20:5:6", 60
SETTINGS = {
    "llama_benchy": LLAMA_BENCHY,
    "bare": AIOHTTP,
    "rounds": ROUNDS,
    "ttft_pace_ms": f"{TTFT_PACE} (first text : gap : chunks), a role chunk at once",
    "ttft_requests_a_round": TTFT_REQUESTS,
}


def rows() -> tuple[Row, ...]:
    """Measure, side by side."""
    errors: defaultdict[str, list[float]] = defaultdict(list)
    for asker in turns(askers(), ROUNDS):
        errors[asker.name] += _errors_ms(asker)
    middle = {name: median(values) for name, values in errors.items()}
    late = {name: sorted(values)[int(len(values) * 0.95)] for name, values in errors.items()}
    n = ROUNDS * TTFT_REQUESTS
    return (
        row_of("TTFT, error against the true send, median", middle, unit="ms", n=n, limit=0.5, share=0.5),
        row_of("TTFT, error against the true send, 95th of 100", late, unit="ms", n=n),
    )


def _errors_ms(asker: Asker) -> list[float]:
    with server("--pace", TTFT_PACE) as base_url, TemporaryDirectory() as name:
        folder = Path(name)
        run(asker.argv(base_url, TTFT_REQUESTS, folder), home=folder)
        log = [played for played in log_of(base_url) if len(played["sent"]) > 1]  # one: it was no stream
        told = asker.ttft_ms(folder)
    assert len(told) == TTFT_REQUESTS, (asker.name, len(told))
    true = [(played["sent"][1]["before_ns"] - played["at_ns"]) / 1e6 for played in log[-TTFT_REQUESTS:]]
    return [abs(mine - its) for mine, its in zip(told, true, strict=True)]


def turns(clients: Sequence[Asker], rounds: int) -> Iterable[Asker]:
    """Yield every client once a round; who comes first rotates."""
    for number in range(rounds):
        first = number % len(clients)
        yield from (*clients[first:], *clients[:first])


def row_of(figure: str, values: dict[str, float], **more: Any) -> Row:
    """Return a row of all three; ``more`` are further fields of it."""
    return Row(
        figure=figure,
        codestone=values["codestone"],
        llama_benchy=values["llama_benchy"],
        bare=values["aiohttp"],
        bare_is="aiohttp",
        **more,
    )
