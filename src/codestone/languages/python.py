"""Python: workers are forked from the box's host, which runs on the interpreter that runs us."""

import platform
import sys
from pathlib import Path

from codestone.languages import Runtime

EXTENSIONS = (".py",)
FENCES = ("python", "py", "python3")


def interpreter() -> Path:
    """Return the base interpreter: a virtual environment's own would bring our packages along."""
    base = getattr(sys, "_base_executable", "") or sys.executable
    return Path(base).resolve()


def prefix() -> Path | None:
    """Return the interpreter's tree when it is not part of /usr, which every box has."""
    base = Path(sys.base_prefix).resolve()
    return None if base == Path("/usr") else base


def runtime() -> Runtime:
    """Return what a Python worker needs: this interpreter without any installed package."""
    tree = prefix()
    return Runtime(
        trees=(tree,) if tree else (),
        argv=(),
        version=f"Python {platform.python_version()}",
    )
