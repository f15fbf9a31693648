from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone import plugins
from codestone.endpoint import embedded
from codestone.endpoint.client import Client
from codestone.endpoint.discover import Found, Served
from codestone.engine.first_screen.programs import Program
from codestone.engine.first_screen.serving_now import Model, command_of, models_of

THINKS = "{% if enable_thinking %}<think>{% endif %}"
PROPS = {
    "chat_template": THINKS,
    "chat_template_caps": {"supports_tools": True, "supports_tool_calls": True},
    "default_generation_settings": {"n_ctx": 16384, "params": {"speculative.types": "draft-mtp"}},
    "model_path": "/models/q-Q4_K_M.gguf",
    "is_sleeping": False,
}


def served(name: str, **meta: Any) -> Served:
    """Return a model as discovery has it."""
    return Served(id=name, meta=meta, raw={})


def found(server: str, *models: Served, port: int = 8080, **now: Any) -> Found:
    """Return a server on this machine."""
    return Found(base_url=f"http://127.0.0.1:{port}/v1", server=server, models=models, now=now)


def program(*argv: str, pid: int = 7) -> Program:
    """Return a running program."""
    return Program(pid=pid, argv=argv, resident_bytes=0)


def look(server: Found, *, paths=None, shown=None, running=()) -> tuple[Model, ...]:
    """Return its models; ``paths`` are what it answers by path, ``shown`` what Ollama shows by model."""

    def get(path: str) -> tuple[int, object]:
        return (200, paths[path]) if path in (paths or {}) else (404, {})

    return models_of(server, get=get, show=lambda name: (shown or {}).get(name, {}), running=running)


def test_llama_server_tells_of_its_model_and_its_command_tells_the_rest():
    """KV type and draft model stand in no answer of the server; its command line has them."""
    server = found(
        "llama-server", served("q", n_ctx=32768, n_ctx_train=40960, model_path="/models/q-Q4_K_M.gguf")
    )
    command = program(
        "/opt/llama-server", "-m", "/models/q-Q4_K_M.gguf", "-ctk", "q8_0", "-md", "/models/small.gguf"
    )
    (model,) = look(server, paths={"/props": PROPS}, running=[command])
    assert model == Model(
        id="q", loaded=True, context=16384, context_trained=40960, quant="Q4_K_M", kv_type="q8_0",
        draft="small.gguf", thinking=True, tools=True,
    )  # fmt: skip


def test_drafting_is_told_by_the_server_where_its_command_is_not_seen():
    """As its builds have it: a list of types, or yes and no; nothing is not "none"."""
    server = found("llama-server", served("q"))
    settings = PROPS["default_generation_settings"]
    for told, draft in (
        (settings, "draft-mtp"),
        ({"params": {"speculative.types": "none"}}, "none"),
        ({"speculative": True}, "on"),
        ({"speculative": False}, "none"),
        ({}, ""),
    ):
        (model,) = look(server, paths={"/props": {"default_generation_settings": told}})
        assert model.draft == draft


def test_a_template_without_thinking_or_tools_is_told_apart_from_none_at_all():
    """False is what was read; None is what nobody told."""
    server = found("llama-server", served("q"))
    plain = {"chat_template": "{{ x }}", "chat_template_caps": {"supports_tools": False}}
    (read,) = look(server, paths={"/props": plain})
    (untold,) = look(server)
    assert (read.thinking, read.tools) == (False, False)
    assert (untold.thinking, untold.tools) == (None, None)


def test_a_model_that_sleeps_is_not_loaded():
    """llama-server frees the memory of an idle model."""
    (model,) = look(found("llama-server", served("q")), paths={"/props": {**PROPS, "is_sleeping": True}})
    assert model.loaded is False


def test_a_router_is_asked_for_properties_of_running_models_only_and_loads_none():
    """What it would start the others with stands in its list."""
    up = {"value": "loaded", "args": ["llama-server", "-c", "8192", "-ctk", "q4_0"]}
    down = {"value": "unloaded", "args": ["llama-server", "--ctx-size", "4096"]}
    server = found(
        "llama-server", served("a/down", router=True), served("b/up:Q8_0", router=True),
        status={"a/down": down, "b/up:Q8_0": up},
    )  # fmt: skip
    asked = "/props?model=b%2Fup%3AQ8_0&autoload=false"
    first, second = look(server, paths={asked: {"chat_template": THINKS}})
    assert (first.id, first.loaded, first.context, first.kv_type) == ("b/up:Q8_0", True, 8192, "q4_0")
    assert (first.quant, first.thinking) == ("Q8_0", True)
    assert (second.id, second.loaded, second.context, second.thinking) == ("a/down", False, 4096, None)


