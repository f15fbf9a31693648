import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

LIMIT_S = 180
HEAVY = ("pydantic", "jinja2", "rich", "http.client", "httptools", "ssl")


def run(*words: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the real command."""
    argv = [sys.executable, "-m", "codestone", "doctor", *words]
    return subprocess.run(
        argv, env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )


def path_without(folder: Path, *names: str) -> str:
    """Return a PATH that holds all of ours but some programs."""
    for place in reversed(os.environ["PATH"].split(os.pathsep)):
        for program in Path(place).iterdir() if Path(place).is_dir() else ():
            if program.name not in names:
                (folder / program.name).unlink(missing_ok=True)
                (folder / program.name).symlink_to(program)
    return str(folder)


def test_draws_a_table_and_the_remedies(tmp_path):
    """Each finding has a sign that needs no colour; a remedy stands whole on a line of its own."""
    path = path_without(tmp_path, "cargo")
    ended = run(env={"PATH": path, "REQUIRE_TOOLCHAINS": ""})
    assert (ended.returncode, ended.stderr) == (0, "")
    rows = [line.split() for line in ended.stdout.splitlines()]
    assert ["✓", "box", "sandbox"] in [row[:3] for row in rows]
    assert ["✗", "toolchains", "cargo"] in [row[:3] for row in rows]
    assert any(
        line.strip().startswith("cargo: ") for line in ended.stdout.partition("What to do:")[2].splitlines()
    )
    assert "\x1b" not in ended.stdout


def test_json_is_one_object_with_every_finding():
    """The object says whether the machine is usable, and holds the findings with exactly these fields."""
    ended = run("--json", env={"REQUIRE_TOOLCHAINS": ""})
    whole = json.loads(ended.stdout)
    assert ended.returncode == 0
    assert (whole["schema_version"], whole["usable"]) == (1, True)
    assert all(set(finding) == {"area", "name", "ok", "detail", "remedy"} for finding in whole["findings"])
    assert {finding["ok"] for finding in whole["findings"]} <= {True, False, None}


def test_a_required_toolchain_that_is_missing_is_exit_4(tmp_path):
    """With REQUIRE_TOOLCHAINS=1 a missing cargo fails after everything has been told."""
    path = path_without(tmp_path, "cargo")
    ended = run("--json", env={"PATH": path, "REQUIRE_TOOLCHAINS": "1"})
    assert ended.returncode == 4
    assert json.loads(ended.stdout)["usable"] is False
    assert "cargo" in ended.stderr


def test_an_unknown_preparation_is_exit_2_with_the_nearest_name():
    """A typo is told at once, and nothing is examined."""
    ended = run("--prepare", "embeded")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Did you mean embedded?" in ended.stderr


@pytest.mark.embedded
@pytest.mark.usefixtures("embedded_weights")
def test_preparing_the_embedded_model_leaves_its_weights_in_the_cache():
    """Afterwards the weights are found; what is told meanwhile goes to stderr, beside the JSON."""
    ended = run("--prepare", "embedded", "--json", env={"REQUIRE_TOOLCHAINS": ""})
    found = {finding["name"]: finding for finding in json.loads(ended.stdout)["findings"]}
    assert ended.returncode == 0
    assert found["weights"]["ok"] is True
    assert Path(found["weights"]["detail"]).is_file()


def test_help_imports_nothing_heavy():
    """`doctor --help` is answered without the libraries that the work needs."""
    program = f"import sys, codestone.cli.doctor; print([m for m in {HEAVY!r} if m in sys.modules])"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=LIMIT_S, check=True
    )
    assert ended.stdout == "[]\n"
