"""One programming language a module: how its workers are started in a box, and what it needs to be there.

A module ``languages/<name>.py`` has ``EXTENSIONS`` (suffixes of its files), ``FENCES`` (names it goes by
on a fenced block) and ``runtime() -> Runtime``, which raises ToolchainMissing with the remedy. One whose
programs are compiled also has ``build(task, files, into, *, backend) -> Build``, which compiles the workspace
``files`` in a box of its own, where nothing of it is run, and leaves the programs in the folder ``into``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType

WORKERS = Path(__file__).parent / "_workers"
"""Folder of what runs inside the box; standard library only, mounted read-only."""

WORKER_FOLDER = PurePosixPath("/box")
"""Where the box has it."""

PROGRAMS = PurePosixPath("/built")
"""Where a grading box has the programs of a build, read-only."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What compiling an answer gave.

    ``ok``: it compiles as it stands. ``said`` is the compiler's word on it, warnings included. ``programs``
    are the files that came of it, by their name, all in one folder, which the grading box has at ``PROGRAMS``
    and on its PATH; none where nothing can be run. ``mended`` names the bugs that were repaired so that the
    rest could be run.
    """

    ok: bool
    said: str = ""
    programs: Mapping[str, Path] = field(default_factory=lambda: MappingProxyType({}))
    mended: frozenset[str] = frozenset()
