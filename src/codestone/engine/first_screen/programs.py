"""Which programs run on this machine, what they were started with, and how much memory each has resident.

Linux tells it in /proc, macOS through ``ps``. A page that several programs share is counted for each of
them; weights that are mapped from a file are counted where they are resident.
"""

import os
import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codestone import process

_PYTHON = re.compile(r"python[\d.]*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One running program; ``argv`` is cut at blanks where only ``ps`` tells it."""

    pid: int
    argv: tuple[str, ...]
    resident_bytes: int

    @property
    def name(self) -> str:
        """What a person calls it: the program's file, for Python also the module or script."""
        program = Path(self.argv[0]).name or self.argv[0]
        if not _PYTHON.search(program):
            return program
        rest = [word for word in self.argv[1:] if not word.startswith("-") or word == "-m"]
        if rest[:1] == ["-m"]:
            return " ".join([program, *rest[:2]])
        return f"{program} {Path(rest[0]).name}" if rest else program


def programs(*, limit_s: float) -> tuple[Program, ...]:
    """Return what runs here; raise TimeoutError where ``ps`` takes longer than ``limit_s``."""
    if platform.system() != "Darwin":
        return tuple(from_proc(Path("/proc")))
    ran = process.run(["ps", "-axww", "-o", "pid=,rss=,command="], limit_s=limit_s)
    if ran.timed_out:
        raise TimeoutError("ps did not answer in time")
    return tuple(from_ps(ran.stdout.decode(errors="replace")))


def from_proc(folder: Path) -> Iterator[Program]:
    """Yield the programs of a /proc; kernel threads, and what ends meanwhile, are left out."""
    page_bytes = os.sysconf("SC_PAGE_SIZE")
    for own in folder.iterdir():
        if not own.name.isdecimal():
            continue
        try:
            words = (own / "cmdline").read_bytes().rstrip(b"\0")
            pages = (own / "statm").read_text().split()[1]
        except (OSError, IndexError):
            continue
        if words:
            argv = tuple(os.fsdecode(word) for word in words.split(b"\0"))
            yield Program(pid=int(own.name), argv=argv, resident_bytes=int(pages) * page_bytes)


def from_ps(text: str) -> Iterator[Program]:
    """Yield the programs of ``ps -axww -o pid=,rss=,command=``; ``rss`` is in units of 1024 bytes."""
    for line in text.splitlines():
        pid, rss, command = (*line.split(None, 2), "", "", "")[:3]
        if pid.isdecimal() and rss.isdecimal() and command:
            yield Program(pid=int(pid), argv=tuple(command.split()), resident_bytes=int(rss) << 10)
