"""What reading a stream costs, beside llama-benchy and a bare aiohttp client: CPU and chunks per second.

CPU is a slope: a process with many requests less one with few, so that starting up is in neither. The rate is
of each request by itself, as the server saw it: from its first send to its last, which waits for the reader.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.client import row_of, turns
from benchmarks.peers import AIOHTTP, LLAMA_BENCHY, Asker, Ran, askers, drain, log_of, run, server
from benchmarks.results import Row

ROUNDS = 3
FLOOD_CHUNKS, FLOOD_REQUESTS = 20_000, (1, 6)
PACED_CHUNKS, PACED_REQUESTS, PACED_ROUNDS = 2_000, (1, 6), 3
SETTINGS = {
    "llama_benchy": LLAMA_BENCHY,
    "bare": AIOHTTP,
    "rounds": ROUNDS,
    "flood_chunks": FLOOD_CHUNKS,
    "flood_requests": FLOOD_REQUESTS,
    "paced_chunks": PACED_CHUNKS,
    "paced_requests": PACED_REQUESTS,
    "paced_rounds": PACED_ROUNDS,
}


def rows() -> tuple[Row, ...]:
    """Measure, side by side."""
    return (*_flood(), *_paced())


def _flood() -> tuple[Row, ...]:
    """Measure chunks that come as fast as the server sends them: many in one read."""
    cpu: defaultdict[str, list[float]] = defaultdict(list)
    rates: defaultdict[str, list[float]] = defaultdict(list)
    for asker in turns((*askers(), drain()), ROUNDS):
        few, _ = _ran(asker, f"0:0:{FLOOD_CHUNKS}", FLOOD_REQUESTS[0])
        many, log = _ran(asker, f"0:0:{FLOOD_CHUNKS}", FLOOD_REQUESTS[1])
        cpu[asker.name].append(many.cpu_s - few.cpu_s)
        rates[asker.name] += [_rate(played["sent"]) for played in log[-FLOOD_REQUESTS[1] :]]
    rate = {name: median(values) for name, values in rates.items()}
    alone = f"the server alone: {rate['drain']:,.0f}"
    values = _per_10k(cpu, FLOOD_CHUNKS, FLOOD_REQUESTS)
    return (
        row_of(
            f"CPU per 10,000 chunks, sent at once ({_dropped(values)})",
            values,
            unit="s",
            n=_sampled(ROUNDS, FLOOD_CHUNKS, FLOOD_REQUESTS),
            share=0.25,
        ),
        row_of(f"Chunks per second, sent at once ({alone})", rate, unit="", n=ROUNDS * FLOOD_REQUESTS[1]),
    )


def _paced() -> tuple[Row, ...]:
    """Measure chunks that come one a millisecond: each in a read of its own, as from a fast model."""
    cpu: defaultdict[str, list[float]] = defaultdict(list)
    for asker in turns((*askers(), drain()), PACED_ROUNDS):
        (few, _), (many, _) = (_ran(asker, f"0:1:{PACED_CHUNKS}", count) for count in PACED_REQUESTS)
        cpu[asker.name].append(many.cpu_s - few.cpu_s)
    values = _per_10k(cpu, PACED_CHUNKS, PACED_REQUESTS)
    n = _sampled(PACED_ROUNDS, PACED_CHUNKS, PACED_REQUESTS)
    figure = f"CPU per 10,000 chunks, one a millisecond ({_dropped(values)})"
    return (row_of(figure, values, unit="s", n=n, share=0.25),)


def _ran(asker: Asker, pace: str, requests: int) -> tuple[Ran, list[dict[str, Any]]]:
    """Return what a process with so many requests took, and what the server sent it as streams."""
    with server("--pace", pace) as base_url, TemporaryDirectory() as name:
        ran = run(asker.argv(base_url, requests, Path(name)), home=Path(name))
        return ran, [played for played in log_of(base_url) if len(played["sent"]) > 1]


def _dropped(values: Mapping[str, float]) -> str:
    """Say what it costs to read and keep nothing: no client can need less."""
    return f"read and dropped: {values['drain']:.3f} s"


def _rate(sent: list[dict[str, int]]) -> float:
    """Return the events per second of one request."""
    return len(sent) * 1e9 / (sent[-1]["after_ns"] - sent[0]["before_ns"])


def _per_10k(
    cpu_s: Mapping[str, Sequence[float]], chunks: int, requests: tuple[int, int]
) -> dict[str, float]:
    more = chunks * (requests[1] - requests[0])
    return {name: median(values) / more * 10_000 for name, values in cpu_s.items()}


def _sampled(rounds: int, chunks: int, requests: tuple[int, int]) -> int:
    return rounds * chunks * (requests[1] - requests[0])
