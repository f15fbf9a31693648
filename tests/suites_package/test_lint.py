import os
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from codestone.suites.lint import lint
from codestone.suites.new import new_task
from codestone.suites.paths import folders

BROKEN: dict[str, Any] = {
    each["name"]: each
    for each in tomllib.loads((Path(__file__).parent / "broken.toml").read_text("utf-8"))["broken"]
}
TOML, CHECKS = "task.toml", "tests/checks.py"


def canary(task: Path) -> str:
    """Return the task's canary."""
    return (task / TOML).read_text().partition('canary = "')[2][:36]


def apply(task: Path, kind: str, name: str, *texts: str) -> None:
    """Make one edit of a task."""
    path = task / name
    first, second = (*(text.replace("CANARY", canary(task)) for text in texts), "", "")[:2]
    match kind:
        case "replace":
            assert first in path.read_text()
            path.write_text(path.read_text().replace(first, second, 1))
        case "append":
            path.write_text(path.read_text() + first)
        case "write":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(first)
        case "latin-1":
            path.write_text(first, "latin-1")
        case "huge":
            path.write_bytes(bytes(2 << 20))
        case "remove":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        case "copy":
            shutil.copytree(path, task / first) if path.is_dir() else shutil.copyfile(path, task / first)
        case "rename":
            path.rename(task / first)
        case "link":
            path.symlink_to(task / first)
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case _:
            raise AssertionError(kind)


def break_by(task: Path, name: str) -> None:
    """Make the edits of one entry of broken.toml."""
    for edit in BROKEN[name]["edits"]:
        apply(task, *edit)


def line_of(file: Path, start: int | str, occurrence: int) -> int:
    """Return the number of the n-th line that starts so."""
    if isinstance(start, int):
        return start
    numbers = [n for n, line in enumerate(file.read_text().splitlines(), 1) if line.startswith(start)]
    return numbers[occurrence - 1]


@pytest.mark.parametrize("name", BROKEN)
def test_one_edit_gives_one_fault_at_its_line(task: Path, name: str) -> None:
    """Exactly the expected fault: no other one, and no consequence of it."""
    broken = BROKEN[name]
    break_by(task, name)
    faults = lint(folders(task.parent))
    file = Path(os.path.normpath(task / broken["file"]))
    line = line_of(file, broken["line"], broken.get("nth", 1))
    assert [(fault.file, fault.line) for fault in faults] == [(file, line)], "\n".join(map(str, faults))
    assert faults[0].message.startswith(broken["words"])


def test_all_faults_of_a_suite_are_reported_at_once(task: Path) -> None:
    """A broken task.toml does not hide what is wrong elsewhere, in this task and in the next."""
    names = [
        "wrong type",
        "zero limit",
        "a sleep",
        "empty instruction",
        "canary in the workspace",
        "symbolic link",
    ]
    for name in names:
        break_by(task, name)
    new_task(task.parent / "second")
    break_by(task.parent / "second", "missing solution")
    faults = lint(folders(task.parent))
    assert len(faults) == len(names) + 1
    for name in [*names, "missing solution"]:
        assert any(fault.message.startswith(BROKEN[name]["words"]) for fault in faults), name


def test_a_task_that_is_no_toml_is_still_looked_at(task: Path) -> None:
    """Sleeps and links are found without task.toml."""
    for name in ("no TOML", "a sleep", "symbolic link"):
        break_by(task, name)
    assert len(lint(folders(task.parent))) == 3


def test_only_the_named_task_is_looked_at(task: Path) -> None:
    """A broken neighbour is no fault of this one."""
    new_task(task.parent / "second")
    apply(task.parent / "second", "remove", "solution")
    assert lint(folders(task)) == ()


def test_a_check_about_form_may_fail_with_everything_else(task: Path) -> None:
    """What does not parse fails every check, so no narrow mutant is asked for."""
    apply(task, "replace", TOML, 'id = "every-position"', 'id = "every-position"\nform = true')
    break_by(task, "check that only broad mutants fail")
    assert lint(folders(task.parent)) == ()


@pytest.mark.parametrize(
    "edit",
    [
        ("append", CHECKS, "\n\nimport random\n\n_R = random.Random(7)\n_K = _R.randint(1, 5)\n"),
        ("append", CHECKS, "\n\nimport random\n\nrandom.seed(7)\n_K = random.randint(1, 5)\n"),
        (
            "append",
            CHECKS,
            "\n\ndef _k(candidate):\n    random = candidate.random()\n    random.random()\n",
        ),
        ("append", CHECKS, "\n\nclass Case:\n    def public(self):\n        return 1\n"),
        ("write", "tests/__init__.py", ""),
        ("write", "tests/data.bin", "\0"),
        ("write", "tests/__pycache__/checks.pyc", "x"),
        ("folder", "../.git"),
        ("write", "instruction.md", "Repair it.\r\n"),
        ("write", "workspace/more/data.json", "{}"),
        ("write", "mutants/no-refusal/overlay.toml", '# CANARY\ndelete = ["kth.py"]\n'),
        ("remove", "accepted"),
    ],
)
def test_what_is_allowed_is_no_fault(task: Path, edit: tuple[str, ...]) -> None:
    """Seeded generators, functions with an underscore, empty files, binary data, caches."""
    apply(task, *edit)
    assert lint(folders(task.parent)) == ()


def test_two_tasks_with_one_canary_are_told(task: Path) -> None:
    """A leak must tell which task it is of."""
    shutil.copytree(task, task.parent / "second")
    apply(task, "replace", "../suite.toml", '["my-task"]', '["my-task", "second"]')
    (fault,) = lint(folders(task.parent))
    assert (fault.file, fault.line) == (task.parent / "second" / TOML, line_of(task / TOML, "canary", 1))
    assert fault.message == "'my-task' has the same canary: each task needs its own"


def test_a_suite_folder_needs_a_name_that_records_can_bear(task: Path) -> None:
    """The folder's name is the suite's."""
    moved = task.parent.rename(task.parent.parent / "My_Suite")
    (fault,) = lint(folders(moved))
    assert fault.file == moved
    assert "'My_Suite' must be lower-case words" in fault.message


def test_the_shortest_message_is_enough_to_act_upon(task: Path) -> None:
    """A fault says file, line, what is wrong and what would be right."""
    break_by(task, "unknown key")
    (fault,) = lint(folders(task.parent))
    assert str(fault) == (
        f"{task / TOML}:{fault.line}: 'pionts' in [[check]] is no known key: did you mean 'points'?"
    )


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        ((5, 10), "the first band must begin at 0"),
        ((0, 10, 10), "a band must begin at more points than the one before"),
        ((0, 10), ""),
    ],
)
def test_every_total_has_one_band(task: Path, edges: tuple[int, ...], message: str) -> None:
    """Bands begin at 0 and rise, so that no edge belongs to two of them."""
    file = task.parent / "suite.toml"
    bands = "".join(f'\n[[band]]\nname = "b{edge}"\nat_least = {edge}\n' for edge in edges)
    file.write_text(file.read_text() + bands)
    faults = [fault for fault in lint(folders(task.parent)) if fault.file == file]
    assert [fault.message for fault in faults] == ([message] if message else [])
    assert all(fault.line for fault in faults)
