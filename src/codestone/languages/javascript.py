"""JavaScript: Node runs a fresh worker for each check; no package of anybody's is there."""

import re
from functools import cache
from pathlib import Path

from codestone import process
from codestone.errors import ToolchainMissing
from codestone.languages import WORKER_FOLDER, Runtime

EXTENSIONS = (".js", ".mjs", ".cjs")
FENCES = ("javascript", "js", "node", "mjs", "cjs")

OLDEST = (18, 19)
"""The first Node whose loader can be told what a file is."""

_ASK = 'process.execPath + "\\n" + process.versions.node'
_ASK_LIMIT_S = 30.0
_HINT = "Install Node.js 18.19 or newer, for example 22: https://nodejs.org, or sudo apt-get install nodejs."


def runtime() -> Runtime:
    """Return what a JavaScript worker needs. Raises ToolchainMissing without a Node that is new enough."""
    program, version = node()
    return Runtime(
        trees=needed(program),
        argv=(str(program), f"{WORKER_FOLDER}/javascript_worker.cjs"),
        version=f"Node {version}",
    )


@cache
def node() -> tuple[Path, str]:
    """Return the Node on PATH and its version; what a version switcher puts there is seen through."""
    try:
        ran = process.run(["node", "-p", _ASK], limit_s=_ASK_LIMIT_S)
    except ToolchainMissing as missing:
        raise ToolchainMissing("node", hint=_HINT) from missing
    lines = ran.stdout.decode(errors="replace").splitlines()
    match = re.match(r"(\d+)\.(\d+)", lines[1]) if ran.returncode == 0 and len(lines) == 2 else None
    if match is None:
        words = ran.stderr.decode(errors="replace").strip()[-200:]
        raise ToolchainMissing("a Node that runs", hint=f"{words or 'node says nothing'}\n{_HINT}")
    if (int(match[1]), int(match[2])) < OLDEST:
        raise ToolchainMissing(f"Node 18.19 or newer (node is {lines[1]})", hint=_HINT)
    return Path(lines[0]).resolve(), lines[1]


def needed(program: Path) -> tuple[Path, ...]:
    """Return what a box must show so that the program is there: nothing where it lies in /usr."""
    return () if program.is_relative_to("/usr") else (program,)
