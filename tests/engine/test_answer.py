import json
import os
from pathlib import Path

import pytest

from codestone.engine.answer import GradedAnswer, grade_reply, grade_workspace
from codestone.errors import UsageError

EXAMPLE = Path(__file__).parents[2] / "docs/reference/examples/grade.json"
REFERENCE = EXAMPLE.parents[1] / "grade.md"


def test_the_documented_example_is_what_grade_says(small_task):
    """Up to the task's digest and the time that it took; write it again with CODESTONE_GOLDEN=write."""
    graded = grade_workspace(small_task, small_task.workspace, seed=1)
    fixed = {"grading_ns": 41_000_000, "task_digest": "e3a7" * 16}
    text = graded.model_copy(update=fixed).model_dump_json(indent=2) + "\n"
    if os.environ.get("CODESTONE_GOLDEN") == "write":
        EXAMPLE.write_text(text, encoding="utf-8")
    assert json.loads(text) == json.loads(EXAMPLE.read_text("utf-8"))
    assert GradedAnswer.model_validate_json(EXAMPLE.read_text("utf-8"))


def test_every_field_is_documented():
    """In the table of the reference."""
    text = REFERENCE.read_text("utf-8")
    assert not [name for name in GradedAnswer.model_fields if f"`{name}`" not in text]


def test_a_reply_and_the_workspace_it_makes_earn_the_same(small_task):
    """One path."""
    reply = "```python\ndef add(a, b):\n    return abs(a + b)\n```"
    assert grade_reply(small_task, reply, seed=1).score.earned == 4


def test_a_folder_without_files_is_a_usage_error(small_task, tmp_path):
    """Which says what the task is answered by."""
    with pytest.raises(UsageError) as caught:
        grade_workspace(small_task, tmp_path / "nothing", seed=1)
    assert "adder.py" in caught.value.hint
