"""How true the client's clock is and what it costs, against a scripted server in a process of its own.

    python benchmarks/ttft.py [--requests N] [--chunks N]

Truth is the server's note of each send, on the same perf_counter_ns clock. Prints a table, then JSON.
The TTFT error holds the way of the request to the server as well: it is an upper bound.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter_ns, process_time_ns

from codestone.endpoint.client import ChatRequest, Client, Message, Reply
from codestone.trial import Ending


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=200, help="requests for the TTFT error")
    parser.add_argument("--chunks", type=int, default=50_000, help="chunks for cost and rate")
    options = parser.parse_args()
    figures = {
        **_truth(options.requests),
        **_cost(options.chunks),
        "load_1_min": round(os.getloadavg()[0], 2),
    }
    width = max(map(len, figures))
    for name, value in figures.items():
        print(f"{name:<{width}}  {value}")
    print(json.dumps(figures))


def _truth(requests: int) -> dict[str, float]:
    """Return quantiles of the error of TTFT and of the last arrival, in ms, over ``requests`` requests."""
    first_ms, last_ms = [], []
    with _server("20:5:6") as base_url, Client(base_url) as client:
        client.warm()
        replies = [_ask(client) for _ in range(requests)]
        _, log = client.get_json("/codestone/log")
    for reply, played in zip(replies, log, strict=True):
        sent = [step["before_ns"] - played["at_ns"] for step in played["sent"]]
        first_ms.append(abs(reply.marks.ttft_ns - sent[1]) / 1e6)
        last_ms.append(abs(reply.marks.last_ns - sent[6]) / 1e6)
    return {
        "ttft_n": requests,
        "ttft_error_p50_ms": _quantile(first_ms, 0.5),
        "ttft_error_p95_ms": _quantile(first_ms, 0.95),
        "ttft_error_max_ms": round(max(first_ms), 4),
        "last_error_p50_ms": _quantile(last_ms, 0.5),
        "last_error_p95_ms": _quantile(last_ms, 0.95),
    }


def _cost(chunks: int) -> dict[str, float]:
    """Return what reading ``chunks`` chunks costs: sent as fast as they go, and one every millisecond."""
    with _server(f"0:0:{chunks}") as base_url, Client(base_url) as client:
        _ask(client)
        cpu_ns, wall_ns = process_time_ns(), perf_counter_ns()
        _ask(client)
        cpu_ns, wall_ns = process_time_ns() - cpu_ns, perf_counter_ns() - wall_ns
    paced = min(chunks, 10_000)
    with _server(f"0:1:{paced}") as base_url, Client(base_url) as client:
        client.warm()
        paced_ns = process_time_ns()
        _ask(client)
        paced_ns = process_time_ns() - paced_ns
    return {
        "chunks_n": chunks,
        "cpu_s_per_10k_chunks": round(cpu_ns / chunks / 1e5, 4),
        "chunks_per_s": round(chunks / wall_ns * 1e9),
        "paced_chunks_n": paced,
        "cpu_s_per_10k_chunks_one_per_ms": round(paced_ns / paced / 1e5, 4),
    }


@contextmanager
def _server(pace: str) -> Iterator[str]:
    argv = [sys.executable, "-m", "codestone.testing", "--pace", pace]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def _ask(client: Client) -> Reply:
    reply = client.chat(ChatRequest(model="paced", messages=[Message(role="user", content="hi")]))
    assert reply.exchange.ending is Ending.ANSWERED, reply.exchange.detail
    return reply


def _quantile(values: list[float], share: float) -> float:
    return round(sorted(values)[min(len(values) - 1, int(len(values) * share))], 4)


if __name__ == "__main__":
    main()
