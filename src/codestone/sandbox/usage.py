"""What a living box uses, compared with its limits.

Exact where a control group counts. Elsewhere polled: memory is the sum of the processes' resident sets, and
before anything is killed for it the proportional sets are summed, because forks share pages that the first
sum counts many times. Disk and inodes are always read from held descriptors of the writable places: a tmpfs
has a size of its own, but no limit on inodes that bubblewrap could set.
"""

import contextlib
import os
from dataclasses import dataclass, field

from codestone.sandbox.cgroups import Group
from codestone.sandbox.limits import BoxLimits

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(slots=True, kw_only=True)
class Usage:
    """Reads one box; ``proc_fd`` is the box's own /proc, which lists its processes and no others."""

    proc_fd: int
    writable_fds: tuple[int, ...]
    group: Group | None
    limits: BoxLimits
    peak_bytes: int | None = None
    _inodes_before: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Remember what was there before the command: what we copied in is not its doing."""
        self._inodes_before = self._disk()[1]

    def exceeded(self) -> str | None:
        """Return the name of the limit that is exceeded now, None where none is."""
        disk_bytes, inodes = self._disk()
        cpu_s, memory = self._processes()
        if self.out_of_memory() or memory > self.limits.memory_bytes:
            return "memory"
        if cpu_s > self.limits.cpu_s:
            return "cpu"
        if inodes - self._inodes_before > self.limits.inodes:
            return "inodes"
        if disk_bytes > self.limits.disk_bytes:
            return "disk"
        return None

    def out_of_memory(self) -> bool:
        """Tell whether the kernel has killed in this box for want of memory."""
        return self.group is not None and self.group.out_of_memory()

    def final_peak_bytes(self) -> int | None:
        """Return the most memory that was seen; exact with a control group, else the highest poll."""
        return self.group.peak_bytes() if self.group is not None else self.peak_bytes

    def close(self) -> None:
        """Let go of the box; what is held keeps its memory alive."""
        for fd in (self.proc_fd, *self.writable_fds):
            os.close(fd)

    def _disk(self) -> tuple[int, int]:
        """Return bytes and inodes used in the writable places."""
        states = [os.fstatvfs(fd) for fd in self.writable_fds]
        return (
            sum((state.f_blocks - state.f_bfree) * state.f_frsize for state in states),
            sum(state.f_files - state.f_ffree for state in states),
        )

    def _processes(self) -> tuple[float, int]:
        """Return CPU seconds of all, and their memory; the latter 0 where the group enforces it."""
        counted = self.group.cpu_s() if self.group is not None else None
        if self.group is not None and counted is not None:
            return counted, 0
        cpu_s, resident = self._poll()
        if self.group is not None:
            return cpu_s, 0
        if resident > self.limits.memory_bytes:
            resident = self._proportional()
        self.peak_bytes = max(self.peak_bytes or 0, resident)
        return cpu_s, resident

    def _poll(self) -> tuple[float, int]:
        ticks = pages = 0
        for pid in self._pids():
            with contextlib.suppress(OSError):
                fields = self._read(f"{pid}/stat").rpartition(b")")[2].split()
                ticks += sum(int(word) for word in fields[11:15])  # own and reaped children's
                pages += int(fields[21])
        return ticks * _TICK_S, pages * _PAGE

    def _proportional(self) -> int:
        """Sum the proportional set sizes; a process that hides its own counts with its resident set."""
        total = 0
        for pid in self._pids():
            try:
                total += _pss_bytes(self._read(f"{pid}/smaps_rollup"))
            except OSError:
                with contextlib.suppress(OSError):
                    total += int(self._read(f"{pid}/statm").split()[1]) * _PAGE
        return total

    def _pids(self) -> list[str]:
        try:
            return [name for name in os.listdir(self.proc_fd) if name.isdigit()]  # noqa: PTH208 - a descriptor
        except OSError:
            return []  # the box has just ended

    def _read(self, path: str) -> bytes:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self.proc_fd)
        try:
            return os.read(fd, 4096)
        finally:
            os.close(fd)


def _pss_bytes(rollup: bytes) -> int:
    for line in rollup.splitlines():
        if line.startswith(b"Pss:"):
            return int(line.split()[1]) * 1024
    raise OSError("no Pss")  # a process that is just ending
