"""The peers and the scripted server: environments of their own, processes of their own.

A peer never enters our environment: each has one in the user's cache, made by the first run. llama-benchy
fetches a tokenizer and a book by default; it is given a tokenizer file, and the book in its own cache.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import platformdirs

from codestone.endpoint.client import Client

LLAMA_BENCHY = "llama-benchy==0.4.0"
AIOHTTP = "aiohttp==3.14.5"
ASKERS = Path(__file__).with_name("askers")
MODEL = "paced"
_BOOK = "a book that is in the cache"
_WORDS = [f"word{number:03}" for number in range(500)]
_WEIGH = """
import importlib.metadata as m, json
all_ = [d for d in m.distributions() if d.metadata["Name"] not in ("pip", "setuptools")]
files = [f.locate() for d in all_ for f in d.files or ()]
print(json.dumps([len(all_), sum(f.stat().st_size for f in files if f.is_file())]))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One process that has ended: CPU seconds of it and its children, wall seconds, when it was started."""

    cpu_s: float
    wall_s: float
    began_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """A client in a process of its own: its command, and the TTFTs (ms) that it reports, in order."""

    name: str
    argv: Callable[[str, int, Path], Sequence[str]]
    ttft_ms: Callable[[Path], Sequence[float]]


def cache() -> Path:
    """Return the folder of the peers' environments."""
    return platformdirs.user_cache_path("codestone") / "benchmarks"


def keep_bytecode() -> None:
    """Let every child keep its compiled modules in our cache: an installed program is not compiled anew."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(cache() / "bytecode")


def python_of(requirement: str) -> Path:
    """Return the interpreter of a requirement's own environment, made where it is not there."""
    home = cache() / requirement.replace("==", "-")
    python = home / "bin" / "python"
    if not (home / "made").exists():
        print(f"making an environment for {requirement}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", requirement], check=True)
        (home / "made").touch()
    return python


def weight(python: Path) -> tuple[int, int]:
    """Return how many packages an environment has besides pip and setuptools, and their bytes."""
    packages, size = json.loads(subprocess.check_output([python, "-c", _WEIGH]))
    return packages, size


def askers() -> tuple[Asker, ...]:
    """Return the clients that are held side by side."""
    return (
        _script("codestone", Path(sys.executable)),
        Asker(name="llama_benchy", argv=llama_benchy, ttft_ms=_llama_benchy_ttft_ms),
        _script("aiohttp", python_of(AIOHTTP)),
    )


def drain() -> Asker:
    """Return the client that decodes nothing: how fast the scripted server sends."""
    return _script("drain", Path(sys.executable))


def _script(name: str, python: Path) -> Asker:
    def argv(base_url: str, requests: int, folder: Path) -> Sequence[str]:
        # one more than asked for: the first one warms up
        return [
            str(python),
            str(ASKERS / f"ask_{name}.py"),
            base_url,
            str(requests + 1),
            str(folder / "out.json"),
        ]

    return Asker(name=name, argv=argv, ttft_ms=lambda folder: json.loads((folder / "out.json").read_text()))


def llama_benchy(base_url: str, requests: int, folder: Path, *, prompt: int = 16) -> Sequence[str]:
    """Return the command: warm-up and so many runs, all it needs from the network laid into ``folder``."""
    tokenizer = folder / "tokenizer.json"
    tokenizer.write_text(json.dumps(_TOKENIZER))
    cache = folder / ".cache" / "llama-benchy"
    cache.mkdir(parents=True, exist_ok=True)
    name = hashlib.md5(_BOOK.encode(), usedforsecurity=False).hexdigest()
    (cache / f"{name}.txt").write_text(" ".join(_WORDS * 40))
    program = python_of(LLAMA_BENCHY).with_name("llama-benchy")
    options = {
        "--base-url": base_url,
        "--model": MODEL,
        "--tokenizer": str(tokenizer),
        "--book-url": _BOOK,
        "--pp": str(prompt),
        "--tg": "32",
        "--runs": str(requests),
        "--latency-mode": "none",
        "--format": "json",
        "--save-result": str(folder / "out.json"),
    }
    return [str(program), "--skip-coherence", *(word for pair in options.items() for word in pair)]


def _llama_benchy_ttft_ms(folder: Path) -> Sequence[float]:
    (run,) = json.loads((folder / "out.json").read_text())["benchmarks"]
    values: Sequence[float] = run["e2e_ttft"]["values"]
    return values


def run(argv: Sequence[str], *, home: Path) -> Ran:
    """Run a process to its end, HOME being ``home``, and return what it took; raise where it fails."""
    log = home / "log.txt"
    environment = {**os.environ, "HOME": str(home), "HF_HUB_OFFLINE": "1", "TERM": "dumb"}
    with log.open("wb") as out:
        began_ns = perf_counter_ns()
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment, cwd=home
        )
        _, status, used = os.wait4(process.pid, 0)
        wall_s = (perf_counter_ns() - began_ns) / 1e9
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{argv[0]} ended with {process.returncode}: {log.read_text()[-2000:]}")
    return Ran(cpu_s=used.ru_utime + used.ru_stime, wall_s=wall_s, began_ns=began_ns)


def server(*options: str) -> AbstractContextManager[str]:
    """Serve scripts from a process of its own; yield the base URL."""
    return served([sys.executable, "-m", "codestone.testing", *options])


@contextmanager
def served(argv: Sequence[str]) -> Iterator[str]:
    """Have a process that prints its base URL first; yield that."""
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def log_of(base_url: str) -> list[dict[str, Any]]:
    """Return what the server has played so far: ``at_ns`` of each request, ``sent`` with its instants."""
    with Client(base_url) as client:
        _, log = client.get_json("/codestone/log")
    assert isinstance(log, list)
    return log


_TOKENIZER: Mapping[str, Any] = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [],
    "normalizer": None,
    "pre_tokenizer": {"type": "Whitespace"},
    "post_processor": None,
    "decoder": None,
    "model": {
        "type": "WordLevel",
        "vocab": {word: number for number, word in enumerate([*_WORDS, "?"])},
        "unk_token": "?",
    },
}
