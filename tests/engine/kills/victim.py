"""``codestone`` as it is, except that it kills itself with SIGKILL at one named moment.

    python victim.py POINT NUMBER ARGUMENT…

POINT is a key of POINTS, NUMBER says at which of its moments, from 1. Nothing of the product knows of this.
"""

import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from typing import Any

from codestone import process
from codestone.cli.main import main
from codestone.contestants import lineup
from codestone.endpoint import launched
from codestone.engine import judge
from codestone.engine.budget import Budget
from codestone.grading.session import Session
from codestone.store import files, lines
from codestone.store.lines import Lines
from codestone.store.records import Store


def die() -> None:
    """End as ``kill -9`` ends a process: no handler, no finally, nothing flushed."""
    os.kill(os.getpid(), signal.SIGKILL)


class At:
    """Counts moments and dies at the one that was named."""

    def __init__(self, number: int) -> None:
        self._number, self._seen = number, count(1)

    def moment(self) -> None:
        """Pass, or die here."""
        if next(self._seen) == self._number:
            die()

    def before(self, owner: Any, name: str) -> None:
        """Make the beginning of every call of a function a moment."""
        self._wrap(owner, name, before=True)

    def after(self, owner: Any, name: str) -> None:
        """Make the end of every call of a function a moment."""
        self._wrap(owner, name, before=False)

    def _wrap(self, owner: Any, name: str, *, before: bool) -> None:
        plain = getattr(owner, name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if before:
                self.moment()
            result = plain(*args, **kwargs)
            if not before:
                self.moment()
            return result

        setattr(owner, name, wrapped)


def half_a_line(at: At) -> None:
    """Write half of a record's line, and die."""
    plain = Lines._write

    def write(self: Lines, data: bytes) -> None:
        if self.path.name == "records.jsonl":
            plain(self, data[: len(data) // 2])
            at.moment()
            plain(self, data[len(data) // 2 :])
        else:
            plain(self, data)

    Lines._write = write  # type: ignore[method-assign]


def all_but_the_end(at: At) -> None:
    """Write a record's line without its line feed, and die."""
    plain = Lines._write

    def write(self: Lines, data: bytes) -> None:
        if self.path.name == "records.jsonl":
            plain(self, data[:-1])
            at.moment()
            plain(self, data[-1:])
        else:
            plain(self, data)

    Lines._write = write  # type: ignore[method-assign]


POINTS: dict[str, Callable[[At], None]] = {
    "load: the server is started": lambda at: at.after(process, "start"),
    "load: it is asked whether it is ready": lambda at: at.before(launched, "_answers"),
    "load: it is ready": lambda at: at.before(launched, "_require_the_same"),
    "unload: it is told to end": lambda at: at.after(process.Child, "terminate"),
    "stream: a piece of text": lambda at: at.before(Budget, "listen"),
    "grading: before the box": lambda at: at.before(judge, "grade"),
    "grading: the box is open": lambda at: at.after(Session, "_open"),
    "grading: a worker is started": lambda at: at.after(Session, "_worker"),
    "grading: the verdict is there": lambda at: at.after(judge, "grade"),
    "artifact: in the middle of one": lambda at: at.before(files, "sync_directory"),
    "artifact: one is written": lambda at: at.after(Store, "write_artifact"),
    "between artifact and append": lambda at: at.before(Store, "append"),
    "append: half a line": half_a_line,
    "append: all but the line feed": all_but_the_end,
    "append: written, not yet synced": lambda at: at.after(Lines, "_write"),
    "append: done": lambda at: at.after(Store, "append"),
    "open: a torn line is cut": lambda at: at.after(Lines, "cut_torn"),
    "open: the store is open": lambda at: at.after(Store, "open"),
    "open: before the contestants are looked at": lambda at: at.before(lineup, "again"),
    "never": lambda _: None,
}
"""The moments."""


if __name__ == "__main__":
    POINTS[sys.argv[1]](At(int(sys.argv[2])))
    sys.argv[1:] = sys.argv[3:]
    assert lines.Lines is Lines
    main()
