"""Whole files and folders, written so that a reader sees the old content or the new and never half of it.

Covered: a process killed at any moment, a full disk, a power cut on a file system that honours fsync.
Not covered: a disk that lies about fsync, and other programs that write into the run directory.
"""

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from codestone.errors import StoreError

PARTIAL = ".partial-"
"""What the names of drafts begin with; a kill can leave one behind, and nobody ever reads it."""

_NO_RIGHT = (
    "You may not write there. Make it writable, choose another directory with --out, or go on with a copy."
)
_HINTS = {
    errno.ENOSPC: "The disk is full. Free some space, then go on (a run: with --resume).",
    errno.EDQUOT: "Your disk quota is used up. Free some space, then go on (a run: with --resume).",
    errno.EFBIG: "The limit on file sizes was met (ulimit -f). Raise it, then go on (a run: with --resume).",
    errno.EROFS: "The file system is read-only. Choose another directory with --out, or go on with a copy.",
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.ENOENT: "It was moved or deleted. Put it back, then go on (a run: with --resume).",
    errno.EIO: "The disk reported an error. Look at the system log.",
}


@contextmanager
def reported(action: str, path: Path) -> Iterator[None]:
    """Turn an OSError into a StoreError that says what was tried, where, and what to do."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        hint = _HINTS.get(error.errno or 0, "")
        raise StoreError(f"cannot {action} {path}: {reason}", hint=hint) from error


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable, not only the content of its files."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_folder(path: Path) -> None:
    """Make a folder and what is missing above it, each durable before anything lies in it."""
    missing = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        sync_directory(folder.parent)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file in one step: beside its place, fsync, rename, fsync of the directory.

    Raises StoreError; then the old file, if any, is as it was, and nothing new is left behind.
    """
    with reported("write", path):
        _make_folder(path.parent)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=PARTIAL)
        draft = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(descriptor, 0o644)
                os.fsync(descriptor)
            draft.replace(path)
        except BaseException:
            with suppress(OSError):
                draft.unlink()
            raise
        sync_directory(path.parent)


def copy_whole(source: Path, destination: Path) -> None:
    """Copy a folder in the place of an older one: what a box is given of it, and nothing that it is not.

    Files with their executable bit, folders, the empty ones too, and links as links; anything else is
    left out. Raises StoreError; then no half of it is left.
    """
    with reported("write", destination):
        _make_folder(destination.parent)
        draft = Path(tempfile.mkdtemp(dir=destination.parent, prefix=PARTIAL))
        try:
            _copy_folder(source, draft)
            if destination.is_symlink() or destination.is_file():
                destination.unlink()
            elif destination.is_dir():
                shutil.rmtree(destination)
            draft.replace(destination)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        sync_directory(destination.parent)


def _copy_folder(source: Path, destination: Path) -> None:
    for here, folders, names in os.walk(source):
        place = destination / os.path.relpath(here, source)
        place.chmod(0o755)
        for name in (*folders, *names):
            original, copy = Path(here, name), place / name
            mode = original.lstat().st_mode
            if stat.S_ISLNK(mode):
                copy.symlink_to(original.readlink())
            elif stat.S_ISDIR(mode):
                copy.mkdir()
            elif stat.S_ISREG(mode):
                _copy_file(original, copy, 0o755 if mode & stat.S_IXUSR else 0o644)
        sync_directory(place)


def _copy_file(original: Path, copy: Path, mode: int) -> None:
    with original.open("rb") as source, copy.open("xb") as file:
        shutil.copyfileobj(source, file)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
