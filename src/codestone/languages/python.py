"""Python: workers are forked from the box's host, which runs on the interpreter that runs us."""

import compileall
import platform
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from codestone.languages import WORKERS, Runtime

EXTENSIONS = (".py",)
FENCES = ("python", "py", "python3")


_WARM = {
    "asyncio": ("async", "await"),
    "concurrent.futures.thread": ("async", "await", "concurrent"),
} | {
    name: (name,)
    for name in (
        *("contextlib", "copy", "dataclasses", "datetime", "decimal", "fractions", "hashlib", "heapq"),
        *("inspect", "logging", "pathlib", "queue", "random", "statistics", "string", "subprocess"),
        *("tempfile", "typing", "unicodedata", "uuid"),
    )
}
"""Modules of the library that take a while to import, and the words of a program that may need them.

None does more than define things, and none keeps what two forks must not share: ``random`` seeds itself anew
in a fork, ``tempfile`` too, ``uuid`` and ``hashlib`` draw nothing beforehand. ``asyncio`` is there before a
candidate's own ``queue`` can be found in its place.
"""


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
    _compile_workers()
    tree = prefix()
    return Runtime(
        trees=(tree,) if tree else (),
        argv=(),
        version=f"Python {platform.python_version()}",
    )


@cache
def _compile_workers() -> None:
    """Leave the workers' bytecode beside them, as an import would: a box cannot, and would compile anew."""
    compileall.compile_dir(WORKERS, maxlevels=0, quiet=2)


def warm(source: Iterable[str]) -> list[str]:
    """Return the modules of the library to load before workers are forked: what the text mentions.

    An import costs each worker milliseconds, and a module that nobody uses each box. A word is enough: a
    candidate's text is never parsed out here, and to load one module too many changes no answer.
    """
    texts = tuple(source)
    return [name for name, words in _WARM.items() if any(word in text for word in words for text in texts)]
