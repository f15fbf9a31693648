import pytest

from codestone.engine.proving.check import prove
from codestone.suites import paths
from codestone.suites.lint import lint
from codestone.suites.load import all_suites

TASKS = [task for suite in all_suites(paths.roots()) for task in suite.tasks]
JOBS = 4  # tasks whose checks mostly wait keep no core busy
UNDER_LOAD = {"six-tasks": {"repeat": 5, "load": 2}}
"""Suites that are proven as on a machine that does much else: references several times, busy processes."""


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_every_shipped_task_proves_itself(task):
    """Solution and accepted styles earn everything, each mutant fails what is declared."""
    said: list[str] = []
    how = UNDER_LOAD.get(task.suite, {"repeat": 1, "load": 0})
    assert prove([task], **how, report=said.append, jobs=JOBS), "\n".join(said)


def test_every_shipped_suite_is_without_fault():
    """The linter finds nothing."""
    assert not lint(list(paths.known(paths.roots()).values()))
