import shutil
from pathlib import Path

import pytest

from codestone.errors import TaskError, UnknownName, UsageError
from codestone.suites.load import all_suites, load, load_task, select
from codestone.suites.new import new_task
from codestone.suites.tree import digest


def test_a_suite_is_read_in_its_own_order(suite: Path) -> None:
    """suite.toml, not the alphabet, says what comes first."""
    new_task(suite / "a-task")
    loaded = load("my-suite", roots=[suite])
    assert [task.id for task in loaded.tasks] == ["my-suite/my-task", "my-suite/a-task"]
    assert loaded.spec.version == "1.0.0"
    assert load(suite, roots=[suite]) == loaded


def test_a_task_is_what_lies_on_disk(task: Path) -> None:
    """The instruction comes verbatim, Windows newlines and all, and the digest is over the folder."""
    (task / "instruction.md").write_bytes("Répare.\r\n\n".encode())
    loaded = load_task("my-suite/my-task", roots=[task.parent])
    assert loaded.instruction == "Répare.\r\n\n"
    assert loaded.digest == digest(task)
    assert loaded.spec.points == 10
    assert loaded.workspace == task / "workspace"


def test_a_single_task_folder_needs_no_suite(task: Path, tmp_path: Path) -> None:
    """It is a suite of one, named after the folder around it."""
    alone = tmp_path / "drafts" / "alone"
    shutil.copytree(task, alone)
    assert [found.id for found in select([], roots=[alone])] == ["drafts/alone"]
    assert load_task(str(alone), roots=[task.parent]).id == "drafts/alone"


def test_selection_keeps_the_order_of_the_arguments_without_duplicates(suite: Path) -> None:
    """A task that is named twice, or with its suite as well, comes once."""
    for name in ("b-task", "c-task"):
        new_task(suite / name)
    chosen = select(["my-suite/c-task", "my-suite", "my-suite/my-task"], roots=[suite.parent])
    assert [task.name for task in chosen] == ["c-task", "my-task", "b-task"]


def test_two_folders_of_one_name_are_not_mixed_up(task: Path, tmp_path: Path) -> None:
    """One record key must not stand for two tasks."""
    other = tmp_path / "other" / "my-suite"
    shutil.copytree(task.parent, other)
    with pytest.raises(UsageError, match="are both called my-suite/my-task"):
        select(["my-suite", str(other)], roots=[task.parent])


def test_every_fault_of_all_suites_is_reported_at_once(task: Path, tmp_path: Path) -> None:
    """Two suites, three faults, one error."""
    shutil.copytree(task.parent, tmp_path / "roots" / "one")
    shutil.copytree(task.parent, tmp_path / "roots" / "two")
    for name in ("one", "two"):
        (tmp_path / "roots" / name / "my-task" / "instruction.md").unlink()
    (tmp_path / "roots" / "two" / "my-task" / "task.toml").write_text("a = \n")
    with pytest.raises(TaskError) as caught:
        all_suites([tmp_path / "roots"])
    names = [fault.file.relative_to(tmp_path / "roots").as_posix() for fault in caught.value.faults]
    assert names == ["one/my-task/instruction.md", "two/my-task/instruction.md", "two/my-task/task.toml"]


def test_a_broken_neighbour_does_not_keep_a_task_from_loading(suite: Path) -> None:
    """Only what is asked for is read."""
    new_task(suite / "broken")
    (suite / "broken" / "task.toml").write_text("x")
    assert load_task("my-suite/my-task", roots=[suite]).name == "my-task"
    with pytest.raises(TaskError, match=r"broken/task.toml:1"):
        load("my-suite", roots=[suite])


def test_a_link_in_a_task_keeps_it_from_loading(task: Path) -> None:
    """What a digest cannot cover cannot be run."""
    (task / "workspace" / "link").symlink_to("/etc/hosts")
    with pytest.raises(TaskError, match="symbolic link"):
        load_task("my-suite/my-task", roots=[task.parent])


def test_a_suite_is_no_task(suite: Path) -> None:
    """Asking for one task needs the name of one; the known ones are offered."""
    with pytest.raises(UnknownName) as caught:
        load_task("my-suite", roots=[suite])
    assert "my-suite/my-task" in caught.value.hint
    with pytest.raises(UnknownName):
        load("nothing-like-it", roots=[suite])


def test_turns_come_in_the_order_of_their_numbers_verbatim(task: Path) -> None:
    """Ten come after nine, and newlines stay."""
    (task / "turns").mkdir()
    for number in range(1, 13):
        (task / "turns" / f"{number:02}.md").write_text(f"Message {number}.\n\n")
    loaded = load_task("my-suite/my-task", roots=[task.parent])
    assert loaded.turns == loaded.brief.turns == tuple(f"Message {n}.\n\n" for n in range(1, 13))


def test_turns_that_could_be_read_in_two_orders_keep_a_task_from_loading(task: Path) -> None:
    """Every fault of them at once, with those of task.toml."""
    (task / "turns").mkdir()
    for name in ("1.md", "02.md", "03.md"):
        (task / "turns" / name).write_text("More.\n")
    (task / "task.toml").write_text("a = \n")
    with pytest.raises(TaskError) as caught:
        load_task("my-suite/my-task", roots=[task.parent])
    names = [fault.file.relative_to(task).as_posix() for fault in caught.value.faults]
    assert names == ["task.toml", "turns/02.md", "turns/03.md", "turns/1.md"]
