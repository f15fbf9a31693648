"""Candidates that cheat earn nothing that they did not solve, and the good ones beside them everything."""

import os
import re

import pytest
import runner

from codestone import plugins
from codestone.errors import ToolchainMissing

CHEATS = {language: runner.cheats(language) for language in runner.SUFFIXES}
ALL = [(language, name) for language, cheats in CHEATS.items() for name in cheats]
LEAST = {"python": 40, "javascript": 15, "typescript": 15, "bash": 15}


def those(mark):
    """Return the cheats that are marked so."""
    return [(language, name) for language, name in ALL if CHEATS[language][name].get(mark)]


@pytest.fixture
def graded(ask):
    """Grade an answer; skip where its toolchain is missing, fail where CI says that it is there."""

    def one(language, base, name=None, *, seed=1):
        try:
            plugins.find("languages", language).runtime()
        except ToolchainMissing as missing:
            (pytest.fail if os.environ.get("REQUIRE_TOOLCHAINS") == "1" else pytest.skip)(missing.message)
        cheat = CHEATS[language][name] if name else None
        return ask(language=language, files=runner.workspace(language, base, cheat), seed=seed)

    return one


@pytest.mark.parametrize(("language", "name"), ALL)
def test_a_cheat_earns_nothing(graded, language, name):
    """Whatever it does besides, a candidate that solves nothing has no point, and each check its evidence.

    That it is graded at all says that the failure is the candidate's: a fault of ours is an error here.
    """
    if known := CHEATS[language][name].get("known"):
        pytest.xfail(known)
    told = graded(language, "workspace", name)
    assert told["earned"] == 0, told["checks"]
    assert all(evidence.isprintable() for _, evidence in told["checks"].values()), told["checks"]


@pytest.mark.parametrize(("language", "name"), those("keeps"))
def test_its_good_twin_earns_everything(graded, language, name):
    """The same tricks around a correct solution cost nothing: the box and the grader worked."""
    told = graded(language, "solution", name)
    assert told["earned"] == told["total"], told["checks"]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("language", runner.SUFFIXES)
def test_the_good_control_earns_everything(graded, language, seed):
    """The solution as it is, whatever the seed."""
    told = graded(language, "solution", seed=seed)
    assert told["earned"] == told["total"], told["checks"]


@pytest.mark.parametrize("language", runner.SUFFIXES)
def test_the_honest_failure_earns_nothing(graded, language):
    """What each cheat is put around earns nothing by itself, and each check says why."""
    told = graded(language, "workspace")
    assert told["earned"] == 0, told["checks"]


@pytest.mark.parametrize(("language", "name"), those("naive"))
def test_a_grader_in_the_same_process_is_fooled(own, language, name):
    """The control: without the wall between questions and candidate the cheat wins."""
    assert own(language=language, naive=runner.workspace(language, "workspace", CHEATS[language][name]))


@pytest.mark.parametrize("language", runner.NAIVE)
def test_an_honest_failure_does_not_fool_even_that_grader(own, language):
    """The control's control: the wrong answers alone are seen by it too."""
    assert not own(language=language, naive=runner.workspace(language, "workspace"))
    assert own(language=language, naive=runner.workspace(language, "solution"))


@pytest.mark.parametrize("language", runner.SUFFIXES)
def test_there_are_enough(language):
    """So many kinds of cheating at least."""
    assert len(CHEATS[language]) >= LEAST[language]


def test_the_threat_model_tells_how_many():
    """What the documentation says of this corpus is true of it."""
    words = (runner.HERE.parents[1] / "docs/concepts/threat-model.md").read_text("utf-8")
    names = {"python": "Python", "javascript": "JavaScript", "typescript": "TypeScript", "bash": "Bash"}
    for language, name in names.items():
        assert re.search(rf"\b{len(CHEATS[language])} (such candidates )?in\s{name}", words), language
