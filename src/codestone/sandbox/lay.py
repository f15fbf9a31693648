"""Lay what was collected from a box over a folder of the user's, without following a link of either.

The folder may hold links that lead elsewhere, and the box knew their names.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

_CHUNK = 1 << 20


def lay(source: Path, destination: Path) -> tuple[tuple[str, str], ...]:
    """Lay the files below ``source`` over those of ``destination``; return what was left out, and why.

    Nothing is deleted. No link in ``destination`` is followed on the way: a file's own place is replaced, a
    folder that is a link is left alone with all below it. What is of another kind there is left out.
    """
    left_out: list[tuple[str, str]] = []
    with contextlib.ExitStack() as stack:
        top_fd = stack.enter_context(_folder_fd(".", None, destination))
        for here, folders, files in os.walk(source):
            folders.sort()
            relative = Path(os.path.relpath(here, source))
            try:
                with _made(relative, top_fd) as fd:
                    left_out += [(str(relative / name), why) for name, why in _laid(Path(here), files, fd)]
            except OSError as error:
                left_out.append((str(relative), error.strerror or "cannot be written"))
                folders.clear()
    return tuple(left_out)


def _laid(here: Path, files: list[str], fd: int) -> Iterator[tuple[str, str]]:
    """Put each file in its place whole; yield those that could not be."""
    for name in sorted(files):
        fresh = f".{name}.codestone"[-255:]
        try:
            mode = stat.S_IMODE((here / name).stat().st_mode)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with (here / name).open("rb") as file, open(os.open(fresh, flags, mode, dir_fd=fd), "wb") as copy:  # noqa: PTH123
                while chunk := file.read(_CHUNK):
                    copy.write(chunk)
            os.replace(fresh, name, src_dir_fd=fd, dst_dir_fd=fd)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(fresh, dir_fd=fd)
            yield name, error.strerror or "cannot be written"


@contextlib.contextmanager
def _made(relative: Path, top_fd: int) -> Iterator[int]:
    """Open a folder below ``top_fd`` step by step without following a link; make what is missing."""
    with contextlib.ExitStack() as stack:
        fd = top_fd
        for part in relative.parts:
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, 0o755, dir_fd=fd)
            fd = stack.enter_context(_folder_fd(part, fd))
        yield fd


@contextlib.contextmanager
def _folder_fd(name: str, parent_fd: int | None, start: Path | None = None) -> Iterator[int]:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | (os.O_NOFOLLOW if parent_fd is not None else 0)
    fd = os.open(start / name if start is not None else name, flags, dir_fd=parent_fd)
    try:
        yield fd
    finally:
        os.close(fd)
