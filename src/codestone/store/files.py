"""Whole files, written so that a reader sees the old content or the new and never half of it.

Covered: a process killed at any moment, a full disk, a power cut on a file system that honours fsync.
Not covered: a disk that lies about fsync, and other programs that write into the run directory.
"""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from codestone.errors import StoreError

_HINTS = {
    errno.ENOSPC: "The disk is full. Free some space, then continue with --resume.",
    errno.EDQUOT: "Your disk quota is used up. Free some space, then continue with --resume.",
    errno.EFBIG: "A limit on the size of files was met (ulimit -f). Raise it, then continue with --resume.",
    errno.EROFS: "The file system is read-only. Choose another directory with --out.",
    errno.EACCES: "You may not write there. Choose another directory with --out.",
    errno.EPERM: "You may not write there. Choose another directory with --out.",
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


def write_whole(path: Path, data: bytes) -> None:
    """Write a file in one step: beside its place, fsync, rename, fsync of the directory.

    Raises StoreError; then the old file, if any, is as it was, and nothing new is left behind.
    """
    with reported("write", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".partial-")
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
