from pathlib import Path

import pytest

from codestone.grading.grade import GraderFailed, grade
from codestone.suites.load import load_task

FORGING = """
import json, os, stat
def say(data):
    for fd in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                os.write(fd, data)
        except OSError:
            pass
def frame(message):
    data = json.dumps(message).encode()
    say(len(data).to_bytes(4, "big") + data)
"""
GOOD = "def add(a, b):\n    return a + b\n"


def verdicts(task, folder: Path) -> dict[str, bool]:
    """Grade and return passed by check."""
    return {check.id: check.passed for check in grade(task, folder, seed=1).checks}


def with_checks(small_suite: Path, body: str):
    """Replace the check ``zero`` and load the task."""
    path = small_suite / "add/tests/checks.py"
    head = path.read_text().split("def zero")[0]
    path.write_text(f"{head}def zero(candidate: Candidate) -> Finding:\n    {body}\n")
    return load_task("small/add", roots=[small_suite.parent])


def test_a_correct_workspace_earns_every_point_and_a_wrong_one_only_its_own(small_task, workspace):
    """Evidence says what was asked, what came and what was expected."""
    assert verdicts(small_task, workspace({"adder.py": GOOD})) == {"sums": True, "zero": True}
    graded = grade(small_task, small_task.workspace, seed=1)
    assert graded.score.earned == 1
    assert graded.checks[0].evidence == "add(1, 2) → -1; expected 3"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import os\nos._exit(0)", "ended without an answer"),
        ("import sys\nsys.exit(0)", "SystemExit"),
        ("raise RuntimeError('\\x1b[2J')", "\\x1b[2J"),
        ("def add(a, b)\n    return a + b", "SyntaxError"),
        ("", "no attribute 'add'"),
        ("add = 3", "TypeError"),
        ("def add(a, b):\n    yield a + b", "generator"),
        ("def add(a, b):\n    return add", "function"),
        ("def add(a, b):\n    x = []\n    x.append(x)\n    return x", "deeper"),
        ("def add(a, b):\n    return 'x' * (20 << 20)", "over the limit"),
        ("class One(int):\n    __eq__ = lambda *_: True\ndef add(a, b):\n    return One(77)", "77"),
        ("class Any:\n    __eq__ = lambda *_: True\ndef add(a, b):\n    return Any()", "Any"),
        ("def add(a, b):\n    return float(a + b)", "3.0"),
        # whether it answers before the box that it killed is gone, or not any more
        ("import os\nos.kill(os.getppid(), 9)\nos.kill(1, 9)\ndef add(a, b):\n    return 0", "add(1, 2)"),
        (FORGING + "say(b'\\x00\\x00\\x00\\x02{}')\nsay(b'35 passed')\n", "protocol"),
        (FORGING + "say(b'\\xff\\xff\\xff\\xff')\n", "protocol"),
        (
            FORGING + "for n in range(1, 9):\n    frame({'answer': n, 'passed': True, 'verdict': 'ok'})\n",
            "protocol",
        ),
        (FORGING + "for n in range(1, 9):\n    frame({'answer': n, 'gives': {'handle': 1}})\n", "protocol"),
        (
            FORGING + "frame({'callback': 'a', 'on': 1, 'operation': 'lt', 'args': [], 'kwargs': {}})\n",
            "protocol",
        ),
    ],
)
def test_a_candidate_that_breaks_or_cheats_fails_with_evidence(small_task, workspace, code, words):
    """Nothing it does on the channel is a verdict, and evidence is safe to print."""
    graded = grade(small_task, workspace({"adder.py": code}), seed=1)
    assert not graded.checks[0].passed
    assert words in graded.checks[0].evidence
    assert graded.checks[0].evidence.isprintable()


def test_one_hang_or_exit_costs_one_check(small_task, workspace):
    """The other check has a worker of its own, in a new box where the old one was taken down."""
    code = (
        "import os\ndef add(a, b):\n    if a == 1:\n        os.kill(-1, 9)\n        os._exit(0)\n"
        "    return a + b\n"
    )
    assert verdicts(small_task, workspace({"adder.py": code})) == {"sums": False, "zero": True}


def test_a_check_that_breaks_is_our_fault(small_suite, workspace):
    """It is raised, with the traceback, and never counted as a wrong answer."""
    task = with_checks(small_suite, "return 1 / 0")
    with pytest.raises(GraderFailed, match=r"(?s)'zero'.*ZeroDivisionError"):
        grade(task, workspace({"adder.py": GOOD}), seed=1)


def test_a_check_that_returns_nothing_is_our_fault(small_suite, workspace):
    """A forgotten return would otherwise be a verdict."""
    task = with_checks(small_suite, "candidate.ask('add', 1, 2)")
    with pytest.raises(GraderFailed, match="returned None and no Finding"):
        grade(task, workspace({"adder.py": GOOD}), seed=1)


def test_a_callback_of_ours_that_breaks_is_our_fault(small_suite, workspace):
    """Even though it broke while the candidate was calling it."""
    task = with_checks(
        small_suite, "return candidate.ask('add', candidate.callback(lambda: {}['x']), 1).gives(1)"
    )
    code = "def add(a, b):\n    return a() if callable(a) else a + b\n"
    with pytest.raises(GraderFailed, match="KeyError"):
        grade(task, workspace({"adder.py": code}), seed=1)


