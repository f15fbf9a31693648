from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.engine.speed import texts

KINDS = ("prose", "code")


@given(kind=st.sampled_from(KINDS), characters=st.integers(300, 40_000), salt=st.text("abcdef", min_size=4))
def test_a_prompt_has_the_size_that_was_asked(kind, characters, salt):
    """To the character; and the same salt gives the same text."""
    text = texts.prompt(kind, characters, salt=salt)
    assert len(text) == characters
    assert text == texts.prompt(kind, characters, salt=salt)


@pytest.mark.parametrize("kind", KINDS)
def test_a_prompt_too_short_for_its_request_still_has_it(kind):
    """The salt and the request are there, whatever size was asked."""
    text = texts.prompt(kind, 1, salt="salt")
    assert "salt" in text[:8]
    assert len(text) < 300


@pytest.mark.parametrize("kind", KINDS)
def test_prompts_of_two_salts_share_neither_a_beginning_nor_a_piece(kind):
    """A server that reuses pieces from the middle of a prompt finds none of 200 characters."""
    prompts = [texts.prompt(kind, 30_000, salt=salt)[:-300] for salt in ("one", "two", "three")]
    for first, second in combinations(prompts, 2):
        assert first[:4] != second[:4]
        pieces = {first[start : start + 200] for start in range(len(first) - 200)}
        assert not any(second[start : start + 200] in pieces for start in range(len(second) - 200))


def test_code_is_code():
    """The module of a code prompt can be parsed, all but the piece where it was cut."""
    text = texts.prompt("code", 5_000, salt="s")
    whole = text[: text.rindex("\n\n\ndef ")]
    compile(whole, "prompt", "exec")
    assert "def " not in texts.prompt("prose", 5_000, salt="s")


def test_the_opening_holds_a_module_and_what_is_to_be_done():
    """And it is new with each salt, so that the first turn is cold."""
    opening = texts.opening(2_000, salt="first")
    assert "parse_date" in opening
    assert opening[:9] != texts.opening(2_000, salt="other")[:9]
