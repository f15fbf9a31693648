"""What a toolchain needs is prepared once, in the cache: one process makes it, the others wait for it."""

import fcntl
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from codestone.errors import UsageError

Found = TypeVar("Found")


def prepared(
    found: Callable[[], Found | None], make: Callable[[], None], *, folder: Path, what: str, takes: str
) -> Found:
    """Return what ``found`` finds in ``folder`` of the cache, after ``make`` where nothing is there yet.

    ``make`` moves a whole folder to its place. ``what`` and ``takes`` say what it is and how much it takes.
    Raises UsageError (the cache cannot be written), and what ``make`` raises.
    """
    if (there := found()) is not None:
        return there
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "preparing.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if found() is None:
                make()
    except OSError as error:
        raise UsageError(
            f"{what} cannot be kept in {folder}: {error.strerror or error}",
            hint=f"{takes}; CODESTONE_CACHE names another folder.",
        ) from error
    there = found()
    assert there is not None
    return there
