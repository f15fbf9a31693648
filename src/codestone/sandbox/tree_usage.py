"""What a process tree of this machine uses, where no box counts for us: everything is polled.

Memory and CPU are those of the tree's living processes, disk and inodes those of its folders. What a process
does between two looks is not seen.
"""

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter_ns

from codestone import process
from codestone.sandbox.usage import Usage

_REST_NS = 200_000_000
_PS = ("/bin/ps", "-axo", "pid=,ppid=,pgid=,rss=,time=")
_PS_LIMIT_S = 5.0


@dataclass(slots=True, kw_only=True)
class TreeUsage(Usage):
    """Reads the descendants of the guard, which adopts orphans, from this machine's /proc."""

    guard_pid: int
    folders: tuple[Path, ...]
    _walked: tuple[int, int] = field(init=False, default=(0, 0))
    _walk_ns: int = field(init=False, default=0)

    def final_peak_bytes(self) -> int | None:
        """Return the highest poll; None where the command was over before the first."""
        return self.peak_bytes or None

    def _disk(self) -> tuple[int, int]:
        """Return bytes and entries below the folders; walked anew after a rest, longer the more there is."""
        began_ns = perf_counter_ns()
        if began_ns >= self._walk_ns:
            self._walked = _below(self.folders)
            now_ns = perf_counter_ns()
            self._walk_ns = now_ns + max(_REST_NS, 10 * (now_ns - began_ns))
        return self._walked

    def _pids(self) -> list[str]:
        found: list[str] = []
        todo = [str(self.guard_pid)]
        while todo:
            below = _children(todo.pop())
            found += below
            todo += below
        return found


@dataclass(slots=True, kw_only=True)
class PsUsage(TreeUsage):
    """Asks ``ps`` where there is no /proc; ``group`` and descendants of the command are counted."""

    command_pid: int
    _told: tuple[float, int] = field(init=False, default=(0.0, 0))
    _ask_ns: int = field(init=False, default=0)

    def _poll(self) -> tuple[float, int]:
        now_ns = perf_counter_ns()
        if now_ns >= self._ask_ns:
            said = process.run(_PS, limit_s=_PS_LIMIT_S).stdout.decode(errors="replace")
            self._told = tree_of(said, self.command_pid)
            self._ask_ns = perf_counter_ns() + 5 * _REST_NS
        return self._told

    def _proportional(self) -> int:
        return self._told[1]  # nobody tells what forks share


def _below(folders: tuple[Path, ...]) -> tuple[int, int]:
    size = count = 0
    for top in folders:
        for here, below, files in os.walk(top):
            for name in (*below, *files):
                with contextlib.suppress(OSError):  # just deleted
                    size += os.lstat(f"{here}/{name}").st_blocks * 512
                    count += 1
    return size, count


def _children(pid: str) -> list[str]:
    found: list[str] = []
    with contextlib.suppress(OSError):  # just ended
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += (thread / "children").read_text().split()
    return found


def tree_of(said: str, root: int) -> tuple[float, int]:
    """Return CPU seconds and resident bytes of ``root``, its group and all descendants, as ps tells them."""
    rows = [line.split() for line in said.splitlines() if line.strip()]
    members = {str(root)} | {row[0] for row in rows if row[2] == str(root)}
    while True:
        more = {row[0] for row in rows if row[1] in members} - members
        if not more:
            break
        members |= more
    ours = [row for row in rows if row[0] in members]
    return sum(_seconds(row[4]) for row in ours), sum(int(row[3]) for row in ours) * 1024


def _seconds(words: str) -> float:
    """Read ps's CPU time: [days-][hours:]minutes:seconds[.hundredths]."""
    days, _, clock = words.rpartition("-")
    seconds = 0.0
    for part in clock.split(":"):
        seconds = seconds * 60 + float(part)
    return seconds + 86_400 * int(days or 0)
