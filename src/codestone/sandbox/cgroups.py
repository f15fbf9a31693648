"""A control group for one box, where this process may make one: exact memory, CPU and process counts.

cgroup v2 needs the memory controller delegated to a directory that we can write; cgroup v1 needs root. Where
neither is so, ``make`` returns None and the box is polled instead (``usage.py``).
"""

import contextlib
import itertools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codestone.sandbox.limits import BoxLimits

_PREFIX = "codestone-"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One box's group; a directory per hierarchy (v1) or one for all (v2). None: not there."""

    version: int
    memory: Path
    pids: Path | None
    cpu: Path | None

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Have what this thread starts meanwhile begin its life in here (v1 only).

        A thread that moves *itself* waits for nobody. To move another process costs 2 to 10 ms a hierarchy.
        """
        if self.version == 2:
            yield
            return
        try:
            for folder in self._folders():
                (folder / "tasks").write_text("0")
            yield
        finally:
            for folder in self._folders():
                (folder.parent / "tasks").write_text("0")

    def add(self, pid: int) -> None:
        """Move a process in (v2 only, where threads cannot move); its children will be counted too."""
        if self.version == 2:
            (self.memory / "cgroup.procs").write_text(str(pid))

    def _folders(self) -> set[Path]:
        return {folder for folder in (self.memory, self.pids, self.cpu) if folder is not None}

    def out_of_memory(self) -> bool:
        """Tell whether the kernel killed something in here because the memory was used up."""
        file = "memory.events" if self.version == 2 else "memory.oom_control"
        return _table(self.memory / file).get("oom_kill", 0) > 0

    def peak_bytes(self) -> int | None:
        """Return the most memory ever used; None where the kernel does not tell (v2 before Linux 5.19)."""
        file = "memory.peak" if self.version == 2 else "memory.max_usage_in_bytes"
        with contextlib.suppress(OSError):
            return int((self.memory / file).read_text())
        return None

    def cpu_s(self) -> float | None:
        """Return the CPU seconds of all that ever ran in here; None where that is not counted."""
        if self.cpu is None:
            return None
        if self.version == 2:
            return _table(self.cpu / "cpu.stat")["usage_usec"] / 1e6
        return int((self.cpu / "cpuacct.usage").read_text()) / 1e9

    def remove(self) -> None:
        """Remove the group once its last process is gone; a busy one is swept by a later run."""
        for folder in self._folders():
            for _ in range(50):
                try:
                    folder.rmdir()
                except OSError:
                    time.sleep(0.002)  # the kernel lets go of a dead process a moment after it is reaped
                else:
                    break


def make(limits: BoxLimits) -> Group | None:
    """Make a group with the limits on memory and processes; None where this machine does not let us."""
    own = _own_groups()
    name = f"{_PREFIX}{os.getpid()}-{next(_numbers)}"
    with contextlib.suppress(OSError):
        return _make_v1(own, name, limits) if "memory" in own else _make_v2(own, name, limits)
    return None


def _make_v1(own: dict[str, Path], name: str, limits: BoxLimits) -> Group:
    memory = _folder(own["memory"], name)
    (memory / "memory.limit_in_bytes").write_text(str(limits.memory_bytes))
    with contextlib.suppress(OSError):  # swap is not always counted
        (memory / "memory.memsw.limit_in_bytes").write_text(str(limits.memory_bytes))
    pids = cpu = None
    with contextlib.suppress(OSError, KeyError):
        pids = _folder(own["pids"], name)
        (pids / "pids.max").write_text(str(limits.processes + 3))  # bubblewrap's two, and this thread
    with contextlib.suppress(OSError, KeyError):
        cpu = _folder(own["cpuacct"], name)
    return Group(version=1, memory=memory, pids=pids, cpu=cpu)


def _make_v2(own: dict[str, Path], name: str, limits: BoxLimits) -> Group | None:
    if "" not in own:
        return None
    for parent in (own[""], own[""].parent):  # a group that holds processes cannot have limited children
        if not os.access(parent / "cgroup.procs", os.W_OK):
            continue
        with contextlib.suppress(OSError):
            (parent / "cgroup.subtree_control").write_text("+memory +pids")
        with contextlib.suppress(OSError):
            folder = _folder(parent, name)
            if (folder / "memory.max").exists():
                (folder / "memory.max").write_text(str(limits.memory_bytes))
                _write_if_there(folder / "memory.swap.max", "0")
                _write_if_there(folder / "memory.oom.group", "1")
                _write_if_there(folder / "pids.max", str(limits.processes + 1))
                return Group(version=2, memory=folder, pids=None, cpu=folder)
            folder.rmdir()
    return None


def _write_if_there(path: Path, text: str) -> None:
    if path.exists():
        path.write_text(text)


def _folder(parent: Path, name: str) -> Path:
    """Make the group's directory; first sweep those of processes of ours that were killed."""
    for stale in parent.glob(f"{_PREFIX}*-*"):
        pid = stale.name.removeprefix(_PREFIX).partition("-")[0]
        if not Path("/proc", pid).exists():
            with contextlib.suppress(OSError):
                stale.rmdir()
    folder = parent / name
    folder.mkdir()
    return folder


def _own_groups() -> dict[str, Path]:
    """Return where this process stands: controller → directory for v1, "" → directory for v2."""
    mounted: dict[str, Path] = {}
    own: dict[str, Path] = {}
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text().splitlines():
            before, _, after = line.partition(" - ")
            kind, _, options = after.split(" ", 2)
            if kind == "cgroup2":
                mounted.setdefault("", Path(before.split(" ")[4]))
            elif kind == "cgroup":
                mounted.update(dict.fromkeys(options.split(","), Path(before.split(" ")[4])))
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            for controller in controllers.split(","):
                folder = mounted.get(controller, Path("/nonexistent")) / path.lstrip("/")
                if folder.is_dir():
                    own[controller] = folder
    return own


def _table(path: Path) -> dict[str, int]:
    rows = (line.split() for line in path.read_text().splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) == 2}
