"""Ask as a few lines over aiohttp do: BASE_URL REQUESTS OUT; writes the TTFTs in ms, without the first one's.

Runs in an environment that holds aiohttp and nothing else. One session, kept connections, reads as they
come, lines decoded with the standard library.
"""

import asyncio
import json
import sys
from pathlib import Path
from time import perf_counter_ns

import aiohttp  # type: ignore[import-not-found, unused-ignore]  # in an environment of its own

BODY = {"model": "paced", "messages": [{"role": "user", "content": "hi"}], "stream": True}


async def ask(session: aiohttp.ClientSession, base_url: str) -> float:
    """Return the TTFT of one request."""
    first_ns, text, pending = None, [], b""
    sent_ns = perf_counter_ns()
    async with session.post(f"{base_url}/chat/completions", json=BODY) as response:
        async for data in response.content.iter_any():
            now_ns = perf_counter_ns()
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                if not line.startswith(b"data: {"):
                    continue
                for choice in json.loads(line[6:])["choices"]:
                    if content := choice["delta"].get("content"):
                        first_ns = first_ns or now_ns
                        text.append((now_ns, content))
    assert first_ns is not None
    return (first_ns - sent_ns) / 1e6


async def main(base_url: str, requests: int) -> list[float]:
    """Return the TTFTs of so many requests."""
    async with aiohttp.ClientSession() as session:
        return [await ask(session, base_url) for _ in range(requests)]


taken_ms = asyncio.run(main(sys.argv[1], int(sys.argv[2])))
Path(sys.argv[3]).write_text(json.dumps(taken_ms[1:]))
