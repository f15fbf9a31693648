from pathlib import Path

import pytest

from codestone.suites.new import new_task


@pytest.fixture
def task(tmp_path: Path) -> Path:
    """Return a task without fault, `my-suite/my-task`, to break or to read."""
    folder = tmp_path / "my-suite" / "my-task"
    new_task(folder)
    return folder


@pytest.fixture
def suite(task: Path) -> Path:
    """Return the suite around it."""
    return task.parent
