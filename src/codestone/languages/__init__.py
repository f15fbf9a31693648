"""One programming language a module: how its workers are started in a box, and what it needs to be there.

A module ``languages/<name>.py`` has ``EXTENSIONS`` (suffixes of its files), ``FENCES`` (names it goes by
on a fenced block) and ``runtime() -> Runtime``, which raises ToolchainMissing with the remedy.
"""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

WORKERS = Path(__file__).parent / "_workers"
"""Folder of what runs inside the box; standard library only, mounted read-only."""

WORKER_FOLDER = PurePosixPath("/box")
"""Where the box has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What a box needs so that a language's worker runs in it.

    ``trees`` are files and folders outside /usr that must be readable at their own path (an interpreter in
    a home); ``argv`` starts a worker, or is empty where the box's host forks a Python worker itself;
    ``version`` is the toolchain's own word. ``build`` is run once in each box before its first worker, in
    the workspace: it translates the candidate's files without running any of them.
    """

    trees: tuple[Path, ...]
    argv: tuple[str, ...]
    version: str
    build: tuple[str, ...] = ()
