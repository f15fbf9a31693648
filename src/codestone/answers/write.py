"""Write an answer into a workspace, following no symbolic link on the way.

Every folder is opened from its parent's descriptor with O_NOFOLLOW; a file is created new and moved over
the old one, so that neither a link nor a second name of the old file is written through. Not covered: a
mount inside the workspace, and someone who changes the workspace at the same moment from outside.
"""

import errno
import os
import secrets
import stat
from pathlib import Path

from codestone.answers import Answer
from codestone.answers.paths import fault

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_IN_THE_WAY = frozenset(
    {
        errno.ELOOP,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.EEXIST,
        errno.ENOTEMPTY,
        errno.ENAMETOOLONG,
        errno.EMLINK,
    }
)


def write(answer: Answer, workspace: Path) -> tuple[str, ...]:
    """Write the files and return the paths written; a path that meets a link or a folder is left out.

    Raises OSError for what is the machine's doing: no space, no permission, no such workspace.
    """
    root = os.open(workspace, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return tuple(path for path, text in answer.files.items() if _written(root, path, text))
    finally:
        os.close(root)


def _written(root: int, path: str, text: str) -> bool:
    """Write one file below the folder; False where the path is no good or something stands in the way."""
    if fault(path):
        return False
    *folders, name = path.split("/")
    folder = os.dup(root)
    try:
        for part in folders:
            inner = _entered(folder, part)
            os.close(folder)
            folder = inner
        _replace(folder, name, text.encode("utf-8", "surrogatepass"))
    except OSError as error:
        if error.errno in _IN_THE_WAY:
            return False
        raise
    finally:
        os.close(folder)
    return True


def _entered(parent: int, name: str) -> int:
    """Return a descriptor of the folder, made if need be; raise OSError where it is a link or a file."""
    try:
        return os.open(name, _FOLDER, dir_fd=parent)
    except FileNotFoundError:
        os.mkdir(name, dir_fd=parent)
        return os.open(name, _FOLDER, dir_fd=parent)


def _replace(folder: int, name: str, data: bytes) -> None:
    """Put a new file in the place of a regular one or of none; the old one's mode is kept."""
    mode = _mode(folder, name)
    fresh = f".{secrets.token_hex(8)}.part"
    descriptor = os.open(fresh, _NEW, 0o666 if mode is None else mode, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.write(data)
        os.replace(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        os.unlink(fresh, dir_fd=folder)
        raise


def _mode(folder: int, name: str) -> int | None:
    """Return the mode of the regular file there, None for none; raise OSError for anything else."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        raise OSError(
            errno.ELOOP if stat.S_ISLNK(found.st_mode) else errno.EEXIST, "not a regular file", name
        )
    return stat.S_IMODE(found.st_mode) & 0o777
