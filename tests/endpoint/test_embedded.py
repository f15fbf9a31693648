import json
import os
import shutil
import signal
import site
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, monotonic_ns, sleep
from urllib.parse import urlsplit

import pytest

import codestone
from codestone import process
from codestone.endpoint import embedded, weights
from codestone.errors import EndpointError

LIMIT_S = 180
GENEROUS = 300

pytestmark = [pytest.mark.embedded, pytest.mark.usefixtures("embedded_weights")]

SERVING = """
import sys
from pathlib import Path
from codestone.endpoint import embedded
with embedded.serve(Path(sys.argv[1])) as found:
    print(found.base_url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def gguf(embedded_weights) -> Path:
    """The weights' file."""
    return embedded_weights


@pytest.fixture(scope="module")
def served(gguf) -> Iterator[embedded.Found]:
    """Serve them for all tests of this module."""
    with embedded.serve() as found:
        yield found


def ask(base_url: str, path: str, body: dict[str, object] | None = None) -> tuple[int, bytes]:
    """Return status and body of one request."""
    connection = HTTPConnection(urlsplit(base_url).netloc, timeout=GENEROUS)
    try:
        if body is None:
            connection.request("GET", path)
        else:
            connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def gone(base_url: str) -> bool:
    """Wait until nothing listens there any more; False after LIMIT_S seconds."""
    deadline = monotonic() + LIMIT_S
    while monotonic() < deadline:
        with suppress(ConnectionResetError):
            try:
                ask(base_url, "/health")
            except ConnectionRefusedError:
                return True
        sleep(0.05)
    return False


def test_the_weights_are_the_pinned_ones(gguf):
    """What lies in the cache has the digest and the size that stand in the code."""
    assert sha256(gguf.read_bytes()).hexdigest() == weights.SMOLLM2.sha256
    assert gguf.stat().st_size == weights.SMOLLM2.size_bytes
    assert embedded.available()


def test_a_chat_request_is_answered_with_usage_and_timings(served):
    """A real model answers over HTTP, counts its tokens and tells its own clock."""
    question = {"role": "user", "content": "Say hello."}
    body = {"model": served.models[0].id, "messages": [question], "max_tokens": 8, "temperature": 0}
    status, reply = ask(served.base_url, "/v1/chat/completions", body)
    answer = json.loads(reply)
    assert status == 200
    assert answer["choices"][0]["message"]["content"]
    assert 0 < answer["usage"]["completion_tokens"] <= 8
    assert answer["usage"]["prompt_tokens"] > 0
    assert answer["timings"]["predicted_n"] == answer["usage"]["completion_tokens"]


def test_is_an_endpoint_whose_build_is_known(served):
    """Its kind is "embedded"; the build, which its server does not know, is the wheel's version."""
    (model,) = served.models
    assert (served.server, model.id) == ("embedded", "smollm2-135m")
    assert urlsplit(served.base_url).hostname == "127.0.0.1"
    assert model.meta["build_info"] == embedded.build()
    assert model.meta["weights_sha256"] == weights.SMOLLM2.sha256
    assert model.meta["n_ctx"] == 4096


def test_leaving_the_context_stops_the_server(gguf, tmp_path):
    """Another alias is another model id; afterwards nothing listens there, and the log stays."""
    log = tmp_path / "server.log"
    with embedded.serve(gguf, launch=embedded.Launch(alias="second"), log=log) as found:
        assert ask(found.base_url, "/health")[0] == 200
        assert [model.id for model in found.models] == ["second"]
    assert gone(found.base_url)
    assert log.exists()


def test_sigterm_ends_the_server_cleanly(gguf):
    """The child tells its address in one line, and its exit code after SIGTERM is 0."""
    with process.start(embedded._argv(gguf, embedded.PLAIN), stdout=process.PIPE) as child:
        base_url = json.loads(embedded._line(child, monotonic_ns() + LIMIT_S * 10**9))["base_url"]
        assert ask(base_url, "/health")[0] == 200
        child.terminate()
        assert child.wait(LIMIT_S) == 0
    assert gone(base_url)


def test_the_server_dies_with_a_killed_parent(gguf):
    """`kill -9` of the process that serves leaves no server behind."""
    argv = [sys.executable, "-c", SERVING, str(gguf)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        base_url = parent.stdout.readline().strip()
        assert ask(base_url, "/health")[0] == 200
        os.kill(parent.pid, signal.SIGKILL)
        assert parent.wait(LIMIT_S) == -signal.SIGKILL
    assert gone(base_url)


def test_weights_that_cannot_be_loaded_are_an_endpoint_error_with_the_servers_words(tmp_path):
    """The end of the server's log is in the message."""
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + b"\0" * 1000)
    with (
        pytest.raises(EndpointError, match="did not start: it ended while loading") as caught,
        embedded.serve(broken),
    ):
        pass
    assert "failed to load model" in caught.value.message
    assert "broken.gguf" in caught.value.message


def test_without_the_extra_the_error_says_what_to_install(tmp_path):
    """An installation without xllamacpp, made of links to everything else of this one, names the extra."""
    packages = tmp_path / "packages"
    packages.mkdir()
    for folder in site.getsitepackages():
        for entry in Path(folder).iterdir():
            if not entry.name.startswith(("xllamacpp", "codestone")):
                (packages / entry.name).symlink_to(entry)
    (packages / "codestone").symlink_to(Path(codestone.__file__).parent)
    program = (
        "from codestone.endpoint import embedded\n"
        "from codestone.errors import ToolchainMissing\n"
        "assert not embedded.available()\n"
        "try:\n    embedded.prepare(print)\n"
        "except ToolchainMissing as error:\n    print(error.what, error.hint)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(packages)}
    argv = [sys.executable, "-S", "-c", program]
    ended = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=True)
    assert ended.stdout == "xllamacpp pip install 'codestone[embedded]'\n"


def test_a_json_py_in_the_current_folder_is_not_imported(gguf, tmp_path, monkeypatch):
    """The child takes its modules from where ours come from, never from the user's folder."""
    shutil.copy(__file__, tmp_path / "json.py")
    monkeypatch.chdir(tmp_path)
    with embedded.serve(gguf) as found:
        assert ask(found.base_url, "/health")[0] == 200
