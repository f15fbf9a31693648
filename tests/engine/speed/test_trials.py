import pytest

from codestone.engine.speed import texts, trials
from codestone.engine.speed.trials import LEAST_RUNS, TRIALS, digest, keys_of, planned_speed
from codestone.testing.records import make_contestant


@pytest.mark.parametrize(("passes", "runs"), [(None, 3), (1, 3), (3, 3), (5, 5)])
def test_there_are_three_timed_runs_at_least(passes, runs):
    """A median of fewer has no spread to speak of."""
    assert planned_speed(passes).epochs == runs >= LEAST_RUNS


def test_small_and_large_differ_in_the_prompt_alone():
    """The same kind and the same output budget, else the difference of their times says nothing."""
    small, large = TRIALS["small-code"], TRIALS["large-code"]
    assert (small.kind, small.output_tokens) == (large.kind, large.output_tokens)
    assert large.tokens - small.tokens > 8_192


def test_a_contestant_gets_its_runs_in_rounds_and_before_the_next_one():
    """So that what drifts does so for all trials alike, and each is loaded once."""
    keys = keys_of(planned_speed(None), [make_contestant("a"), make_contestant("b")])
    assert [key.contestant for key in keys] == ["a"] * 12 + ["b"] * 12
    assert [(key.task, key.epoch) for key in keys[:5]] == [
        *((name, 1) for name in TRIALS),
        ("small-prose", 2),
    ]
    assert len(set(keys)) == 24
    assert {(key.suite, key.driver) for key in keys} == {("speed", "speed")}


def test_a_change_of_any_text_or_size_changes_the_digest(monkeypatch):
    """Records of other prompts must not pass for those of today."""
    before = digest()
    assert before == digest.__wrapped__()
    monkeypatch.setattr(texts, "FOLLOW_UPS", ("Something else.",))
    assert digest.__wrapped__() != before
    monkeypatch.undo()
    monkeypatch.setattr(trials, "TRIALS", {"small-code": TRIALS["small-code"]})
    assert digest.__wrapped__() != before
