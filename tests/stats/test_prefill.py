import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.stats.prefill import PromptRead, pp_diff

RATE = 5000.0


def reads(tokens, *, overhead_s=0.3, jitter_s=0.0, n=3, draw=None):
    """Return cold prompts of a server that reads RATE tokens/s after a fixed overhead."""
    noise = draw or random.Random(1)
    return [
        PromptRead(tokens, round(1e9 * (overhead_s + tokens / RATE + noise.uniform(-jitter_s, jitter_s))))
        for _ in range(n)
    ]


@given(st.integers(1, 2000), st.integers(2100, 100_000), st.floats(0, 30))
def test_what_both_prompts_have_in_common_cancels_out(small, large, overhead_s):
    """Network, template, first token: whatever it is, the rate is the true one."""
    found = pp_diff(reads(small, overhead_s=overhead_s), reads(large, overhead_s=overhead_s))
    assert found.tokens_per_second == pytest.approx(RATE, rel=1e-4)


def test_256_beside_8192_is_within_1_percent_of_the_truth():
    """With 5 ms of jitter; one prompt alone would be 18 % off."""
    draw = random.Random(2)
    small, large = (reads(n, jitter_s=0.005, draw=draw) for n in (256, 8192))
    found = pp_diff(small, large)
    assert found.tokens_per_second == pytest.approx(RATE, rel=0.01)
    assert (found.small, found.large) == (3, 3)
    assert found.least <= found.tokens_per_second <= found.most
    assert 1e9 * 8192 / large[0].ttft_ns < 0.85 * RATE


def test_no_prompt_of_a_size_is_no_rate():
    """Nor is one size twice, nor a large prompt that was answered sooner."""
    assert pp_diff([], reads(8192)) is None
    assert pp_diff(reads(256), []) is None
    assert pp_diff(reads(256), reads(256)) is None
    assert pp_diff([PromptRead(256, 10**9)], [PromptRead(8192, 10**9)]) is None


def test_noise_as_large_as_the_difference_has_no_upper_end():
    """One of the large prompts came sooner than a small one: then nothing bounds the rate."""
    small = [PromptRead(256, 10), PromptRead(256, 10), PromptRead(256, 90)]
    large = [PromptRead(8192, 80), PromptRead(8192, 100), PromptRead(8192, 120)]
    found = pp_diff(small, large)
    assert found.most is None
    assert found.least < found.tokens_per_second
