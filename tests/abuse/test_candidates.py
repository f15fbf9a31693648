"""Candidates that cheat earn nothing that they did not solve, and the good ones beside them everything."""

from pathlib import Path

import pytest
import runner

TASK = Path(runner.HERE) / "suites/abuse/all-kinds"
WRONG = (TASK / "workspace/answers.py").read_text()
GOOD = (TASK / "solution/answers.py").read_text()
CHEATS = runner.cheats()


def files(base, cheat):
    """Return the workspace of a cheat on a base."""
    return {"answers.py": f"{base}\n{cheat['code']}\n", **cheat.get("files", {})}


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_earns_nothing(ask, name):
    """Whatever it does besides, a candidate that solves nothing has no point, and each check its evidence."""
    if known := CHEATS[name].get("known"):
        pytest.xfail(known)
    told = ask(files=files(WRONG, CHEATS[name]))
    assert told["earned"] == 0, told["checks"]
    assert all(evidence.isprintable() for _, evidence in told["checks"].values())


@pytest.mark.parametrize("name", [name for name, cheat in CHEATS.items() if cheat.get("keeps")])
def test_its_good_twin_earns_everything(ask, name):
    """The same tricks around a correct solution cost nothing: the box and the grader worked."""
    told = ask(files=files(GOOD, CHEATS[name]))
    assert told["earned"] == told["total"], told["checks"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_good_control_earns_everything(ask, seed):
    """The solution as it is, whatever the seed."""
    told = ask(files={"answers.py": GOOD}, seed=seed)
    assert told["earned"] == told["total"], told["checks"]


@pytest.mark.parametrize("name", [name for name, cheat in CHEATS.items() if cheat.get("naive")])
def test_a_grader_in_the_same_process_is_fooled(own, name):
    """The control: without the wall between questions and candidate the cheat wins."""
    assert own(naive=files(WRONG, CHEATS[name]))


def test_an_honest_failure_does_not_fool_even_that_grader(own):
    """The control's control: the wrong answers alone are seen by it too."""
    assert not own(naive={"answers.py": WRONG})
    assert own(naive={"answers.py": GOOD})


def test_there_are_enough():
    """At least forty kinds of cheating."""
    assert len(CHEATS) >= 40
