"""The files of a folder: regular ones by their path, and what has no place in a task.

Symbolic links are never followed: a task must not reach outside its own folder.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codestone.errors import Fault

LARGEST_BYTES = 1 << 20
"""A file of a task may not be larger."""

IGNORED = frozenset({"__pycache__", ".DS_Store"})
"""Left behind by tools; no part of a task."""


@dataclass(frozen=True, slots=True)
class Tree:
    """``files`` by their path relative to the folder, with "/" and sorted; ``faults`` for all else."""

    files: dict[str, Path]
    faults: tuple[Fault, ...]


def read_tree(folder: Path) -> Tree:
    """List a folder to its depth; a folder that is not there is empty."""
    files: dict[str, Path] = {}
    faults: list[Fault] = []
    for path in _entries(folder):
        fault = _fault(path)
        if fault:
            faults.append(Fault(path, 0, fault))
        else:
            files[path.relative_to(folder).as_posix()] = path
    return Tree(dict(sorted(files.items())), tuple(faults))


def digest(folder: Path) -> str:
    """Return the sha256, in hex, over path and content of every file; times and modes do not count."""
    whole = hashlib.sha256()
    for name, path in read_tree(folder).files.items():
        whole.update(os.fsencode(name) + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _entries(folder: Path) -> Iterator[Path]:
    """Every entry that is no folder."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name in IGNORED:
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _entries(path)
        else:
            yield path


def _fault(path: Path) -> str:
    if path.is_symlink():
        return "is a symbolic link: a task holds files and folders only, put a copy in its place"
    if not path.is_file():
        return "is neither a file nor a folder: remove it"
    if path.stat().st_size > LARGEST_BYTES:
        return f"has {path.stat().st_size:,} bytes: a file of a task may have {LARGEST_BYTES:,} at most"
    return ""
