"""Two clocks on the same reads: ours in user space, and the kernel's receive stamp (SO_TIMESTAMPING, Linux).

The lag of each behind the server's note of the send. The kernel's stamp is on the wall clock and is brought
to ours by reading both at once; it belongs to the last segment of a read.
"""

import json
import platform
import socket
import struct
import sys
import time
from statistics import median
from time import perf_counter_ns
from typing import NamedTuple
from urllib.parse import urlsplit

from benchmarks.peers import log_of, server
from benchmarks.results import Row

CHUNKS, REQUESTS = 200, 10
SETTINGS = {"chunks": CHUNKS, "requests": REQUESTS, "gap_ms": 5}
SO_TIMESTAMPING = 37
RECEIVED_BY_SOFTWARE = 1 << 3 | 1 << 4


class Stamp(NamedTuple):
    """The events that had come by the end of a read, and both clocks of it, in ns."""

    events: int
    user_ns: int
    kernel_ns: int


def rows() -> tuple[Row, ...]:
    """Measure both clocks; nothing where the kernel has no such stamp."""
    if platform.system() != "Linux":
        return ()
    user, kernel = [], []
    with server("--pace", f"5:5:{CHUNKS}") as base_url:
        reads = [_stamps(base_url) for _ in range(REQUESTS)]
        log = log_of(base_url)
    for stamps, played in zip(reads, log, strict=True):
        for stamp in stamps:
            sent_ns = played["sent"][stamp.events - 1]["before_ns"]
            user.append((stamp.user_ns - sent_ns) / 1e6)
            kernel.append((stamp.kernel_ns - sent_ns) / 1e6)
    return tuple(
        Row(
            figure=f"A stamp's lag behind the send, {words}",
            unit="ms",
            n=len(user),
            codestone=at(user),
            bare=at(kernel),
            bare_is="kernel's stamp",
        )
        for words, at in (("median", median), ("99th of 100", _p99), ("most", max))
    )


def _p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


def _stamps(base_url: str) -> list[Stamp]:
    """Ask once and return the stamps of every read that ended an event."""
    url = urlsplit(base_url)
    assert url.hostname
    assert url.port
    body = json.dumps({"model": "paced", "messages": [], "stream": True})
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    found: list[Stamp] = []
    with socket.create_connection((url.hostname, url.port)) as connection:
        connection.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, RECEIVED_BY_SOFTWARE)
        offset_ns = _wall_less_ours_ns()
        connection.sendall((head + body).encode())
        events, tail = 0, b""
        while not tail.endswith(b"0\r\n\r\n"):
            data, beside, _, _ = connection.recvmsg(1 << 16, 256)
            user_ns = perf_counter_ns()
            tail = (tail + data)[-16:]
            ended = data.count(b"data: ")
            events += ended
            if ended and beside:
                seconds, rest_ns = struct.unpack_from("qq", beside[-1][2])
                found.append(Stamp(events, user_ns, seconds * 10**9 + rest_ns - offset_ns))
    return found


def _wall_less_ours_ns() -> int:
    """Return the wall clock less perf_counter_ns, from the closest of several pairs of readings."""
    pairs = []
    for _ in range(50):
        before_ns = perf_counter_ns()
        wall_ns = time.clock_gettime_ns(time.CLOCK_REALTIME)
        after_ns = perf_counter_ns()
        pairs.append((after_ns - before_ns, wall_ns - (before_ns + after_ns) // 2))
    return min(pairs)[1]


if __name__ == "__main__":
    for row in rows():
        print(row, file=sys.stdout)
