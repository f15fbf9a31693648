"""The embedded model's server: a child process that serves one GGUF file over HTTP until SIGTERM.

    python -m codestone.endpoint.embedded_server --model FILE.gguf --alias smollm2-135m

Once the model is loaded it writes one line of JSON, ``{"base_url": "http://127.0.0.1:PORT/v1"}``, to
stdout; everything else goes to stderr. It listens on the loopback address only.
"""

import json
import os
import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

STOPPING = {signal.SIGTERM, signal.SIGINT}


def main(arguments: Sequence[str] | None = None) -> None:
    """Load the model, tell the address, serve until SIGTERM or SIGINT."""
    options = _options(arguments)
    # Before any thread exists, so that every thread of the server leaves these signals to sigwait.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    told = os.dup(sys.stdout.fileno())
    os.dup2(
        sys.stderr.fileno(), sys.stdout.fileno()
    )  # what the library prints must not mix with the one line
    server = _serving(options)
    with os.fdopen(told, "w", encoding="utf-8") as line:
        print(json.dumps({"base_url": f"{server.listening_address}/v1"}), file=line)
    signal.sigwait(STOPPING)
    del server  # it has no stop(): letting go of it ends it


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="codestone.endpoint.embedded_server", allow_abbrev=False)
    parser.add_argument("--model", type=Path, required=True, help="the GGUF file")
    parser.add_argument("--alias", required=True, help="the model's id in requests")
    parser.add_argument("--threads", type=int, default=1, help="threads that compute")
    parser.add_argument("--context", type=int, default=4096, help="tokens of context")
    return parser.parse_args(arguments)


def _serving(options: Namespace) -> Any:
    """Return the library's server, loaded and listening on a free port; it runs in threads of its own."""
    import xllamacpp  # noqa: PLC0415 - an extra, and its libraries are loaded under the redirected stdout

    params = xllamacpp.CommonParams()
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.model.path = str(options.model)
    params.model_alias = {options.alias}
    params.n_ctx = options.context
    params.n_parallel = 1
    params.cpuparams.n_threads = options.threads
    params.n_threads_http = 4
    params.endpoint_metrics = True
    params.endpoint_props = True
    params.offline = True
    params.ui = False
    params.cache_ram_mib = 0  # the default keeps up to 8 GiB of old prompts
    params.cache_idle_slots = False  # needs that cache
    params.verbosity = 2
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:  # the library has written the reason to stderr
        sys.exit(f"{options.model} could not be served: {error}")


if __name__ == "__main__":
    main()
