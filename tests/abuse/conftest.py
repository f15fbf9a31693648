"""The abuse corpus is run by this process, and by one of a plain user where this one is root's."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from codestone.endpoint.weights import cache_folder
from codestone.errors import SandboxError, ToolchainMissing
from codestone.languages import typescript
from codestone.sandbox import backend

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import runner  # noqa: E402 - the tests of this folder are no package

NOBODY = "65534"
NODE = shutil.which("node")
PLACES = (*([str(Path(NODE).parent)] if NODE else []), "/usr/bin", "/bin")
DROPPED = (
    "setpriv",
    "--reuid",
    NOBODY,
    "--regid",
    NOBODY,
    "--clear-groups",
    "env",
    "-i",
    f"PATH={os.pathsep.join(PLACES)}",
)
DEPENDENCIES = (
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "typing_extensions.py",
    "typing_inspection",
    "platformdirs",
)


@pytest.fixture(scope="session")
def own():
    """Answer questions here."""
    try:
        backend()
    except SandboxError as error:
        if os.environ.get("REQUIRE_BOX") == "1":
            raise
        pytest.skip(error.message)
    with contextlib.ExitStack() as stack:
        here = runner.Runner(stack)
        yield lambda **asked: json.loads(json.dumps(runner.answer(asked, here)))


def _interpreter():
    """Return an interpreter like ours that a plain user can run; our own may lie in a home of root's."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for path in (
        Path(sys.executable).resolve(),
        Path("/usr/bin") / version,
        Path("/usr/local/bin") / version,
    ):
        words = [*DROPPED, str(path), "-c", ""]
        if path.exists() and not subprocess.run(words, cwd="/", capture_output=True, check=False).returncode:
            return str(path)
    return None


@pytest.fixture(scope="session")
def plain(own):
    """Let a plain user answer, in one process for the whole session."""
    if os.geteuid() != 0:
        pytest.skip("the tests run as a plain user: its own boxes are these")
    python = _interpreter()
    if python is None:
        pytest.skip(f"no Python {sys.version_info.major}.{sys.version_info.minor} that a plain user can run")
    import pydantic  # noqa: PLC0415

    import codestone  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="codestone-abuse-plain-") as folder:
        root = Path(folder)
        (root / "tmp").mkdir()
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(codestone.__file__).parent, root / "src/codestone", ignore=ignored)
        shutil.copytree(HERE, root / "abuse", ignore=ignored)
        packages = Path(pydantic.__file__).parents[1]
        for name in DEPENDENCIES:
            copy = shutil.copy if (packages / name).is_file() else shutil.copytree
            copy(packages / name, root / "src" / name)
        with contextlib.suppress(ToolchainMissing):
            compiler = typescript.prepare()
            copied = root / "cache" / compiler.relative_to(cache_folder())
            shutil.copytree(compiler, copied, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
        (root / "tmp").chmod(0o1777)
        command = [*DROPPED, f"PYTHONPATH={root}/src", f"TMPDIR={root}/tmp", "PYTHONDONTWRITEBYTECODE=1"]
        command += [f"CODESTONE_CACHE={root}/cache"]
        command += [python, "-W", "error", str(root / "abuse" / "runner.py")]
        with subprocess.Popen(
            command, cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            yield lambda **asked: _asked(server, asked)
            server.stdin.close()


def _asked(server, asked):
    server.stdin.write(json.dumps(asked) + "\n")
    server.stdin.flush()
    told = json.loads(server.stdout.readline() or '{"error": "the plain user\'s process ended"}')
    assert "error" not in told, told["error"]
    return told


@pytest.fixture(params=["own", "plain"])
def ask(request):
    """Ask for a case as ourselves, then as a plain user."""
    return request.getfixturevalue(request.param)