def test_llama_swap_tells_the_command_of_what_runs():
    """Only a model that is ready is asked: the path of another would start it."""
    server = found(
        "llama-swap", served("idle"), served("q"), served("starting"),
        running=[
            {"model": "q", "state": "ready", "cmd": "llama-server -m '/m d/q.gguf' -c 8192 -ctk q8_0"},
            {"model": "starting", "state": "starting", "cmd": "llama-server"},
        ],
    )  # fmt: skip
    first, *rest = look(server, paths={"/upstream/q/props": {"chat_template_caps": {"supports_tools": True}}})
    assert (first.id, first.loaded, first.context, first.kv_type, first.tools) == (
        "q",
        True,
        8192,
        "q8_0",
        True,
    )
    assert [(model.id, model.loaded) for model in rest] == [("idle", False), ("starting", False)]


def test_ollama_tells_what_is_loaded_where_and_what_it_can_do():
    """A model of embeddings cannot chat, and is left out."""
    loaded = {"name": "q:8b", "model": "q:8b", "size": 1000, "size_vram": 250, "context_length": 4096}
    server = found(
        "ollama", served("embed:1"), served("other:1", quantization="Q8_0"), served("q:8b"), models=[loaded]
    )
    shown = {
        "q:8b": {
            "capabilities": ["completion", "tools", "thinking"],
            "model_info": {"q.context_length": 40960},
        },
        "other:1": {"capabilities": ["completion"]},
        "embed:1": {"capabilities": ["embedding"]},
    }
    first, second = look(server, shown=shown)
    assert first == Model(
        id="q:8b", loaded=True, context=4096, context_trained=40960, thinking=True, tools=True, on_gpu=0.25
    )
    assert second == Model(id="other:1", loaded=False, quant="Q8_0", thinking=False, tools=False)


def test_lm_studio_tells_context_and_tools_of_each_model():
    """Embeddings are left out here too."""
    entries = [
        {"id": "e", "type": "embeddings", "state": "not-loaded"},
        {"id": "n", "type": "llm", "state": "not-loaded"},
        {"id": "q", "type": "vlm", "state": "loaded", "loaded_context_length": 8192,
         "capabilities": ["tool_use"]},
    ]  # fmt: skip
    server = found(
        "lm-studio", served("e"), served("n"),
        served("q", quantization="4bit", max_context_length=131072), models=entries,
    )  # fmt: skip
    first, second = look(server)
    assert first == Model(id="q", loaded=True, context=8192, context_trained=131072, quant="4bit", tools=True)
    assert second == Model(id="n", loaded=False)


def test_vllm_tells_its_context_and_a_plain_server_what_its_list_has():
    """Of a plain one it is not even known whether the model is loaded."""
    (model,) = look(found("vllm", served("q", max_model_len=8192), port=8000))
    assert model == Model(id="q", loaded=True, context=8192)
    (model,) = look(found("plain", served("q-bf16")))
    assert model == Model(id="q-bf16", quant="BF16")


@pytest.mark.parametrize(
    ("commands", "certain"),
    [
        ([["llama-server", "-m", "q.gguf", "--port", "9000"]], True),
        ([["llama-server", "-m", "q.gguf", "--port=9000"]], True),
        ([["/opt/llama-server", "-m", "other.gguf", "--port", "9000"]], False),
        ([["llama-server", "-m", "q.gguf"]], False),
        ([["llama-server", "-m", "q.gguf", "--port", "9000"]] * 2, False),
        ([["vim", "llama-server.md", "--port", "9000"]], False),
        ([["sudo", "llama-server", "--port", "9000"], ["llama-server", "--port", "9000"]], True),
        ([], False),
    ],
)
def test_a_command_is_a_servers_only_where_that_is_certain(commands, certain):
    """The only one at its port, with its file: a neighbour's flags would be a false figure."""
    server = found("llama-server", served("q", model_path="/models/q.gguf"), port=9000)
    running = [program(*argv, pid=pid) for pid, argv in enumerate(commands)]
    assert bool(command_of(server, running)) is certain


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["status", "models", "running", "id", "q", "args", "params", "chat_template_caps",
                         "capabilities", "model_info", "cmd", "model", "x.context_length"]), inner,
    ),
    max_leaves=14,
)  # fmt: skip


@given(kind=st.sampled_from(plugins.names("endpoint.servers")), body=JSON, now=JSON)
def test_whatever_a_server_answers_nothing_is_raised(kind, body, now):
    """A list where an object was, a number where a text was."""
    now = now if isinstance(now, dict) else {"status": now, "models": now, "running": now}
    server = found(kind.replace("_", "-"), served("q", router=True), **now)
    show = body if isinstance(body, dict) else {}
    models = models_of(server, get=lambda _: (200, body), show=lambda _: show, running=())
    assert {model.id for model in models} <= {"q"}


@pytest.mark.embedded
@pytest.mark.usefixtures("embedded_weights")
def test_a_real_server_of_llama_cpp_is_read():
    """What it says of itself today, not what its documentation says."""
    with embedded.serve() as server, Client(server.base_url) as client:
        (model,) = models_of(server, get=client.get_json, show=lambda _: {}, running=())
    assert (model.loaded, model.context, model.context_trained) == (True, 4096, 8192)
    assert (model.quant, model.draft, model.thinking, model.tools) == ("Q4_1", "none", False, False)
    assert Path(server.models[0].meta["model_path"]).suffix == ".gguf"
