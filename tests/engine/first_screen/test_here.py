import json
import os
import re
import shlex
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import perf_counter_ns
from typing import Any

import pytest

from codestone.engine.first_screen.here import Here, Server, here, together
from codestone.engine.first_screen.serving_now import Model
from codestone.errors import UsageError
from codestone.testing import ScriptedEndpoint, reply

PATIENT_S = 60.0


@contextmanager
def playing(paths: Mapping[str, Any], *, status: int = 200) -> Iterator[str]:
    """Serve JSON documents by path, for GET and POST, as a server of that kind does; yield the base URL."""

    class Plays(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path in paths
            body = json.dumps(paths.get(self.path, {"error": "not found"})).encode()
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status if known else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Plays) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()
            thread.join()


def listing(owner: str, *names: str, **more: object) -> dict[str, Any]:
    """Return a /v1/models."""
    return {"object": "list", "data": [{"id": name, "owned_by": owner, **more} for name in names]}


LLAMA_SERVER = {
    "/v1/models": listing("llamacpp", "q", meta={"n_ctx": 8192, "n_ctx_train": 40960, "ftype": "Q4_K_M"}),
    "/props": {
        "build_info": "b7000-abc",
        "chat_template": "<think>",
        "chat_template_caps": {"supports_tools": True},
        "default_generation_settings": {"n_ctx": 8192, "params": {"speculative.types": "none"}},
    },
}
OLLAMA = {
    "/v1/models": listing("library", "q:8b"),
    "/api/version": {"version": "0.12.3"},
    "/api/tags": {"models": [{"name": "q:8b", "details": {"quantization_level": "Q4_K_M"}}]},
    "/api/ps": {"models": [{"model": "q:8b", "size": 8, "size_vram": 8, "context_length": 4096}]},
    "/api/show": {"capabilities": ["completion", "tools"]},
}
LM_STUDIO = {
    "/v1/models": listing("organization_owner", "q"),
    "/api/v0/models": {
        "data": [
            {"id": "q", "type": "llm", "state": "loaded", "quantization": "Q4_K_M",
             "max_context_length": 40960, "loaded_context_length": 4096, "capabilities": ["tool_use"]}
        ]
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> None:
    """Look for files in an empty home."""
    monkeypatch.setenv("HOME", str(tmp_path))


def servers(*urls: str, limit_s: float = PATIENT_S) -> tuple[Server, ...]:
    """Return what is found at these places."""
    return here(urls, limit_s=limit_s).servers


Q4 = Model(id="q", loaded=True, context=4096, context_trained=40960, quant="Q4_K_M", tools=True)


@pytest.mark.parametrize(
    ("paths", "kind", "build", "model"),
    [
        (LLAMA_SERVER, "llama-server", "b7000-abc", replace(Q4, context=8192, thinking=True, draft="none")),
        (
            OLLAMA,
            "ollama",
            "0.12.3",
            replace(Q4, id="q:8b", context_trained=None, thinking=False, on_gpu=1.0),
        ),
        (LM_STUDIO, "lm-studio", "", Q4),
    ],
    ids=["llama-server", "ollama", "lm-studio"],
)
def test_each_kind_of_server_tells_of_its_loaded_model(paths, kind, build, model):
    """Over a real connection, with the documents of that kind."""
    with playing(paths) as url:
        (server,) = servers(url)
    assert server == Server(base_url=url, kind=kind, build=build, models=(model,))


def test_several_servers_are_found_in_the_order_of_the_ports():
    """A scripted one is named as such."""
    with ScriptedEndpoint({"oracle": reply("a")}) as scripted, playing(LLAMA_SERVER) as llama:
        found = servers(llama, scripted.base_url)
    assert [server.kind for server in found] == ["llama-server", "scripted"]
    assert found[1].models[0].id == "oracle"


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [(401, "key", "API key"), (503, "loading", "loads"), (500, "other", "HTTP 500"), (404, "other", "404")],
)
def test_a_server_that_does_not_list_its_models_says_why(status, state, words):
    """What wants a key, what loads, and what is no API for models at all."""
    with playing({"/v1/models": {}}, status=status) as url:
        (server,) = servers(url)
    assert server.state == state
    assert words in server.trouble


def test_where_nobody_listens_nothing_is_said():
    """A closed port is no finding."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert servers(f"http://127.0.0.1:{port}/v1") == ()


def test_a_silent_server_keeps_nobody_waiting_and_is_named():
    """The others are told of; the bound is the whole wait, with room for a busy machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener, playing(LLAMA_SERVER) as url:
        silent = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        start_ns = perf_counter_ns()
        found = here([silent, url], limit_s=3.0)
        took_s = (perf_counter_ns() - start_ns) / 1e9
    assert took_s < 30
    states = {server.base_url: server.state for server in found.servers}
    assert states[silent] == "silent"
    assert "no answer within 3 s" in found.servers[0].trouble
    assert states[url] == "up"


def test_a_driver_that_hangs_is_said_to_be_so(tmp_path, monkeypatch):
    """The rest is told all the same."""
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\nexec tail -f /dev/null\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr("platform.system", lambda: "Linux")
    found = here([], limit_s=1.0)
    assert found.cards is None
    assert re.search("no answer within 1 s|nvidia-smi did not answer in time", found.unknown["gpu"])
    assert found.memory is not None
    assert found.late <= found.unknown.keys()


def test_cards_come_with_their_holders_by_the_names_of_this_machine(tmp_path, monkeypatch):
    """Our own process stands in for a server that has memory of the card."""
    answers = {
        "--query-gpu=": "GPU-1, NVIDIA H200, 143771, 2048",
        "--query-compute-apps=": f"GPU-1, {os.getpid()}, [Not Found], 1024",
    }
    cases = " ".join(f"{question}*) echo {shlex.quote(text)};;" for question, text in answers.items())
    (tmp_path / "nvidia-smi").write_text(f'#!/bin/sh\ncase "$1" in {cases} esac\n')
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr("platform.system", lambda: "Linux")
    found = here([], limit_s=PATIENT_S)
    assert found.cards is not None
    (card,) = found.cards
    (holder,) = card.holders
    assert (card.name, card.used_bytes, holder.size_bytes) == ("NVIDIA H200", 2048 << 20, 1024 << 20)
    assert holder.name.startswith("python")


def test_this_machine_is_told_of():
    """Nothing that could be known is unknown, given time."""
    found: Here = here([], limit_s=PATIENT_S)
    assert not found.unknown.keys() - {"gpu", "gpu holders", "box"}
    assert found.memory is not None
    assert found.files is not None
    assert (found.box is None) == ("box" in found.unknown)


def test_one_parts_fault_hides_no_other():
    """Whatever it raises; ours has its message, another its kind too."""

    def ours() -> None:
        raise UsageError("said in words")

    def nobodys() -> None:
        raise KeyError("x")

    told = together({"ours": ours, "nobodys": nobodys, "well": lambda: 3}, limit_s=PATIENT_S)
    assert (told["ours"].fault, told["nobodys"].fault) == ("said in words", "KeyError: 'x'")
    assert (told["well"].value, told["well"].fault) == (3, "")


def test_parts_run_at_once():
    """Each waits for the other: one after the other they would never end."""
    meeting = threading.Barrier(2)
    told = together(
        {"a": lambda: meeting.wait(PATIENT_S), "b": lambda: meeting.wait(PATIENT_S)}, limit_s=PATIENT_S
    )
    assert {told["a"].value, told["b"].value} == {0, 1}
