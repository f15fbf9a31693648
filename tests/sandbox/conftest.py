"""Boxes opened by whoever runs the tests and, where that is root, by a plain user too."""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import codestone
from codestone.errors import SandboxError
from codestone.sandbox import BoxLimits, BoxSpec, Mount, backend, run_in_box

NOBODY = 65534

SERVER = """
import base64, json, sys, tempfile
from pathlib import Path
from codestone.errors import SandboxError
from codestone.sandbox import BoxLimits, BoxSpec, run_in_box
for line in sys.stdin:
    asked = json.loads(line)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in asked["files"].items():
            Path(folder, name).write_text(text)
        spec = BoxSpec(argv=tuple(asked["argv"]), files=Path(folder), env=asked["env"],
                       limits=BoxLimits(**asked["limits"]))
        try:
            run = run_in_box(spec, base64.b64decode(asked["stdin"]))
        except SandboxError as error:
            answer = {"error": str(error)}
        else:
            answer = {"stdout": base64.b64encode(run.stdout).decode(), "stderr": run.stderr.decode(),
                      "returncode": run.end.returncode, "limit": run.end.limit,
                      "wall_ns": run.end.wall_ns, "peak": run.end.peak_memory_bytes}
    print(json.dumps(answer), flush=True)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a one-shot box brought."""

    stdout: str
    stderr: str
    returncode: int
    limit: str | None
    wall_ns: int
    peak: int | None


@dataclass(kw_only=True)
class Boxes:
    """Runs one-shot boxes; ``python`` is an interpreter that its boxes see."""

    python: str
    who: str

    def code(self, code: str, **limits) -> Ran:
        """Run Python code in a box."""
        return self.run(self.python, "-I", "-S", "-c", code, **limits)


@dataclass(kw_only=True)
class OwnBoxes(Boxes):
    """Boxes of the user who runs the tests."""

    mounts: tuple[Mount, ...]
    folder: Path
    count: list[int] = field(default_factory=lambda: [0])

    def run(self, *argv, stdin=b"", files=None, env=None, **limits) -> Ran:
        """Run ``argv`` in a box."""
        self.count[0] += 1
        folder = self.folder / str(self.count[0])
        folder.mkdir()
        for name, text in (files or {}).items():
            (folder / name).write_text(text)
        spec = BoxSpec(argv=argv, files=folder, env=env or {}, limits=BoxLimits(**limits), mounts=self.mounts)
        run = run_in_box(spec, stdin)
        return Ran(
            stdout=run.stdout.decode(errors="replace"),
            stderr=run.stderr.decode(errors="replace"),
            returncode=run.end.returncode,
            limit=run.end.limit,
            wall_ns=run.end.wall_ns,
            peak=run.end.peak_memory_bytes,
        )


@dataclass(kw_only=True)
class PlainBoxes(Boxes):
    """Boxes of a plain user, opened by a process of its own."""

    server: subprocess.Popen

    def run(self, *argv, stdin=b"", files=None, env=None, **limits) -> Ran:
        """Run ``argv`` in a box."""
        asked = {"argv": argv, "files": files or {}, "env": env or {}, "limits": limits}
        asked["stdin"] = base64.b64encode(stdin).decode()
        self.server.stdin.write(json.dumps(asked) + "\n")
        self.server.stdin.flush()
        answer = json.loads(self.server.stdout.readline())
        if "error" in answer:
            raise SandboxError(answer["error"])
        answer["stdout"] = base64.b64decode(answer["stdout"]).decode(errors="replace")
        return Ran(**answer)


@pytest.fixture(scope="session")
def box():
    """Skip where this machine can build no box, unless that is required."""
    try:
        return backend()
    except SandboxError as error:
        if os.environ.get("REQUIRE_BOX") == "1":
            raise
        pytest.skip(error.message)


@pytest.fixture(scope="session")
def own_boxes(box, tmp_path_factory):
    """Boxes of ourselves."""
    base = Path(sys.base_prefix).resolve()
    mounts = () if base.is_relative_to("/usr") else (Mount.same(base),)
    python = str(base / "bin" / "python3")
    return OwnBoxes(who="own", python=python, mounts=mounts, folder=tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="session")
def plain_command(box):
    """The words before a Python's arguments that make it run as a plain user who can import codestone."""
    if os.geteuid() != 0:
        pytest.skip("the tests run as a plain user: its own boxes are these")
    drop = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
    with tempfile.TemporaryDirectory(prefix="codestone-plain-") as folder:
        Path(folder).chmod(0o755)
        shutil.copytree(Path(codestone.__file__).parent, Path(folder, "codestone"))
        env = [f"PYTHONPATH={folder}", "PYTHONDONTWRITEBYTECODE=1", "SECRET=hunter2"]
        words = [*drop, "env", "-i", "PATH=/usr/bin:/bin", *env, "/usr/bin/python3", "-W", "error"]
        check = "import sys; assert sys.version_info >= (3, 11); import codestone.sandbox"
        if subprocess.run([*words, "-c", check], cwd="/", capture_output=True, check=False).returncode:
            pytest.skip("no /usr/bin/python3 >= 3.11 for a plain user")
        yield words


@pytest.fixture(scope="session")
def plain_boxes(plain_command):
    """Boxes of the user nobody."""
    with subprocess.Popen(
        [*plain_command, "-c", SERVER], cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        yield PlainBoxes(who="plain", python="/usr/bin/python3", server=server)
        server.stdin.close()


@pytest.fixture(params=["own", "plain"])
def boxes(request):
    """Boxes of ourselves, then of a plain user."""
    return request.getfixturevalue(f"{request.param}_boxes")
