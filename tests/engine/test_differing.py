import pytest

from codestone.engine.differing import Setting, differences, differing_words
from codestone.testing.records import make_contestant
from codestone.trial import Fact, Launch, Sampling, Thinking


def setting(driver="single", *, environment=None, boxes=("bubblewrap 0.11.0",), **contestant):
    facts = {name: Fact(value=value, source="server") for name, value in contestant.pop("facts", {}).items()}
    return Setting(
        contestant=make_contestant(facts=facts, **contestant),
        driver=driver,
        environment=environment or {"processor": "Example CPU", "gpus": []},
        boxes=boxes,
        codestone=("0.1.0",),
    )


def words(one, other):
    return differing_words(differences(one, other))


def test_one_changed_setting_is_the_only_difference():
    """With both values."""
    one, other = (setting(facts={"kv_cache_type": kv, "quant": "Q8_0"}) for kv in ("f16", "q8_0"))
    assert words(one, other) == "differs only in: KV type (f16, q8_0)"


def test_the_same_is_said_to_be_the_same():
    """Wherever it answers, and whatever it is called on disk."""
    assert words(setting(name="a"), setting(name="b", base_url="http://192.0.2.1/v1")) == (
        "the same launch configuration, as far as it is told"
    )


def test_several_are_all_named():
    """What matters most first."""
    one = setting(facts={"context_served": 4096})
    other = setting(facts={"context_served": 32768, "build": "b6000"}, server="ollama")
    assert words(one, other) == (
        "differs in: server (llama-server, ollama); context (4096, 32768); server build (not told, b6000)"
    )


def test_a_model_with_the_same_file_is_the_same_model():
    """Two aliases of one file differ in nothing but what they were started with."""
    facts = {"sha256": "ab" * 32, "file": "q8.gguf"}
    one = setting(model="q8-kv-f16", facts=facts | {"kv_cache_type": "f16"})
    other = setting(model="q8-kv-q8", facts=facts | {"kv_cache_type": "q8_0"})
    assert words(one, other) == "differs only in: KV type (f16, q8_0)"
    assert words(setting(model="a"), setting(model="b")) == "differs only in: model (a, b)"


def test_a_flag_that_tells_a_fact_is_not_told_twice():
    """Nor is the port; a flag that tells none is."""

    def started(kv, *more):
        argv = ("llama-server", "-ctk", kv, "--port", "{port}", "--alias", kv, *more)
        return setting(launch=Launch(argv=argv), facts={"kv_cache_type": kv})

    assert words(started("f16"), started("q8_0")) == "differs only in: KV type (f16, q8_0)"
    assert words(started("f16"), started("f16", "--mlock")) == (
        "differs only in: launch (llama-server, llama-server --mlock)"
    )


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (
            {"thinking": Thinking(mode="on")},
            {"thinking": Thinking(mode="off")},
            "thinking (mode on, mode off)",
        ),
        (
            {"sampling": Sampling(mode="fixed", request={"temperature": 0.1})},
            {},
            "sampling (mode fixed, request.temperature 0.1, server)",
        ),
        ({"driver": "single"}, {"driver": "loop"}, "driver (single, loop)"),
        ({"environment": {"processor": "X"}}, {"environment": {"processor": "Y"}}, "processor (X, Y)"),
        ({"boxes": ("none",)}, {}, "box (none, bubblewrap 0.11.0)"),
    ],
)
def test_everything_that_may_have_an_effect_is_told(one, other, said):
    """Thinking, sampling, driver, machine, box."""
    assert words(setting(**one), setting(**other)) == f"differs only in: {said}"
