"""From inside the box of a real installation, which ships the hidden tests, none of them can be found."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SEARCH = """
import os, subprocess
NAMES = {"checks.py", "task.toml", "suite.toml", "mutants", "accepted", "_suites", "codestone"}
def look(canary):
    named = []
    for here, folders, files in os.walk("/"):
        folders[:] = [name for name in folders if os.path.join(here, name) not in ("/proc", "/sys", "/dev")]
        named += [os.path.join(here, name) for name in NAMES.intersection(folders + files)]
    kinds = [f"--include=*.{kind}" for kind in ("py", "pyc", "toml", "md", "json", "txt", "pth")]
    words = ["grep", "-rlsF", *kinds, "--exclude-dir=proc", "--exclude-dir=sys", canary, "/"]
    return [named, subprocess.run(words, stdout=-1).stdout.decode().split()]
"""
GRADE = """
import json, sys, tempfile
from pathlib import Path
import codestone
from codestone.grading.session import Session
from codestone.suites.load import load_task
task = load_task("quick/py-select")
with tempfile.TemporaryDirectory() as folder:
    for name, text in json.load(sys.stdin).items():
        Path(folder, name).write_text(text.replace("CANARY", task.spec.canary))
    with Session(task, Path(folder), source={}) as session:
        with session.candidate(seed=1, limit_s=150) as candidate:
            found = candidate.ask("searcher:look", task.spec.canary).value
print(json.dumps([codestone.__file__, str(task.path), task.spec.canary, found]))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The Python of a virtual environment with the built wheel in it; dependencies by PYTHONPATH."""
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if uv is None:
        if os.environ.get("REQUIRE_TOOLCHAINS") == "1":
            pytest.fail("uv is required: pip install uv")
        pytest.skip("no uv to build the wheel with: pip install uv")
    place = tmp_path_factory.mktemp("wheel")
    build = [uv, "build", "--quiet", "--wheel", "--out-dir", str(place), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    venv = place / "venv"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(venv)], check=True)
    (wheel,) = place.glob("*.whl")
    install = [uv, "pip", "install", "--quiet", "--no-deps", "--python", str(venv / "bin/python"), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    return venv / "bin/python"


def test_nothing_hidden_is_visible(own, installed):
    """A candidate that searches the whole visible file system by name and content finds only its own file."""
    import pydantic  # noqa: PLC0415

    env = {**os.environ, "PYTHONPATH": str(Path(pydantic.__file__).parents[1])}
    given = {"searcher.py": SEARCH, "planted.txt": "CANARY"}
    ran = subprocess.run(
        [installed, "-c", GRADE],
        input=json.dumps(given),
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    package, task, canary, (named, with_canary) = json.loads(ran.stdout)
    venv = str(installed.parents[1])
    assert package.startswith(venv)
    assert task.startswith(venv)
    here = subprocess.run(["grep", "-rlF", canary, venv], capture_output=True, text=True, check=False)
    assert "checks.py" in here.stdout  # outside the box it is there to be found
    assert with_canary == ["/work/planted.txt"]  # the search works, and this is all there is
    assert [path for path in named if not path.startswith("/usr/")] == []
