"""The workspace on both sides of the box's wall: copied in before the command starts, collected after it.

Both go through a held descriptor of /work, never through a path that the box could change. What the box left
is not trusted: no symbolic link is followed, nothing but regular files with one link is read, nothing blocks,
nothing is unpacked, and counts, sizes and depth are capped.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from codestone.errors import SandboxError

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectLimits:
    """How much may be collected from a box."""

    bytes: int = 64 << 20
    entries: int = 5_000
    depth: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What was collected: files, relative to the workspace, and what was left out with the reason."""

    files: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]


def copy_in(source: Path, work_fd: int, owner: tuple[int, int] | None) -> None:
    """Copy the content of ``source`` into the empty, not yet running box; ``owner`` (uid, gid) gets it.

    Directories, regular files and symbolic links (as links) are copied; anything else is left out.
    Raises SandboxError where it does not fit into the disk limit.
    """
    try:
        for here, place_fd in _folders(source, work_fd, owner):
            with os.scandir(here) as entries:
                for entry in entries:
                    if entry.is_symlink():
                        os.symlink(Path(entry.path).readlink(), entry.name, dir_fd=place_fd)
                        if owner:
                            os.chown(entry.name, *owner, dir_fd=place_fd, follow_symlinks=False)
                    elif entry.is_file(follow_symlinks=False):
                        _copy_file(entry, place_fd, owner)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise SandboxError(
                f"{source} does not fit into the box", hint="Raise the limits disk and inodes."
            ) from error
        raise


def _folders(source: Path, work_fd: int, owner: tuple[int, int] | None) -> Iterator[tuple[str, int]]:
    """Make the directories of ``source`` top down; yield each with a descriptor of its twin in the box."""
    for here, folders, _ in os.walk(source):
        relative = os.path.relpath(here, source)
        fd = os.open(relative, os.O_RDONLY | os.O_DIRECTORY, dir_fd=work_fd)
        try:
            folders[:] = [name for name in folders if not Path(here, name).is_symlink()]
            for name in folders:
                os.mkdir(name, 0o755, dir_fd=fd)
                if owner:
                    os.chown(name, *owner, dir_fd=fd)
            yield here, fd
        finally:
            os.close(fd)


def _copy_file(entry: "os.DirEntry[str]", place_fd: int, owner: tuple[int, int] | None) -> None:
    mode = 0o755 if entry.stat().st_mode & stat.S_IXUSR else 0o644
    to_fd = os.open(entry.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode, dir_fd=place_fd)
    try:
        with open(entry.path, "rb", buffering=0) as file:  # noqa: PTH123 - a Path per file doubles the time
            while chunk := file.read(_CHUNK):
                view = memoryview(chunk)
                while view:
                    view = view[os.write(to_fd, view) :]
        os.fchmod(to_fd, mode)  # whatever our umask is
        if owner:
            os.fchown(to_fd, *owner)
    finally:
        os.close(to_fd)


@dataclass(slots=True, kw_only=True)
class _Collection:
    destination: Path
    limits: CollectLimits
    bytes_left: int
    entries_left: int
    files: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)

    def folder(self, fd: int, name: str, depth: int) -> None:
        with os.scandir(fd) as entries:
            for entry in entries:
                if self.entries_left <= 0:
                    self.left_out.append((name or ".", "too many entries"))
                    return
                self.entries_left -= 1
                self.entry(fd, entry.name, f"{name}/{entry.name}" if name else entry.name, depth=depth)

    def entry(self, parent_fd: int, name: str, path: str, *, depth: int) -> None:
        reason = "cannot be read"
        with contextlib.suppress(OSError), _opened(name, parent_fd) as fd:
            status = os.fstat(fd)
            if stat.S_ISDIR(status.st_mode):
                reason = "too deep" if depth >= self.limits.depth else ""
                if not reason:
                    (self.destination / path).mkdir()
                    self.folder(fd, path, depth + 1)
            elif not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
                reason = "not a plain file"
            else:
                reason = self.file(fd, path, executable=bool(status.st_mode & stat.S_IXUSR))
        if reason:
            self.left_out.append((path, reason))

    def file(self, fd: int, path: str, *, executable: bool) -> str:
        """Copy one file; return why not, "" where it was copied. The size is counted, never believed."""
        target = self.destination / path
        with target.open("xb") as file:
            while chunk := os.read(fd, min(_CHUNK, self.bytes_left + 1)):
                if len(chunk) > self.bytes_left:
                    target.unlink()
                    return "too large"
                self.bytes_left -= len(chunk)
                file.write(chunk)
        target.chmod(0o755 if executable else 0o644)
        self.files.append(path)
        return ""


@contextlib.contextmanager
def _opened(name: str, parent_fd: int) -> Iterator[int]:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    fd = os.open(name, flags, dir_fd=parent_fd)
    try:
        yield fd
    finally:
        os.close(fd)


def collect(work_fd: int, destination: Path, limits: CollectLimits) -> Collected:
    """Copy what lies under ``work_fd`` to ``destination``, a new or empty directory of ours."""
    destination.mkdir(parents=True, exist_ok=True)
    collection = _Collection(
        destination=destination, limits=limits, bytes_left=limits.bytes, entries_left=limits.entries
    )
    with _opened(".", work_fd) as fd:
        collection.folder(fd, "", 0)
    return Collected(files=tuple(sorted(collection.files)), left_out=tuple(sorted(collection.left_out)))
