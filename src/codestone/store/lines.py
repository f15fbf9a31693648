"""An append-only file of JSON lines: a line is there whole, or it is cut when the file is next opened.

Covered: a kill in the middle of a write, a full disk, two writers at once (``flock``).
Not covered: network file systems without working locks.
"""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from codestone.errors import StoreError
from codestone.store.files import reported


class Lines:
    """One open file of JSON lines, locked against a second writer."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open for appending; raise StoreError where the file is missing, already there or locked."""
        self.path = path
        flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC
        with reported("open", path):
            self._descriptor = os.open(path, flags | (os.O_CREAT | os.O_EXCL if create else 0), 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.close()
            raise StoreError(
                f"another run is writing into {path.parent}",
                hint="Wait until it has finished, or choose another directory with --out.",
            ) from error
        except OSError as error:
            self.close()
            raise StoreError(f"cannot lock {path}: {error.strerror}") from error

    def close(self) -> None:
        """Let go of the file and of its lock; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def append(self, line: bytes) -> None:
        """Write one line and make it durable; a write that fails leaves the file as it was."""
        assert b"\n" not in line
        self.require_in_place()
        with reported("append to", self.path):
            before = os.fstat(self._descriptor).st_size
            try:
                self._write(line + b"\n")
                os.fsync(self._descriptor)
            except BaseException:
                self._cut(before)
                raise

    def require_in_place(self) -> None:
        """Raise StoreError where the file was moved or deleted: what goes into it would be lost unnoticed."""
        try:
            in_place = os.path.samestat(self.path.stat(), os.fstat(self._descriptor))
        except OSError:
            in_place = False
        if not in_place:
            raise StoreError(
                f"{self.path} was moved or deleted while it was in use",
                hint=f"Go on where it lies now, or put it back (a run: with --resume {self.path.parent}).",
            )

    def cut_torn(self) -> int:
        """Cut a last line that was never finished; return how many bytes went."""
        with reported("repair", self.path):
            data = self.path.read_bytes()
            whole = whole_length(data)
            if whole < len(data):
                os.ftruncate(self._descriptor, whole)
                os.fsync(self._descriptor)
        return len(data) - whole

    def _cut(self, length: int) -> None:
        """Take back what was written; where not even that can be done, nothing may be glued to it."""
        try:
            os.ftruncate(self._descriptor, length)
        except OSError:
            self.close()
            raise

    def _write(self, data: bytes) -> None:
        """Write all bytes: the kernel may take fewer at once, for instance when the disk is nearly full."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]


def whole_length(data: bytes) -> int:
    """Return how many bytes are whole lines: a last line without an end, or that is no JSON, is torn."""
    end = data.rfind(b"\n") + 1
    if end < len(data) or end == 0:
        return end
    start = data.rfind(b"\n", 0, end - 1) + 1
    try:
        orjson.loads(data[start:end])
    except orjson.JSONDecodeError:
        return start
    return end


_TORN = "Only the last line may be torn. Restore the file, or delete this line and --resume."


def read_lines(path: Path, *, hint: str = _TORN) -> Iterator[Any]:
    """Yield the values of all whole lines; raise StoreError with the number of a line that is no JSON."""
    with reported("read", path), path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                value = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                if not file.peek(1):
                    return
                raise StoreError(f"{path}:{number}: not JSON: {error}", hint=hint) from error
            yield value
