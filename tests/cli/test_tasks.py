import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codestone.suites import paths
from codestone.suites.load import select
from codestone.suites.new import new_task

LIMIT_S = 180
HEAVY = ("pydantic", "rich", "jinja2", "codestone.suites", "codestone.engine", "httptools")


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the real command in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "codestone", "tasks", *words],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


@pytest.fixture
def task(tmp_path: Path) -> Path:
    """Return a task without fault."""
    new_task(tmp_path / "my-suite" / "my-task")
    return tmp_path / "my-suite" / "my-task"


def test_list_shows_shipped_tasks_and_those_of_a_folder(task: Path, tmp_path: Path) -> None:
    """One row a task: language, shape, points, checks, title."""
    ended = run("list", "--tasks", "my-suite", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    rows = [line.split(maxsplit=5) for line in ended.stdout.splitlines()]
    assert [cell.strip() for cell in rows[0]] == ["task", "language", "shape", "points", "checks", "title"]
    assert ["my-suite/my-task", "python", "fix", "10", "3", "Repair kth_smallest"] in [
        [cell.strip() for cell in row] for row in rows
    ]
    shipped = {found.id for found in select([], roots=[paths.shipped()])}
    assert shipped <= {row[0] for row in rows}


def test_list_as_json_has_what_the_table_has(task: Path, tmp_path: Path) -> None:
    """For scripts, with a version of the format."""
    ended = run("list", "my-suite", "--tasks", ".", "--json", cwd=tmp_path)
    assert json.loads(ended.stdout) == {
        "schema_version": 1,
        "tasks": [
            {
                "id": "my-suite/my-task",
                "title": "Repair kth_smallest",
                "language": "python",
                "shape": "fix",
                "points": 10,
                "checks": 3,
            }
        ],
    }


def test_show_says_what_is_asked_and_what_each_check_catches(task: Path, tmp_path: Path) -> None:
    """The instruction as the model gets it, and the checks."""
    ended = run("show", "my-suite/my-task", "--tasks", ".", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (task / "instruction.md").read_text().strip() in ended.stdout
    assert "input-unchanged (points: 1) catches: Sorts the caller's own list." in ended.stdout
    shown = json.loads(run("show", str(task), "--json", cwd=tmp_path).stdout)
    assert shown["instruction"] == (task / "instruction.md").read_text()
    assert shown["spec"]["answer"] == {"files": ["kth.py"]}


def test_a_task_cannot_act_upon_the_terminal(task: Path, tmp_path: Path) -> None:
    """Escape sequences and markup of a stranger's task are shown, not obeyed."""
    (task / "instruction.md").write_text("\x1b]0;owned\x07 \x9b2J \u202e text")
    file = task / "task.toml"
    title = 'title = "[red]\\u001b[31m red"'
    file.write_text(file.read_text().replace('title = "Repair kth_smallest"', title))
    for words in (("list", "my-suite"), ("show", "my-suite/my-task")):
        ended = run(*words, "--tasks", ".", cwd=tmp_path)
        assert ended.returncode == 0
        assert "[red]\\x1b[31m red" in ended.stdout
        assert all(char.isprintable() or char == "\n" for char in ended.stdout)
    assert "\\x1b]0;owned\\x07 \\x9b2J \\u202e text" in ended.stdout


def test_a_new_task_is_written_and_has_no_fault(tmp_path: Path) -> None:
    """Two words make a suite and a task; a second task joins the suite."""
    assert run("new", "my-suite/first", cwd=tmp_path).returncode == 0
    assert run("new", "second", cwd=tmp_path / "my-suite").returncode == 0
    ended = run("check", "my-suite", "--lint-only", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, "2 tasks: no fault in the files\n")


def test_a_task_without_a_suite_is_not_written(tmp_path: Path) -> None:
    """One word, where no suite is, is a usage error with the remedy."""
    ended = run("new", "alone", cwd=tmp_path)
    assert ended.returncode == 2
    assert "codestone tasks new my-suite/alone" in ended.stderr
    assert not any(tmp_path.iterdir())


def test_a_new_task_proves_itself(task: Path, tmp_path: Path) -> None:
    """The reference earns everything twice, and each mutant fails what it should."""
    ended = run("check", "my-suite", "--repeat", "2", cwd=tmp_path)
    assert ended.returncode == 0
    assert "✓ my-suite/my-task" in ended.stdout
    told = [line.rpartition(", ")[0].strip() for line in ended.stderr.splitlines()]
    assert told == [
        *["my-suite/my-task the solution: fails nothing"] * 2,
        "my-suite/my-task accepted/partition: fails nothing",
        "my-suite/my-task the untouched workspace: fails every-position, k-out-of-range",
        "my-suite/my-task mutants/off-by-one: fails every-position, k-out-of-range",
        "my-suite/my-task mutants/no-refusal: fails k-out-of-range",
        "my-suite/my-task mutants/changes-input: fails input-unchanged",
    ]


def test_a_task_that_does_not_prove_itself_is_exit_code_9(task: Path, tmp_path: Path) -> None:
    """A wrong expected value in the checks: the solution misses a point."""
    file = task / "tests" / "checks.py"
    file.write_text(file.read_text().replace("IN_ORDER = [2, 2, 5, 7, 9]", "IN_ORDER = [2, 2, 5, 9, 7]"))
    ended = run("check", "my-suite", cwd=tmp_path)
    assert ended.returncode == 9
    assert "every-position" in ended.stdout


def test_faults_in_the_files_are_exit_code_2_and_all_named(task: Path, tmp_path: Path) -> None:
    """Nothing is run, and every fault stands with file and line."""
    file = task / "task.toml"
    file.write_text(file.read_text().replace("shape =", "shap ="))
    (task / "instruction.md").write_text("")
    ended = run("check", "my-suite", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "2 faults" in ended.stderr
    assert "my-suite/my-task/task.toml:" in ended.stderr
    assert "'shap' is no known key: did you mean 'shape'?" in ended.stderr
    assert "my-suite/my-task/instruction.md: is empty" in ended.stderr


def test_an_unknown_task_offers_the_nearest(task: Path, tmp_path: Path) -> None:
    """Exit code 2, and what was probably meant."""
    ended = run("show", "my-suite/my-tusk", "--tasks", ".", cwd=tmp_path)
    assert ended.returncode == 2
    assert "Did you mean my-suite/my-task?" in ended.stderr


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    """The help of every subcommand is there at once."""
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from codestone.cli.tasks import command\n"
        "for words in ([], ['list'], ['show'], ['new'], ['check']):\n"
        "    assert CliRunner().invoke(command, [*words, '--help']).exit_code == 0\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert (ended.stdout, ended.stderr) == ("[]\n", "")
