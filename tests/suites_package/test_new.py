import ast
from pathlib import Path

import pytest

from codestone.errors import UsageError
from codestone.suites.lint import lint
from codestone.suites.load import load
from codestone.suites.new import new_task
from codestone.suites.paths import folders


def test_a_new_task_has_no_fault(task: Path) -> None:
    """What is written keeps every rule: two mutants at least, and an accepted style."""
    assert lint(folders(task.parent)) == ()
    (written,) = load("my-suite", roots=[task.parent]).tasks
    assert len(written.spec.mutant) >= 2
    assert [style.name for style in written.accepted] == ["partition"]


def test_each_new_task_has_its_own_canary_and_joins_its_suite(suite: Path) -> None:
    """A second task is added to the list, and the comments of the file stay."""
    before = (suite / "suite.toml").read_text()
    new_task(suite / "second")
    assert (suite / "suite.toml").read_text() == before.replace('["my-task"]', '["my-task", "second"]')
    assert lint(folders(suite)) == ()


@pytest.mark.parametrize("listed", ['[\n  "my-task",\n]', '[ "my-task" ]'])
def test_a_list_of_any_layout_is_extended(suite: Path, listed: str) -> None:
    """The list is valid afterwards, whatever its newlines and commas."""
    file = suite / "suite.toml"
    file.write_text(file.read_text().replace('["my-task"]', listed))
    new_task(suite / "second")
    assert [task.name for task in load("my-suite", roots=[suite]).tasks] == ["my-task", "second"]


def test_a_list_that_cannot_be_extended_safely_is_left_alone(suite: Path) -> None:
    """A comment in the list could swallow the new name: then nothing is written."""
    file = suite / "suite.toml"
    file.write_text(file.read_text().replace('["my-task"]', '[\n  "my-task" # the first\n]'))
    before = file.read_text()
    with pytest.raises(UsageError, match="not in a form to be extended"):
        new_task(suite / "second")
    assert file.read_text() == before
    assert not (suite / "second").exists()


@pytest.mark.parametrize("path", ["My-Suite/task", "suite/My Task", "suite/1st"])
def test_a_name_that_no_record_could_bear_is_refused(tmp_path: Path, path: str) -> None:
    """Names are lower-case words with hyphens."""
    with pytest.raises(UsageError, match="is no name"):
        new_task(tmp_path / path)
    assert not any(tmp_path.iterdir())


def test_nothing_is_overwritten(task: Path) -> None:
    """A folder that holds something is refused."""
    with pytest.raises(UsageError, match="is there already"):
        new_task(task)


def test_its_python_is_python(task: Path) -> None:
    """Every written module parses."""
    for path in task.rglob("*.py"):
        ast.parse(path.read_text())
