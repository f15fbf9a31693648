import json
import signal
import subprocess
import sys

import pytest

from codestone.cli.main import COMMANDS
from codestone.testing import ScriptedEndpoint
from codestone.testing.faults import fault
from codestone.testing.profiles import plays

HEAVY = ("pydantic", "jinja2", "rich", "httptools", "orjson", "http", "asyncio", "ssl", "urllib.request")


def codestone(*args, cwd=None, stdin=None, env=None) -> subprocess.CompletedProcess:
    """Run the command as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "codestone", *map(str, args)],
        capture_output=True, text=True, cwd=cwd, input=stdin, env=env, timeout=600, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "args", [["--help"], *([name, "--help"] for name in COMMANDS), ["tasks", "list", "--help"]]
)
def test_help_imports_nothing_heavy(args):
    """Neither pydantic nor jinja2, rich or any HTTP library."""
    code = (
        "import sys; from codestone.cli.main import cli\n"
        f"try: cli.main({args!r}, standalone_mode=False)\n"
        "finally: print(*sorted(n for n in sys.modules), file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0
    assert "Usage:" in ran.stdout
    assert not set(HEAVY) & set(ran.stderr.split())


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["rnu"], "run"),
        (["run", "quikc"], "quick"),
        (["run", "quick/py-selct"], "py-select"),
        (["run", "quick", "--endpont", "x"], "--endpoint"),
        (["run", "quick", "--driver", "singel", "--endpoint", "http://127.0.0.1:9"], "single"),
        (["grade", "quick/py-slect", "--reply", "-"], "py-select"),
        (["grade", "quick/py-select"], "--workspace"),
        (["run", "quick", "-n", "0"], "0"),
        (["run", "quick", "--endpoint", "not a url"], "not a url"),
        (["run", "quick", "--key-env", "NO_SUCH_VARIABLE"], "NO_SUCH_VARIABLE"),
        (["doctor", "--prepare", "embeded"], "embedded"),
        (["tasks", "shwo"], "show"),
        (["box", "--limit", "wal=3", "--", "true"], "wall"),
    ],
)
def test_bad_input_is_exit_2_with_the_nearest_names(args, words, tmp_path):
    """And no traceback, nothing left on disk."""
    ran = codestone(*args, cwd=tmp_path, stdin="")
    assert ran.returncode == 2
    assert words in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not list(tmp_path.iterdir())


def test_an_explicit_endpoint_that_is_down_is_exit_3(tmp_path):
    """With every URL that was tried."""
    ran = codestone("run", "quick", "--endpoint", "http://127.0.0.1:9", cwd=tmp_path)
    assert ran.returncode == 3
    assert "http://127.0.0.1:9/v1/models" in ran.stderr


def test_a_malformed_task_tells_every_fault_at_once(small_suite, tmp_path):
    """Each with file and line."""
    path = small_suite / "add/task.toml"
    path.write_text(
        path.read_text().replace('shape = "fix"', 'shape = "fxi"').replace("points = 3", "points = -3")
    )
    ran = codestone("run", "small", "--tasks", small_suite.parent, cwd=tmp_path)
    assert ran.returncode == 2
    assert "task.toml:5" in ran.stderr
    assert "task.toml:18" in ran.stderr


def test_grade_gives_json_with_a_schema_version(small_suite, tmp_path):
    """Also for a wrong answer the exit code is 0: grading worked."""
    ran = codestone(
        "grade",
        "small/add",
        "--workspace",
        small_suite / "add/workspace",
        "--tasks",
        small_suite.parent,
        "--json",
    )
    assert ran.returncode == 0
    graded = json.loads(ran.stdout)
    assert (graded["schema_version"], graded["score"]["earned"], graded["score"]["possible"]) == (1, 1, 4)


@pytest.mark.parametrize(
    ("reply", "earned", "ending"),
    [
        ("```python\ndef add(a, b):\n    return a + b\n```", 4, "answered"),
        ("def add(a, b):\n    return a + b\n", 4, "answered"),
        ("", 0, "empty"),
        ("I cannot help with that.", 0, "refused"),
        ("../../x\n```python\ndef add(a, b):\n    return a + b\n```", 0, "unparsable"),
        ("`../../x.py`\n```python\nprint('out')\n```", 0, "unparsable"),
        ("```python\ndef add(a, b):\n    return '\x1b[2J\x00'\n```", 0, "answered"),
    ],
)
def test_grade_reads_a_reply_as_a_run_does(small_suite, tmp_path, reply, earned, ending):
    """Whatever is in it, it stays inside and is shown escaped."""
    ran = codestone(
        "grade",
        "small/add",
        "--reply",
        "-",
        "--tasks",
        small_suite.parent,
        "--json",
        cwd=tmp_path,
        stdin=reply,
    )
    assert ran.returncode == 0
    graded = json.loads(ran.stdout)
    assert (graded["score"]["earned"], graded["ending"]) == (earned, ending)
    assert "\x1b" not in ran.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["suites"]


def test_run_prints_the_report_on_stdout_and_progress_on_stderr(small_suite, small_task, tmp_path):
    """So that a report can be piped; ``report`` draws the same again."""
    with ScriptedEndpoint(plays([small_task])) as server:
        ran = codestone(
            "run", "small", "--tasks", small_suite.parent, "--endpoint", server.base_url,
            "--model", "oracle", "--model", "empty", cwd=tmp_path,
        )  # fmt: skip
    assert ran.returncode == 0
    assert "SCRIPTED" in ran.stdout
    assert "[1/2]" in ran.stderr
    assert "PASS 2/2" in ran.stderr
    (directory,) = (tmp_path / "runs").iterdir()
    again = codestone("report", directory)
    assert again.returncode == 0
    assert again.stdout.split("report:")[0] in ran.stdout.replace("\r", "")
    post = codestone("report", directory, "--md", "-")
    assert post.stdout == (directory / "report.md").read_text()


def test_a_run_directory_that_is_none_is_exit_6(tmp_path):
    """With what a run directory is."""
    ran = codestone("report", tmp_path)
    assert ran.returncode == 6
    assert "plan.json" in ran.stderr


def test_ctrl_c_keeps_what_was_measured_and_says_how_to_go_on(small_suite, small_task, tmp_path):
    """Exit code 130; the finished trial has its record, the report is written, --resume finishes."""
    play = {**plays([small_task]), "stall": fault("stall")}
    with ScriptedEndpoint(play) as server:
        names = [f"--model={name}" for name in ("oracle", "stall")]
        command = [
            sys.executable,
            "-m",
            "codestone",
            "run",
            "small",
            "--tasks",
            small_suite.parent,
            "--out",
            "run",
        ]
        with subprocess.Popen(
            [*map(str, command), "--endpoint", server.base_url, *names],
            cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        ) as running:  # fmt: skip
            for line in running.stderr:
                if line.startswith("[1/2]"):
                    break
            while len([asked for asked in server.requests if "messages" in asked.body]) < 2:
                pass
            running.send_signal(signal.SIGINT)
            said = running.stderr.read()
            code = running.wait(60)
    assert code == 130
    assert "--resume" in said
    assert (tmp_path / "run/report.md").exists()
    assert len((tmp_path / "run/records.jsonl").read_text().splitlines()) == 1
