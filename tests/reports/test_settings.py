import pytest

from codestone import plugins
from codestone.stats.planned import Planned, PlannedTask
from codestone.stats.summarise import summarise
from codestone.testing.records import TASK_DIGEST, make_contestant, make_exchange, make_record
from codestone.trial import Launch, Sampling, Thinking


@pytest.fixture
def drawn():
    """Return how a report draws one contestant, whose one reply thought for 90 characters."""

    def draw(report, **settings):
        contestant = make_contestant(**settings)
        task = PlannedTask(
            suite="examples", task="add-numbers", title="Add", possible=100, digest=TASK_DIGEST
        )
        planned = Planned(title="quick", epochs=1, contestants=(contestant,), tasks=(task,))
        record = make_record(contestant=contestant, exchanges=(make_exchange(reasoning_characters=90),))
        text = plugins.find("reports", report).render(summarise([record], [], planned=planned))
        return " ".join(text.replace("\\", "").split())

    return draw


@pytest.mark.parametrize("report", ["terminal", "markdown"])
@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"thinking": Thinking(mode="off", request={"outer": {"inner": False}})},
            "thinking declared off, but 1 of 1 reply thinks (sent: outer.inner false)",
        ),
        (
            {"thinking": Thinking(mode="on", request={"think": True}, prefix="/think ")},
            "thinking on, as declared: 1 of 1 reply thinks (sent: think true, prefix /think)",
        ),
        ({"sampling": Sampling()}, "sampling server: nothing sent"),
        (
            {"sampling": Sampling(mode="preset:x", request={"temperature": 0.1, "top_k": 20}, seeded=True)},
            "sampling preset:x: temperature 0.1, top_k 20, a seed for each epoch",
        ),
        ({"launch": Launch(argv=("llama-server", "{port}"))}, "llama-server, started by the run"),
    ],
)
def test_a_contestants_settings_stand_in_the_report(drawn, report, settings, words):
    """What was wanted, what was sent, and what the replies show."""
    assert words in drawn(report, **settings)
