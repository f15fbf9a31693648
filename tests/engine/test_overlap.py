import pytest

from codestone.engine.overlap import overlaps
from codestone.testing.records import make_contestant
from codestone.trial import Fact, Launch


@pytest.mark.parametrize(
    ("base_url", "allowed"),
    [
        ("http://127.0.0.1:8080/v1", False),
        ("http://localhost:8080/v1", False),
        ("http://[::1]:8080/v1", False),
        ("http://192.168.1.20:8080/v1", True),
        ("https://studio.local/v1", True),
    ],
)
def test_a_model_on_another_machine_needs_no_processor_of_ours(base_url, allowed):
    """One on this machine may, so its answers are graded before it is asked on."""
    assert overlaps(make_contestant(base_url=base_url)) is allowed


@pytest.mark.parametrize(("offload", "allowed"), [("all layers", True), ("experts on the CPU", False)])
def test_a_model_that_is_declared_to_be_wholly_on_an_accelerator_may_overlap(offload, allowed):
    """Launched by the run or served already."""
    facts = {"offload": Fact(value=offload, source="declared")}
    assert overlaps(make_contestant(facts=facts)) is allowed
    assert overlaps(make_contestant(facts=facts, base_url="", launch=Launch())) is allowed


def test_a_server_that_the_run_starts_runs_here():
    """It has no fixed place, and that is this machine."""
    assert not overlaps(make_contestant(base_url="", launch=Launch()))


def test_the_user_knows_best():
    """Either way."""
    assert overlaps(make_contestant(), wanted=True)
    assert not overlaps(make_contestant(base_url="http://10.0.0.9/v1"), wanted=False)
