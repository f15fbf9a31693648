import pytest

from codestone.stats.summarise import summarise
from codestone.stats.twins import quant_of, stem
from codestone.testing.records import make_contestant, make_exchange, make_record
from codestone.trial import Fact, Sampling

TASKS = tuple(f"t{n}" for n in range(6))


def contestant(name, *, model="tiny-1b-q8", sampling=None, scripted=False, **facts):
    """Return a contestant of these facts."""
    told = {fact: Fact(value=value, source="declared") for fact, value in facts.items()}
    return make_contestant(name, model=model, sampling=sampling or Sampling(), scripted=scripted, facts=told)


def twins(plan, *sides):
    """Return the twins of contestants, each with whether its replies think and its points of every task."""
    records = [
        make_record(
            contestant=who,
            task=task,
            earned=earned,
            reply_digest=f"{who.name} {task}",
            exchanges=[make_exchange(reasoning_characters=500 * thinks)],
        )
        for who, thinks, earned in sides
        for task in TASKS
    ]
    return summarise(records, [], planned=plan([who for who, _, _ in sides], TASKS)).twins


def named(found):
    return [
        (each.kind, each.comparison.one, each.comparison.other, each.one_is, each.other_is) for each in found
    ]


def test_thinking_is_what_the_replies_show(plan):
    """The same file, one of them thinking: the difference is paired by task and has its interval."""
    (found,) = twins(
        plan,
        (contestant("off", sha256="ab"), False, 40),
        (contestant("on", sha256="ab", sampling=Sampling(mode="fixed")), True, 100),
        (contestant("else", sha256="cd", model="big-7b"), True, 60),
    )
    assert named([found]) == [("thinking", "on", "off", "thinks", "does not")]
    assert found.comparison.difference == pytest.approx(0.6)
    assert found.comparison.low < 0.6 < found.comparison.high
    assert found.comparison.verdict == "better"
    assert found.also == ("sampling",)


def test_without_a_file_the_ids_tell_the_model(plan):
    """Modes in an id are no other model; a quantisation in it is."""
    sides = [
        (contestant("on", model="m-8b-think-q8_0"), True, 50),
        (contestant("off", model="m-8b-nonthink-q8_0"), False, 50),
    ]
    assert [kind for kind, *_ in named(twins(plan, *sides))] == ["thinking"]
    other = (contestant("q4", model="m-8b-nonthink-q4_0"), False, 50)
    assert [kind for kind, *_ in named(twins(plan, sides[0], other))] == []


def test_two_quantisations_of_one_model_the_smaller_first(plan):
    """By the ids, or by base model and size; whether it thinks must agree."""
    (found,) = twins(
        plan,
        (contestant("big", model="m-7b-q8_0", quant="Q8_0", file_bytes=8e9), False, 60),
        (contestant("small", model="m-7b-q4_k_m", quant="Q4_K_M", file_bytes=4e9), False, 40),
        (contestant("thinks", model="m-7b-q4_0", quant="Q4_0"), True, 40),
    )
    assert named([found]) == [("quant", "small", "big", "Q4_K_M", "Q8_0")]
    assert found.comparison.difference == pytest.approx(-0.2)
    told = {"base_model": "M 7B", "parameters": 7.1e9}
    pair = [
        (contestant("a", model="fast", quant="Q4_0", **told), False, 50),
        (contestant("b", model="good", quant="Q8_0", **told), False, 50),
    ]
    assert [kind for kind, *_ in named(twins(plan, *pair))] == ["quant"]
    far = (contestant("b", model="good", quant="Q8_0", base_model="M 7B", parameters=70e9), False, 50)
    assert named(twins(plan, pair[0], far)) == []


def test_a_distillate_stands_beside_its_base_model(plan):
    """Beside that of its own quantisation where there is one; what else differs is named."""
    distilled = contestant(
        "distilled", model="m-30b-claude-distill-q6_k", base_model="M-30B", distill_of="claude", quant="Q6_K"
    )
    bases = [contestant(f"base {quant}", model=f"m-30b-{quant}", quant=quant) for quant in ("Q8_0", "Q6_K")]
    found = [
        each
        for each in twins(plan, (distilled, False, 80), *((base, False, 90) for base in bases))
        if each.kind == "distill"
    ]
    assert named(found) == [("distill", "distilled", "base Q6_K", "distilled", "its base model")]
    assert found[0].comparison.difference == pytest.approx(-0.1)
    (only,) = twins(plan, (distilled, False, 80), (bases[0], False, 90))
    assert only.also == ("quant",)


def test_scripts_and_strangers_have_no_twins(plan):
    """No weights, no model; and two models that have nothing in common."""
    scripts = [
        (contestant(name, scripted=True), thinks, 50) for name, thinks in (("s1", True), ("s2", False))
    ]
    strangers = [
        (contestant("a", model="a-7b-q4_0"), False, 50),
        (contestant("b", model="b-7b-q8_0"), False, 50),
    ]
    assert twins(plan, *scripts, *strangers) == ()


@pytest.mark.parametrize(
    ("model", "bare", "quant"),
    [
        ("unsloth/Qwen3-8B-GGUF:Q4_K_M", "qwen3-8b", "q4_k_m"),
        ("qwen35-35b-a3b-q6k-nonthink", "qwen35-35b-a3b", "q6k"),
        ("gpt-oss-120b-q8kxl", "gpt-oss-120b", "q8kxl"),
        ("mistral-small-4-119b-iq4nl-nonthink", "mistral-small-4-119b", "iq4nl"),
        ("Qwen3-30B-UD-Q4_K_XL.gguf", "qwen3-30b", "q4_k_xl"),
        ("mlx-community/Qwen3-8B-4bit", "qwen3-8b", "4bit"),
        ("gpt-oss-20b-mxfp4", "gpt-oss-20b", "mxfp4"),
        ("Qwen3-8B-no-think", "qwen3-8b", None),
        ("thinker-7b", "thinker-7b", None),
        ("qwen2.5:7b", "qwen2.5-7b", None),
    ],
)
def test_a_models_name_is_read_as_people_write_it(model, bare, quant):
    """Quantisation, mode and file type are taken off; nothing of the model's own name is."""
    assert stem(model) == bare
    assert quant_of(contestant("c", model=model)) == quant
