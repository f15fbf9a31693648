"""TypeScript: translated in the box by the pinned compiler before the first check, then run by Node.

The compiler is installed once into the cache, with npm and the lock file beside this module: npm checks its
digest, and npm's own configuration decides where it comes from. Types are removed and not checked. Beside the
compiler lies the clone detector that ``grading/typescript_facts.py`` asks.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from codestone import process
from codestone.endpoint.weights import cache_folder
from codestone.errors import ToolchainMissing
from codestone.languages import WORKER_FOLDER, Runtime, javascript
from codestone.languages._prepared import prepared

EXTENSIONS = (".ts", ".mts", ".cts", ".tsx")
FENCES = ("typescript", "ts", "tsx", "mts", "cts")

Report = Callable[[str], None]

_PINNED = Path(__file__).parent / "_typescript"
_FILES = ("package.json", "package-lock.json")
_INSTALL_LIMIT_S = 600.0
_PREPARE = "codestone doctor --prepare typescript"


def runtime() -> Runtime:
    """Return what TypeScript needs; the compiler is fetched if it is not there. Raises ToolchainMissing."""
    node = javascript.runtime()
    compiler = prepare()
    build = (node.argv[0], f"{WORKER_FOLDER}/typescript_build.cjs", str(compiler))
    return Runtime(
        trees=(*node.trees, compiler),
        argv=node.argv,
        version=f"TypeScript {pinned()}, {node.version}",
        build=build,
    )


def pinned() -> str:
    """Return the compiler's version."""
    packages = json.loads((_PINNED / "package.json").read_text("utf-8"))
    return str(packages["dependencies"]["typescript"])


def path() -> Path:
    """Return where the compiler's package lies once it is fetched; another lock file is another folder."""
    lock = hashlib.sha256((_PINNED / "package-lock.json").read_bytes()).hexdigest()[:8]
    return cache_folder() / "typescript" / f"{pinned()}-{lock}" / "node_modules" / "typescript"


def cached() -> bool:
    """Tell whether the compiler is there."""
    return path().is_dir()


def prepare(report: Report = lambda _: None) -> Path:
    """Return the compiler's package, installed if it is not there yet; ``report`` gets a line per step.

    Safe to call from several processes at once: one installs, the others wait.
    Raises ToolchainMissing (no npm, no download), UsageError (the cache cannot be written).
    """
    package = path()
    home = package.parents[1]
    return prepared(
        lambda: package if package.is_dir() else None,
        lambda: _install(home, report),
        folder=home.parent,
        what="the TypeScript compiler",
        takes="It takes 23 MB",
    )


def _install(home: Path, report: Report) -> None:
    """Install beside the final place and move it there: a folder of that name is whole."""
    report(f"installing typescript {pinned()} with npm (23 MB, once)")
    fresh = Path(f"{home}.fetching")
    shutil.rmtree(fresh, ignore_errors=True)  # left behind by a process that was killed
    fresh.mkdir()
    try:
        for name in _FILES:
            shutil.copyfile(_PINNED / name, fresh / name)
        argv = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress"]
        ended = process.run(argv, limit_s=_INSTALL_LIMIT_S, cwd=fresh, env=dict(os.environ))
        if ended.returncode != 0:
            said = (ended.stdout + ended.stderr).decode(errors="replace").strip().splitlines()[-6:]
            raise ToolchainMissing(
                f"typescript {pinned()}",
                hint="\n".join(["npm could not install it:", *said, f"Then try again: {_PREPARE}"]),
            )
        fresh.rename(home)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    report(f"compiler ready: {home}")
