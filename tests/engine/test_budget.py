from codestone.engine.budget import Budget
from codestone.timing import Channel
from codestone.trial import Ending


def test_without_a_budget_there_is_always_room():
    """And no reply is ended."""
    budget = Budget(None)
    assert budget.left_s is None
    assert budget.has_room(1e9)
    assert not budget.spent
    assert budget.listen("x", Channel.CONTENT) is None


def test_a_budget_has_room_for_what_fits():
    """And nothing more."""
    budget = Budget(1000.0)
    assert 0 < budget.left_s <= 1000
    assert budget.has_room(1)
    assert not budget.has_room(1001)
    assert not budget.spent


def test_a_spent_budget_ends_a_reply_and_it_is_not_the_models_doing():
    """The words name the budget."""
    budget = Budget(0.0)
    assert budget.spent
    stop = budget.listen("x", Channel.REASONING)
    assert stop.ending is Ending.CANCELLED
    assert not stop.ending.measured
    assert "budget" in stop.why
