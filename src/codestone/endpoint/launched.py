"""A contestant served for as long as a context lasts: where it is already, or by a server that we start.

A server of ours is started anew for each context, one at a time, on a free port of 127.0.0.1, and is gone
afterwards, however the context ends. What is not covered: a port that another program takes between our
choosing it and the server's binding it; the server then ends, and that is a failure to load.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic_ns

from codestone import process
from codestone.endpoint import embedded
from codestone.endpoint.chat import Timeouts
from codestone.endpoint.client import Client
from codestone.endpoint.discover import Found, inspect
from codestone.endpoint.loading import LoadFailed, load_failed, until_ready
from codestone.errors import EndpointError, ToolchainMissing
from codestone.trial import Contestant, Launch

__all__ = ["LoadFailed", "served"]

PORT = "{port}"
"""What stands in a command for the port that we choose."""

Report = Callable[[str], None]

_STOP_S = 10.0
_ASKED = Timeouts(connect_s=5.0, first_s=10.0, silence_s=10.0, wall_s=10.0)


@contextmanager
def served(contestant: Contestant, *, key: str | None, report: Report, log: Path | None) -> Iterator[str]:
    """Yield the base URL at which the contestant answers now.

    Where it is served already nothing is waited for or asked. What a server of ours prints is added to the
    file ``log``. Raises LoadFailed, with the end of that, when it did not come to serve the model.
    """
    launch = contestant.launch
    if launch is None:
        yield contestant.base_url
        return
    start = _launched if launch.argv else _embedded
    began_ns = monotonic_ns()
    with start(contestant, launch, key=key, report=report, log=log) as found:
        _require_the_same(contestant, found)
        report(f"{contestant.name}: loaded in {(monotonic_ns() - began_ns) / 1e9:.1f} s")
        yield found.base_url


@contextmanager
def _embedded(
    contestant: Contestant,
    launch: Launch,
    *,
    key: str | None,  # noqa: ARG001 - both ways to start have one signature
    report: Report,
    log: Path | None,
) -> Iterator[Found]:
    settings = dict(launch.embedded)
    file = settings.pop("file", None)
    model = None if file is None else Path(file)
    asked = embedded.Launch(alias=contestant.model, limit_s=launch.load_s, **settings)
    with ExitStack() as stack:
        try:
            found = stack.enter_context(embedded.serve(model, report=report, launch=asked, log=log))
        except ToolchainMissing as missing:
            raise LoadFailed(f"{contestant.name}: {missing.message}", hint=missing.hint) from missing
        yield found


@contextmanager
def _launched(
    contestant: Contestant, launch: Launch, *, key: str | None, report: Report, log: Path | None
) -> Iterator[Found]:
    with ExitStack() as stack:
        if log is None:
            log = Path(stack.enter_context(TemporaryDirectory(prefix="codestone-"))) / "server.log"
        output = stack.enter_context(log.open("ab"))
        since = log.stat().st_size
        port = str(_free_port())
        argv = [word.replace(PORT, port) for word in launch.argv]
        report(f"{contestant.name}: starting {argv[0]}")
        try:
            child = stack.enter_context(process.start(argv, stdout=output, stderr=output))
            url = f"http://127.0.0.1:{port}/v1"
            until_ready(child, lambda: _answers(url, contestant.model, key=key), limit_s=launch.load_s)
            found = inspect(url, key)
        except (ToolchainMissing, EndpointError, TimeoutError, ValueError) as error:
            raise load_failed(f"{argv[0]} for {contestant.name}", error, log=log, since=since) from error
        try:
            yield found
        finally:
            child.terminate()
            child.wait(_STOP_S)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _answers(base_url: str, model: str, *, key: str | None) -> bool:
    """Whether the model is served; raise ValueError where a server answers that will never serve it.

    llama-server lists its model while it still loads it, and says 503 of its health.
    """
    try:
        with Client(base_url, key=key, timeouts=_ASKED) as client:
            health, _ = client.get_json("/health")
            status, body = client.get_json("/v1/models")
    except EndpointError:
        return False
    if status in {401, 403}:
        raise ValueError("it wants an API key (key_env)")
    listed = body.get("data") if isinstance(body, dict) and status == 200 and health != 503 else None
    known = (
        [entry.get("id") for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    )
    if known and model not in known:
        raise ValueError(f"it serves {', '.join(map(str, known))}, and not {model}")
    return bool(known)


def _require_the_same(contestant: Contestant, found: Found) -> None:
    """Raise LoadFailed where scripted answers would pass for a model's, or a model's for scripted ones."""
    if found.scripted != contestant.scripted:
        raise LoadFailed(
            f"{contestant.name} was started as {contestant.server}, and its server is {found.server}",
            hint=f'Say server = "{found.server}" in [contestant.launch].',
        )
