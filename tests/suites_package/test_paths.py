import shutil
from pathlib import Path

import pytest

import codestone
from codestone.errors import UnknownName, UsageError
from codestone.suites import paths


def test_a_folder_of_suites_a_suite_and_a_task_are_told_apart(task: Path) -> None:
    """--tasks takes any of the three."""
    for root, only in ((task.parent.parent, None), (task.parent, None), (task, "my-task")):
        (folder,) = paths.folders(root)
        assert (folder.name, folder.task) == ("my-suite", only)
        assert folder.path.resolve() == task.parent.resolve()
        assert folder.task_names() == ("my-task",)


def test_a_relative_root_has_the_name_of_its_folder(task: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dot is no name of a suite."""
    monkeypatch.chdir(task)
    assert paths.folders(Path())[0].task == "my-task"
    assert paths.folders(Path(".."))[0].name == "my-suite"


def test_a_folder_without_tasks_is_refused_with_a_remedy(tmp_path: Path) -> None:
    """An empty folder, and one that is not there."""
    with pytest.raises(UsageError) as caught:
        paths.folders(tmp_path)
    assert "codestone tasks new" in caught.value.hint
    with pytest.raises(UsageError, match="there is no folder"):
        paths.folders(tmp_path / "missing")


def test_the_first_root_that_has_a_name_wins(task: Path, tmp_path: Path) -> None:
    """A suite of the user's hides one of the same name further down."""
    other = tmp_path / "other" / "my-suite"
    shutil.copytree(task.parent, other)
    assert paths.known((other, task.parent))["my-suite"].path == other
    assert paths.known((task.parent, other))["my-suite"].path == task.parent


def test_names_and_paths_are_located(task: Path) -> None:
    """A suite, a task of it, and a folder that no root holds."""
    where = (task.parent.parent,)
    assert [folder.task for folder in paths.locate("my-suite", where=where)] == [None]
    assert [folder.task for folder in paths.locate("my-suite/my-task", where=where)] == ["my-task"]
    assert [folder.task for folder in paths.locate(str(task), where=where)] == ["my-task"]


@pytest.mark.parametrize("name", ["my-suit", "my-suite/my-tsk", "my-suit/my-task"])
def test_an_unknown_name_offers_the_nearest(task: Path, name: str) -> None:
    """A slip of the hand is answered with what was meant."""
    with pytest.raises(UnknownName) as caught:
        paths.locate(name, where=(task.parent,))
    assert "Did you mean my-suite" in caught.value.hint


def test_shipped_suites_lie_in_the_package_or_in_the_checkout(
    tmp_path: Path, task: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wheel has them inside, a checkout at its top, and neither is an error of ours."""
    wheel, checkout = tmp_path / "site-packages" / "codestone", tmp_path / "repo" / "src" / "codestone"
    for package in (wheel, checkout):
        (package / "suites").mkdir(parents=True)
    monkeypatch.setattr(paths, "__file__", str(wheel / "suites" / "paths.py"))
    with pytest.raises(codestone.errors.CodestoneError, match="missing"):
        paths.shipped()
    shutil.copytree(
        task.parent.parent, wheel / "_suites", ignore=shutil.ignore_patterns("site-packages", "repo")
    )
    assert paths.shipped() == wheel / "_suites"
    monkeypatch.setattr(paths, "__file__", str(checkout / "suites" / "paths.py"))
    (tmp_path / "repo" / "suites").mkdir()
    assert paths.shipped() == tmp_path / "repo" / "suites"
    assert paths.roots([task]) == (task, tmp_path / "repo" / "suites")
