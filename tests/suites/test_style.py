import pytest

from codestone.grading.grade import source_of
from codestone.grading.style import _GRAMMARS, style_facts
from codestone.suites.load import all_suites
from codestone.suites.overlay import materialise

TASKS = {task.id: task for suite in all_suites() for task in suite.tasks if task.spec.language in _GRAMMARS}


@pytest.mark.parametrize("name", TASKS)
def test_no_correct_answer_is_accused(name, tmp_path):
    """The reference and every accepted answer, in whatever style, have nothing idle and nothing dead."""
    task = TASKS[name]
    for answer in (task.path / "solution", *sorted((task.path / "accepted").iterdir())):
        finished = tmp_path / answer.name
        materialise(finished, *([task.workspace] if task.workspace.is_dir() else []), answer)
        asked = "\n".join([task.instruction, *task.turns])
        told = style_facts(
            source_of(finished), files=task.spec.answer.files, start=task.workspace, asked=asked
        )
        assert (told["idle-helpers"], told["dead-lines"]) == (0, 0), answer
        assert isinstance(told["dependencies"], str)
