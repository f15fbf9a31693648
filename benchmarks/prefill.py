"""Prefill rates against the truth: a scripted model that reads prompts linearly, at a known rate.

Ours is pp_diff, of 256 against 8,192 tokens; llama-benchy's is what it prints for 8,192 tokens. The script is
played twice: with the role chunk at once, and with the role chunk behind the prompt, as llama.cpp has it.
"""

import json
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.peers import ASKERS, llama_benchy, run, served
from benchmarks.results import Row
from codestone.endpoint.client import ChatRequest, Client, Message
from codestone.stats.prefill import PromptRead, pp_diff

TRUE_PER_S = 5000.0
SMALL, LARGE = 256, 8192
RUNS = 5
OUTPUT_TOKENS = 32
SETTINGS = {"true_tokens_per_s": TRUE_PER_S, "tokens": (SMALL, LARGE), "runs": RUNS}
WORDS = {"early": "the role chunk comes at once", "late": "the role chunk comes with the first text"}


def rows() -> tuple[Row, ...]:
    """Measure, side by side, in percent off the truth."""
    return tuple(
        Row(
            figure=f"Prefill rate, off from the truth; {words}",
            unit="%",
            n=RUNS,
            codestone=_off(_codestone(when)),
            llama_benchy=_off(_llama_benchy(when)),
            limit=1.0,
        )
        for when, words in WORDS.items()
    )


def _off(rate: float) -> float:
    return abs(rate / TRUE_PER_S - 1) * 100


def _argv(when: str) -> list[str]:
    return [sys.executable, str(ASKERS / "serve_rated.py"), str(TRUE_PER_S), when]


def _codestone(when: str) -> float:
    with served(_argv(when)) as base_url, Client(base_url) as client:
        _read(client, SMALL, 0)
        small, large = zip(
            *((_read(client, SMALL, number), _read(client, LARGE, number)) for number in range(1, RUNS + 1)),
            strict=True,
        )
    found = pp_diff(small, large)
    assert found is not None
    return found.tokens_per_second


def _read(client: Client, tokens: int, salt: int) -> PromptRead:
    """Ask with a prompt of about so many tokens that begins as no other does."""
    text = f"{salt:06}{tokens:06}" + "letters " * tokens
    client.warm()
    reply = client.chat(
        ChatRequest(model="rated", messages=[Message(role="user", content=text)], max_tokens=OUTPUT_TOKENS)
    )
    usage, ttft_ns = reply.exchange.usage, reply.marks.ttft_ns
    assert usage is not None
    assert usage.prompt_tokens is not None
    assert ttft_ns is not None
    return PromptRead(usage.prompt_tokens - (usage.cached_tokens or 0), ttft_ns)


def _llama_benchy(when: str) -> float:
    with served(_argv(when)) as base_url, TemporaryDirectory() as name:
        folder = Path(name)
        run(llama_benchy(base_url, RUNS, folder, prompt=LARGE), home=folder)
        (found,) = json.loads((folder / "out.json").read_text())["benchmarks"]
    rates: list[float] = found["pp_throughput"]["values"]
    return median(rates)