def test_a_callback_of_ours_that_is_called_wrongly_is_the_candidates_mistake(small_suite, workspace):
    """It is raised inside, where it was made: a TypeError."""
    task = with_checks(small_suite, "return candidate.ask('add', candidate.callback(lambda: 1), 1).gives(1)")
    code = "def add(a, b):\n    return a(b) if callable(a) else a + b\n"
    assert verdicts(task, workspace({"adder.py": code})) == {"sums": True, "zero": False}
    caught = code.replace("return a(b)", "return type(a).__call__(a)")
    assert verdicts(task, workspace({"adder.py": caught})) == {"sums": True, "zero": True}


def test_the_folder_that_is_graded_stays_unchanged(small_task, workspace):
    """The box works on a copy."""
    folder = workspace({"adder.py": "open('adder.py', 'w').write('x')\n" + GOOD})
    grade(small_task, folder, seed=1)
    assert (folder / "adder.py").read_text().endswith(GOOD)
    assert sorted(p.name for p in folder.iterdir()) == ["adder.py"]


def test_grading_leaves_nothing_in_the_tasks_folder(small_task, workspace):
    """A __pycache__ would change the digest."""
    before = sorted(small_task.path.rglob("*"))
    grade(small_task, workspace({"adder.py": GOOD}), seed=1)
    assert sorted(small_task.path.rglob("*")) == before


BESIDE = """
from threading import Barrier, current_thread, main_thread

BOTH = Barrier(2)
"""


def side_by_side(small_suite: Path, body: str):
    """Mark both checks as side by side, each with this body, and load the task."""
    toml = small_suite / "add/task.toml"
    toml.write_text(toml.read_text().replace("points = ", "side_by_side = true\npoints = "))
    path = small_suite / "add/tests/checks.py"
    head = path.read_text().split("def sums")[0]
    checks = "".join(
        f"def {name}(candidate: Candidate) -> Finding:\n    {body}\n" for name in ("sums", "zero")
    )
    path.write_text(f"{head}{BESIDE}\n{checks}")
    return load_task("small/add", roots=[small_suite.parent])


def test_checks_side_by_side_are_asked_at_the_same_time(small_suite, workspace):
    """Each waits for the other, and the results keep the order of task.toml."""
    task = side_by_side(small_suite, "BOTH.wait(30)\n    return candidate.ask('add', 1, 2).gives(3)")
    assert list(verdicts(task, workspace({"adder.py": GOOD})).items()) == [("sums", True), ("zero", True)]


def test_checks_side_by_side_have_workers_of_their_own(small_suite, workspace):
    """What one candidate keeps in its module, the other's does not see."""
    body = "BOTH.wait(30)\n    return candidate.ask('add', 1, 2).gives(1)"
    task = side_by_side(small_suite, body)
    code = "asked = []\ndef add(a, b):\n    asked.append(a)\n    return len(asked)\n"
    assert verdicts(task, workspace({"adder.py": code})) == {"sums": True, "zero": True}


def test_no_more_checks_are_side_by_side_than_a_box_can_hold(small_suite, workspace, monkeypatch):
    """The others are asked when these have been; one alone is asked on the grader's own thread."""
    monkeypatch.setattr("codestone.grading.grade.MOST_SIDE_BY_SIDE", 1)
    alone = "assert current_thread() is main_thread()\n    return candidate.ask('add', 1, 2).gives(3)"
    task = side_by_side(small_suite, alone)
    assert verdicts(task, workspace({"adder.py": GOOD})) == {"sums": True, "zero": True}


def test_a_check_side_by_side_that_breaks_is_our_fault(small_suite, workspace):
    """Whichever of them it is."""
    body = "assert BOTH.wait(30) == 0\n    return candidate.ask('add', 1, 2).gives(3)"
    task = side_by_side(small_suite, body)
    with pytest.raises(GraderFailed, match="AssertionError"):
        grade(task, workspace({"adder.py": GOOD}), seed=1)


def test_what_could_not_be_measured_is_nobodys_failure(small_suite, workspace):
    """It is told as such, and is no verdict."""
    task = with_checks(
        small_suite,
        "from codestone.grading import NotMeasured\n    raise NotMeasured('the machine stood still')",
    )
    with pytest.raises(GraderFailed, match="'zero' of small/add could not measure: the machine stood still"):
        grade(task, workspace({"adder.py": GOOD}), seed=1)


def with_fact(small_suite: Path, body: str):
    """Declare the fact ``lines`` and load the task."""
    task = small_suite / "add"
    with (task / "task.toml").open("a") as file:
        file.write('\n[[fact]]\nid = "lines"\ntitle = "Lines"\n')
    with (task / "tests/checks.py").open("a") as file:
        file.write(f'\n\ndef lines(candidate: Candidate) -> int:\n    """Count."""\n    {body}\n')
    return load_task("small/add", roots=[small_suite.parent])


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("return len(candidate.source['adder.py'].splitlines())", 2),
        ("return candidate.ask('add', 1, 2).value / 2", 1.5),
        ("return candidate.ask('gone').value", None),
        ("return None", None),
        ("return 'sum\\x1b' + 'x' * 500", "sum\\x1b" + "x" * 193),
    ],
)
def test_a_fact_is_measured_beside_the_checks_and_judges_nothing(small_suite, workspace, body, value):
    """None where the answer does not let it be told; the points are what they were."""
    graded = grade(with_fact(small_suite, body), workspace({"adder.py": GOOD}), seed=1)
    assert (graded.facts["lines"], graded.score.earned) == (value, graded.score.possible)


@pytest.mark.parametrize("body", ["return [1]", "raise KeyError('ours')"])
def test_a_fact_that_breaks_is_a_fault_of_the_task(small_suite, workspace, body):
    """It is named, and nothing is scored."""
    with pytest.raises(GraderFailed, match="the fact 'lines' of small/add"):
        grade(with_fact(small_suite, body), workspace({"adder.py": GOOD}), seed=1)
