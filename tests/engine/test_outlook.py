import pytest

from codestone.contestants.lineup import Asked
from codestone.engine.outlook import Wanted, budget_of, outlook
from codestone.errors import UsageError
from codestone.store.records import Store
from codestone.testing import ScriptedEndpoint, reply
from codestone.testing.records import make_record


@pytest.fixture
def server():
    with ScriptedEndpoint({"one": reply("x"), "two": reply("x")}) as endpoint:
        yield endpoint


@pytest.fixture
def wanted(server, small_suite):
    """Return a function that wants a run of the small suite."""

    def want(**changes):
        asked = Asked(endpoint=server.base_url, models=("*",))
        return Wanted(**{"what": ("small",), "asked": asked, "folders": (small_suite.parent,), **changes})

    return want


def test_earlier_runs_tell_time_and_spread(wanted, tmp_path):
    """As `--seen` names them; the more was seen, the narrower the range."""
    before = outlook(wanted(epochs=2, probes=False), lambda _: None)
    names = [contestant.name for contestant in before.plan.contestants]
    with Store.create(tmp_path / "run", before.plan, {}) as store:
        for name in names:
            for epoch in (1, 2):
                store.append(
                    make_record(
                        suite="small", task="add", contestant=name, epoch=epoch,
                        generation_ns=10_000_000_000, grading_ns=1_000_000_000,
                    )
                )  # fmt: skip
    after = outlook(wanted(epochs=2, probes=False, seen=(tmp_path / "run",)), lambda _: None)
    assert after.whole.likely_s == pytest.approx(2 * 2 * 11)
    assert after.whole.high_s / after.whole.low_s < before.whole.high_s / before.whole.low_s
    assert (before.records, after.records) == (0, 4)
    assert (before.spread.within_df, after.spread.within_df) == (0, 2)


def test_each_driver_has_its_own_output_budget(small_task):
    """One reply, all replies of a conversation, or the conversation's own."""
    task = small_task.__class__(
        suite="s",
        name="t",
        path=small_task.path,
        spec=small_task.spec,
        instruction="",
        digest="",
        turns=("b",),
    )
    limits = task.spec.limits
    assert budget_of(task, "single") == limits.reply_tokens
    assert budget_of(task, "turns") == 2 * limits.reply_tokens
    assert budget_of(task, "loop") == limits.conversation_tokens


def test_a_driver_that_cannot_drive_a_task_is_refused_as_by_a_run(wanted):
    """Before anything is asked."""
    with pytest.raises(UsageError, match=r"small/add has no \[\[tool\]\]"):
        outlook(wanted(drivers=("loop",)), lambda _: None)
