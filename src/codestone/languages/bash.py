"""Bash, and any program with a command line: checks run it with ``candidate.run``, no code is loaded."""

import re
from functools import cache
from pathlib import Path
from shutil import which

from codestone import process
from codestone.errors import ToolchainMissing
from codestone.languages import Runtime

EXTENSIONS = (".sh", ".bash")
FENCES = ("bash", "sh", "shell")

_LIMIT_S = 30.0
_PLACES = ("/usr/bin/bash", "/bin/bash")
"""Where a box finds it: PATH inside is the system's own."""


def runtime() -> Runtime:
    """Return what a script needs: the system's own bash. Raises ToolchainMissing without one."""
    if not any(Path(place).is_file() for place in _PLACES):
        elsewhere = which("bash")
        found = f"{elsewhere} is not the system's and cannot be used. " if elsewhere else ""
        raise ToolchainMissing("bash", hint=f"{found}sudo apt-get install bash")
    return Runtime(trees=(), argv=(), version=f"Bash {version()}")


@cache
def version() -> str:
    """Return the system's bash's own word, such as 5.2.15."""
    place = next(place for place in _PLACES if Path(place).is_file())
    said = process.run([place, "--version"], limit_s=_LIMIT_S).stdout.decode(errors="replace")
    match = re.search(r"\d+(\.\d+)+", said)
    return match[0] if match else "unknown"
