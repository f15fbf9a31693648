"""Which directories below a mount must not be seen: Python's packages always, and what the caller names.

The wheel ships hidden tests, so that no box may show a place where packages are installed.
"""

import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath

import codestone
from codestone.errors import SandboxError
from codestone.sandbox.spec import Mount

PACKAGES = frozenset({"site-packages", "dist-packages"})
_DEPTH = 5
"""How far below a mount packages are looked for; ours are found at any depth."""


def covered(mounts: Iterable[Mount], hide: Iterable[Path]) -> list[PurePosixPath]:
    """Return the places in the box to cover with an empty directory, outermost only, sorted.

    Raises SandboxError where a mounted directory lies inside a hidden one: it could only be shown.
    """
    hidden = [path.resolve() for path in hide]
    places: set[PurePosixPath] = set()
    for mount in mounts:
        source = mount.source.resolve()
        if not source.is_dir():
            continue
        for path in hidden:
            if source.is_relative_to(path):
                raise SandboxError(f"{source} cannot be shown in a box: {path} must stay hidden")
        for path in (*hidden, *_ours(), *_packages(source)):
            if path.is_relative_to(source):
                places.add(mount.target / path.relative_to(source))
    return sorted(place for place in places if not places.intersection(place.parents))


def _ours() -> Iterator[Path]:
    """Yield where this package and its tasks are installed."""
    for entry in codestone.__path__:
        yield Path(entry).resolve()


@lru_cache(maxsize=256)
def _packages(source: Path) -> tuple[Path, ...]:
    """Return the package directories below ``source``; read once per process."""
    found: list[Path] = []
    todo = [(os.fspath(source), 0)]
    while todo:
        folder, depth = todo.pop()
        try:
            with os.scandir(folder) as entries:
                below = [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            continue  # what we cannot read, the box (with no more rights than ours) cannot either
        for entry in below:
            if entry.name in PACKAGES:
                found.append(Path(entry.path))
            elif depth < _DEPTH:
                todo.append((entry.path, depth + 1))
    return tuple(found)
