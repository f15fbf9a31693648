"""What every test may use: a small task on disk, and patience."""

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

from codestone import plugins
from codestone.endpoint import embedded
from codestone.errors import ToolchainMissing
from codestone.grading.grade import source_of
from codestone.grading.session import Session
from codestone.suites.load import load_task
from codestone.task import Task, TaskSpec

settings.register_profile("unhurried", deadline=None)  # a busy machine is slow, not wrong
settings.load_profile("unhurried")

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job has it ignored

CANARY = "5d0c5bd1-6c3a-4b5c-9a53-0d8d2b6a7f11"
TASK = f"""schema_version = 1
title = "Add two numbers"
canary = "{CANARY}"
language = "python"
shape = "fix"

[answer]
files = ["adder.py"]

[limits]
check_s = 30

[baseline]
untouched = ["zero"]

[[check]]
id = "sums"
points = 3
catches = "Subtraction."
bug = "minus"

[[check]]
id = "zero"
points = 1
catches = "A sum with nothing goes wrong."

[[mutant]]
name = "subtracts"
fails = ["sums"]

[[mutant]]
name = "adds-one"
fails = ["sums", "zero"]
"""
SUITE = """schema_version = 1
title = "Small"
version = "0.1.0"
tells = "Nothing."
tasks = ["add"]
"""
CHECKS = f'''"""Questions about adder. canary {CANARY}"""

from codestone.grading import Candidate, Finding, all_of


def sums(candidate: Candidate) -> Finding:
    """Two numbers are added."""
    return all_of(candidate.ask("add", a, b).gives(a + b) for a, b in ((1, 2), (-4, 9)))


def zero(candidate: Candidate) -> Finding:
    """Adding nothing changes nothing."""
    return candidate.ask("add", 5, 0).gives(5)
'''
FILES = {
    "suite.toml": SUITE,
    "add/task.toml": TASK,
    "add/instruction.md": "Repair `adder.py`: `add(a, b)` returns the sum.\n",
    "add/workspace/adder.py": "def add(a, b):\n    return a - b\n",
    "add/tests/checks.py": CHECKS,
    "add/solution/adder.py": f"# canary {CANARY}\ndef add(a, b):\n    return a + b\n",
    "add/accepted/by-sum/adder.py": f"# canary {CANARY}\ndef add(*numbers):\n    return sum(numbers)\n",
    "add/mutants/subtracts/adder.py": f"# canary {CANARY}\ndef add(a, b):\n    return a - b\n",
    "add/mutants/adds-one/adder.py": f"# canary {CANARY}\ndef add(a, b):\n    return a + b + 1\n",
}

Write = Callable[[Mapping[str, str]], Path]


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Write texts below a folder by their paths."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def small_suite(tmp_path: Path) -> Path:
    """A suite of one task, ``small/add``, that proves itself."""
    return write_files(tmp_path / "suites" / "small", FILES)


@pytest.fixture
def small_task(small_suite: Path) -> Task:
    """The task of the small suite."""
    return load_task("small/add", roots=[small_suite.parent])


@pytest.fixture
def workspace(tmp_path: Path) -> Write:
    """Write a finished workspace and return its folder."""
    return lambda files: write_files(tmp_path / "workspace", files)


def need(tool: str | None, name: str, remedy: str) -> None:
    """Skip where a toolchain is missing, with the reason; fail where CI says that all must be there."""
    if tool is None:
        if os.environ.get("REQUIRE_TOOLCHAINS") == "1":
            pytest.fail(f"{name} is required: {remedy}")
        pytest.skip(f"no {name}: {remedy}")


def session_of(folder: Path, language: str, files: Mapping[str, str]) -> Session:
    """Return the grading box of an answer in that language; its first file is the entry. Skips without it."""
    try:
        plugins.find("languages", language).runtime()
    except ToolchainMissing as missing:
        need(None, missing.what, missing.hint)
    workspace = write_files(folder / "workspace", files)
    spec = TaskSpec.model_validate(
        {
            "schema_version": 1,
            "title": "Any",
            "canary": CANARY,
            "language": language,
            "shape": "write",
            "answer": {"files": [next(iter(files))]},
            "check": [{"id": "any", "points": 1, "catches": "Nothing."}],
        }
    )
    task = Task(suite="s", name="t", path=folder / "s" / "t", spec=spec, instruction="", digest="")
    return Session(task, workspace, source=source_of(workspace))


@pytest.fixture(scope="session")
def embedded_weights() -> Path:
    """The weights of the embedded model, fetched at most once on this machine."""
    need("xllamacpp" if embedded.installed() else None, "extra `embedded`", embedded.INSTALL)
    return embedded.prepare(print)


@pytest.fixture(scope="session")
def open_session(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Mapping[str, str]], Session]:
    """Return how a grading box is made of a language and an answer's files."""
    return lambda language, files: session_of(tmp_path_factory.mktemp(language), language, files)
