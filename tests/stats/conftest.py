import pytest

from codestone.stats.planned import Planned, PlannedTask
from codestone.testing.records import TASK_DIGEST, make_contestant


@pytest.fixture
def plan():
    """Return a function that plans a run of the named contestants and tasks."""

    def planned(contestants=("tiny-1b-q8-1a2b3c4d",), tasks=("add-numbers",), *, epochs=1, **changes):
        return Planned(
            title="quick",
            epochs=epochs,
            contestants=tuple(
                make_contestant(name) if isinstance(name, str) else name for name in contestants
            ),
            tasks=tuple(
                PlannedTask(suite="examples", task=task, title=task, possible=100, digest=TASK_DIGEST)
                if isinstance(task, str)
                else task
                for task in tasks
            ),
            **changes,
        )

    return planned
