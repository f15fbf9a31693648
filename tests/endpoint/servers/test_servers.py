import pytest

from codestone import plugins
from codestone.endpoint.discover import _kind
from codestone.endpoint.servers import Get, Known

LLAMA = {"id": "q", "owned_by": "llamacpp", "meta": {"n_ctx": 4096}}
PROPS = {
    "build_info": "b7000",
    "model_path": "/m.gguf",
    "total_slots": 2,
    "chat_template": "{{ x }}",
    "default_generation_settings": {"n_ctx": 2048},
}


def answering(**bodies: object) -> Get:
    """Return a getter that knows these paths ("__" for "/")."""

    def get(path: str) -> tuple[int, object]:
        name = path.strip("/").replace("/", "__")
        return (200, bodies[name]) if name in bodies else (404, {"error": {}})

    return get


@pytest.mark.parametrize(
    ("listing", "get", "kind"),
    [
        ([LLAMA], answering(props=PROPS), "llama-server"),
        ([LLAMA], answering(), "llama-server"),
        (
            [{"id": "q", "owned_by": "llama-swap"}],
            answering(running={"running": []}, props=PROPS),
            "llama-swap",
        ),
        ([{"id": "q:8b", "owned_by": "library"}], answering(api__version={"version": "0.12"}), "ollama"),
        ([], answering(api__version={"version": "0.12"}), "ollama"),
        (
            [{"id": "q", "owned_by": "organization_owner"}],
            answering(api__v0__models={"data": []}),
            "lm-studio",
        ),
        ([{"id": "q", "owned_by": "vllm", "max_model_len": 9}], answering(version={"version": "1"}), "vllm"),
        ([{"id": "q", "owned_by": "codestone-scripted"}], answering(), "scripted"),
        ([{"id": "q", "owned_by": "somebody"}], answering(), "plain"),
        ([{"id": "q"}], lambda _: (0, None), "plain"),
        ([{"id": "q"}], lambda _: (200, "<html>"), "plain"),
    ],
)
def test_the_kind_is_told_by_what_only_it_says(listing, get, kind):
    """One kind each; what nobody knows is plain."""
    assert _kind(listing, get)[0] == kind


@pytest.mark.parametrize("name", plugins.names("endpoint.servers"))
def test_every_kind_has_the_one_function_and_survives_nonsense(name):
    """A server may answer anything."""
    recognise = plugins.find("endpoint.servers", name).recognise
    assert recognise.__doc__
    for body in (None, [], "text", {"models": 3, "data": 3, "version": None, "running": 1}):
        for owner in ("llamacpp", "llama-swap", "vllm", "codestone-scripted", None):
            known = recognise([{"id": "q", "owned_by": owner}], lambda _, body=body: (200, body))
            assert known is None or isinstance(known, Known)


def test_llama_server_tells_context_of_a_slot_build_and_template():
    """The template by digest: it is a page long."""
    _, known = _kind([LLAMA], answering(props=PROPS))
    assert known.every["n_ctx_slot"] == 2048
    assert known.every["build_info"] == "b7000"
    assert len(known.every["chat_template_sha256"]) == 64
    assert "chat_template" not in known.every


def test_what_is_loaded_now_is_no_property_of_a_model():
    """A router's status and Ollama's running models may change in a minute."""
    _, router = _kind([LLAMA | {"status": {"value": "loaded"}}], answering(props=PROPS))
    assert router.every == {"router": True}
    assert router.now == {"status": {"q": {"value": "loaded"}}}
    _, ollama = _kind([], answering(api__version={"version": "1"}, api__ps={"models": [{"name": "q"}]}))
    assert (ollama.every, ollama.now) == ({"version": "1"}, {"models": [{"name": "q"}]})


def test_ollama_tells_weights_and_quantisation_of_each_model():
    """By name, as its list of kept models has it; its list for the API says nothing of them."""
    kept = {
        "name": "q:8b",
        "digest": "d1",
        "size": 9,
        "details": {"family": "qwen3", "quantization_level": "Q4_K_M"},
    }
    tags = {"models": [kept, "nonsense", {"name": "bare", "details": None}]}
    _, known = _kind([], answering(api__version={"version": "1"}, api__tags=tags))
    facts = {"weights_digest": "d1", "weights_bytes": 9, "arch": "qwen3", "quantization": "Q4_K_M"}
    assert known.models["q:8b"] == facts
    assert known.models["bare"] == {}


def test_lm_studio_tells_each_model_by_id():
    """Its state is left out of what stays."""
    models = [{"id": "q", "quantization": "Q4_K_M", "state": "loaded"}]
    _, known = _kind([{"id": "q"}], answering(api__v0__models={"data": models}))
    assert known.models == {"q": {"quantization": "Q4_K_M"}}
