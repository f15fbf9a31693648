import pytest

from codestone import plugins
from codestone.contestants.known import PresetSpec, known, preset, presets, server_of, told_by_flags, way
from codestone.endpoint import embedded
from codestone.errors import UnknownName

KINDS = {name.replace("_", "-") for name in plugins.names("endpoint.servers")} | {embedded.KIND}


@pytest.mark.parametrize(
    ("server", "model", "off"),
    [
        ("llama-server", "Qwen3-8B-Q4_K_M.gguf", {"chat_template_kwargs": {"enable_thinking": False}}),
        ("embedded", "any", {"chat_template_kwargs": {"enable_thinking": False}}),
        ("vllm", "deepseek-ai/DeepSeek-V3.1", {"chat_template_kwargs": {"thinking": False}}),
        ("ollama", "qwen3:8b", {"think": False, "reasoning_effort": "none"}),
        (
            "ollama",
            "gpt-oss:20b",
            {"reasoning_effort": "low", "chat_template_kwargs": {"reasoning_effort": "low"}},
        ),
    ],
)
def test_thinking_is_switched_as_server_and_model_have_it(server, model, off):
    """The first way that fits is taken: the particular ones stand above the general ones."""
    known_way = way(server, model)
    assert known_way is not None
    assert known_way.off.request == off


def test_a_prefix_is_a_way_too():
    """LM Studio hands nothing to the template; the first Qwen3 models read a word in the prompt."""
    known_way = way("lm-studio", "qwen/qwen3-8b")
    assert known_way is not None
    assert (known_way.off.prefix, known_way.off.request) == ("/no_think ", {})


def test_where_nothing_is_known_nothing_is_guessed():
    """The later Qwen models do not read the word that the first ones read."""
    assert way("lm-studio", "qwen3.6-27b") is None


def test_the_shipped_data_names_servers_that_there_are():
    """A typo in the data would be a way that never fits."""
    named = {server for each in known().way for server in each.servers if server != "*"}
    assert named | {each.server for each in known().command} <= KINDS
    for each in known().way:
        assert each.on != each.off


def test_a_preset_of_the_file_takes_the_place_of_a_shipped_one():
    """Its name is the user's to use."""
    mine = PresetSpec(name="greedy", temperature=0.5, seeded=False)
    assert preset("greedy").temperature == 0
    assert preset("greedy", [mine]).sampling("preset:greedy").request == {"temperature": 0.5}
    assert [each.name for each in presets([mine])].count("greedy") == 1
    with pytest.raises(UnknownName, match="greedi"):
        preset("greedi", [mine])


def test_what_is_not_said_of_sampling_is_not_sent():
    """Neither name nor seed is part of the request; more settings are laid over the known ones."""
    spec = PresetSpec(name="x", top_k=0, max_tokens=100, request={"mirostat": 2})
    assert spec.sampling("preset:x").request == {"top_k": 0, "max_tokens": 100, "mirostat": 2}
    assert spec.sampling("preset:x").seeded


@pytest.mark.parametrize(
    ("argv", "server"),
    [
        (["/opt/llama.cpp/build/bin/llama-server", "-m", "x.gguf"], "llama-server"),
        (["vllm", "serve", "x"], "vllm"),
        (["python", "-m", "codestone.testing"], "scripted"),
        (["mlx_lm.server"], "plain"),
    ],
)
def test_the_command_tells_the_kind_of_server(argv, server):
    """By its words; what nobody knows is plain."""
    assert server_of(argv) == server


def test_a_command_line_tells_facts_in_both_spellings():
    """``-c 8192`` and ``--parallel=2``; a flag without a value, or of another program, tells nothing."""
    argv = ["llama-server", "-c", "8192", "--parallel=2", "--cache-type-k", "q8_0", "-ngl"]
    assert told_by_flags("plain", ["sh", "-c", "8192"]) == {}
    assert told_by_flags("llama-server", argv) == {
        "context_served": 8192,
        "slots": 2,
        "kv_cache_type": "q8_0",
    }
