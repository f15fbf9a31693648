import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.engine.speed.sizing import Gauge, fitting, gauge, size
from codestone.engine.speed.trials import TRIALS

LARGE = TRIALS["large-code"]


@given(
    overhead=st.integers(0, 400),
    rate=st.floats(0.1, 1.5),
    tokens=st.integers(500, 100_000),
)
def test_a_gauge_of_two_prompts_sizes_any_other(overhead, rate, tokens):
    """Within the rounding of the two counts, the template's tokens included."""

    def count(characters):
        return round(overhead + rate * characters)

    found = gauge("code", (320, count(320)), (1_600, count(1_600)))
    assert count(found.characters("code", tokens)) == pytest.approx(tokens, rel=0.02, abs=2)


@pytest.mark.parametrize("longer", [(320, 200), (1_600, 100), (1_600, 90)])
def test_counts_that_do_not_grow_are_no_gauge(longer):
    """A server that tells the same number for every prompt tells nothing."""
    assert gauge("code", (320, 100), longer) is None


def test_prose_has_a_rate_of_its_own_and_the_same_template():
    """It falls back to the rate of code where nothing was counted."""
    code = Gauge(overhead=20, rates={"code": 0.5})
    assert code.tokens("prose", 100) == 70
    both = code.also("prose", characters=320, tokens=100)
    assert both.characters("prose", 100) == 320
    assert both.characters("code", 100) == 160


def test_a_large_prompt_is_of_more_than_8192_tokens_where_the_context_allows():
    """And nothing is said about its size."""
    for context in (None, 9_200, 32_768):
        assert fitting(LARGE, context, "the context has") == (LARGE.tokens, "")
    assert LARGE.tokens > 8_192


@pytest.mark.parametrize("context", [1_024, 4_096, 8_192, 8_700])
def test_a_context_too_small_scales_the_large_prompt_down_and_it_is_said(context):
    """Prompt and output fit with room to spare."""
    tokens, scaled = fitting(LARGE, context, "the context has")
    assert tokens + LARGE.output_tokens < 0.98 * context
    assert scaled == f"the context has {context} tokens: the prompt has about {tokens} in place of 8448"


def test_a_context_in_which_no_large_prompt_is_large_has_none():
    """The reason is kept; the small prompts are asked all the same."""
    found = size(LARGE, Gauge(overhead=0, rates={"code": 0.25}), context=800, found="the context has")
    assert found.why_not == "the context has 800 tokens, which is too small for this trial"
    small = size(TRIALS["small-code"], None, context=800, found="the context has")
    assert (small.why_not, small.scaled) == ("", "")


def test_without_counts_prompts_are_sized_and_no_tokens_are_claimed():
    """Their time can be measured, their tokens cannot."""
    found = size(LARGE, None, context=None, found="")
    assert found.wanted_tokens is None
    assert found.characters > LARGE.tokens
