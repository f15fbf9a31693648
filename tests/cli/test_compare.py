import json
import re
import subprocess
import sys

import pytest

from codestone.stats.compared import Compared
from codestone.testing import ScriptedEndpoint
from codestone.testing.profiles import plays

MODELS = ("oracle", "wrong", "empty")


def codestone(*args, cwd=None) -> subprocess.CompletedProcess:
    """Run the command as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "codestone", *map(str, args)],
        capture_output=True, text=True, cwd=cwd, timeout=600, check=False,
    )  # fmt: skip


@pytest.fixture
def run(small_suite, small_task, tmp_path):
    """Return a run of three contestants: right, wrong, empty."""
    with ScriptedEndpoint(plays([small_task], MODELS)) as server:
        ran = codestone(
            "run", "small", "--tasks", small_suite.parent, "--endpoint", server.base_url, "--out",
            tmp_path / "run", *(f"--model={name}" for name in MODELS),
        )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return tmp_path / "run"


def test_two_contestants_of_a_run_are_compared(run):
    """In 80 columns; a script is called one, and one trial shows nothing."""
    ran = codestone("compare", f"{run}:oracle", ":empty")
    assert (ran.returncode, ran.stderr) == (0, "")
    text = " ".join(ran.stdout.split())
    assert re.search(r"A oracle-[0-9a-f]{8} SCRIPTED", text)
    assert "differs in: model (oracle, empty)" in text
    assert "too few to tell" in text
    assert "+100 of 100" in text
    assert "n 1 trial" in text
    assert all(len(line) <= 80 for line in ran.stdout.splitlines() if str(run) not in line)


def test_files_are_written_in_place_of_the_text(run, tmp_path):
    """Markdown names no folder of the machine; JSON has a schema version and reads back."""
    ran = codestone("compare", f"{run}:oracle", run, "--md", tmp_path / "x.md", "--json", tmp_path / "x.json")
    assert (ran.returncode, ran.stdout) == (0, "")
    assert str(tmp_path) not in (tmp_path / "x.md").read_text("utf-8")
    told = json.loads((tmp_path / "x.json").read_bytes())
    assert (told["schema_version"], len(told["pairs"])) == (1, 2)
    assert Compared.model_validate(told).pairs[0].comparison.trials == 1


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["nowhere", "nowhere"], 2, "RUN:CONTESTANT"),
        (["{run}", "{run}"], 2, "which two"),
        (["{run}:oracel", ":empty"], 2, "oracle"),
        (["{run}/trials", "{run}"], 6, "plan.json"),
    ],
)
def test_what_is_not_clear_is_an_error_with_its_remedy(run, args, code, said):
    """No traceback, no output."""
    ran = codestone("compare", *(arg.format(run=run) for arg in args))
    assert (ran.returncode, ran.stdout) == (code, "")
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_help_teaches_the_syntax():
    """With examples of both."""
    text = codestone("compare", "--help").stdout
    for example in ("RUN:CONTESTANT@DRIVER", "runs/before runs/after", ":qwen3-8b-q8"):
        assert example in text
