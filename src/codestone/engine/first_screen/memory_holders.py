"""How much memory the accelerators and the machine have, how much is taken, and by whom.

NVIDIA's is read from ``nvidia-smi``, the machine's from /proc/meminfo, a Mac's from ``sysctl`` and
``vm_stat``. Written to their documentation; ``nvidia-smi`` and a Mac's commands were never run by us. Not
covered: cards of other makers. What a program does not tell is None, never 0.
"""

import platform
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from codestone import process
from codestone.engine.environment import memory_bytes, processor
from codestone.engine.first_screen.programs import Program

CARDS = ("uuid", "name", "memory.total", "memory.used")
APPS = ("gpu_uuid", "pid", "process_name", "used_memory")
_LEAST_SHARE = 0.05
"""Of the machine's memory: a program with less is not named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A program that has memory; ``size_bytes`` None where the driver does not tell."""

    pid: int
    name: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One accelerator with memory of its own, or a Mac's, which shares the machine's (``shared``)."""

    name: str
    total_bytes: int | None = None
    used_bytes: int | None = None
    holders: tuple[Holder, ...] = ()
    uuid: str = ""
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The machine's memory; ``available_bytes`` is what a program could have without swapping."""

    total_bytes: int | None
    available_bytes: int | None


def cards(*, limit_s: float) -> tuple[Card, ...]:
    """Return the accelerators. TimeoutError, or OSError with its words where ``nvidia-smi`` fails."""
    if platform.system() == "Darwin":
        return _apple(limit_s) if platform.machine() == "arm64" else ()
    return tuple(cards_of(_nvidia(f"--query-gpu={','.join(CARDS)}", limit_s)))


def apps(*, limit_s: float) -> Mapping[str, tuple[Holder, ...]]:
    """Return who has memory of which NVIDIA card, by the card's uuid. Raises as ``cards`` does."""
    return apps_of(_nvidia(f"--query-compute-apps={','.join(APPS)}", limit_s))


def memory(*, limit_s: float) -> Memory:
    """Return the machine's memory."""
    if platform.system() == "Darwin":
        told = _said(["vm_stat"], limit_s)
        return Memory(total_bytes=memory_bytes(), available_bytes=available_of_vm_stat(told))
    try:
        told = Path("/proc/meminfo").read_text("utf-8")
    except OSError:
        told = ""
    return Memory(total_bytes=memory_bytes(), available_bytes=available_of_meminfo(told))


def held(card: Card, holders: Mapping[str, tuple[Holder, ...]], running: Mapping[int, Program]) -> Card:
    """Return the card with its holders, the largest first, by the names that this machine has for them."""
    own = [
        replace(who, name=running[who.pid].name if who.pid in running else who.name)
        for who in holders.get(card.uuid, ())
    ]
    return replace(card, holders=tuple(sorted(own, key=lambda who: -(who.size_bytes or 0))))


def largest(running: Sequence[Program], total_bytes: int | None, *, most: int = 3) -> tuple[Holder, ...]:
    """Return the programs with most memory, those with a twentieth of it or more."""
    least = (total_bytes or 0) * _LEAST_SHARE
    ranked = sorted(running, key=lambda program: -program.resident_bytes)[:most]
    return tuple(
        Holder(pid=program.pid, name=program.name, size_bytes=program.resident_bytes)
        for program in ranked
        if program.resident_bytes >= least
    )


def cards_of(text: str) -> Iterator[Card]:
    """Yield the cards of ``nvidia-smi --query-gpu``: in MiB, ``[N/A]`` for what it cannot tell."""
    for line in text.splitlines():
        fields = [field.strip() for field in line.split(",")]
        if len(fields) == len(CARDS):
            uuid, name, total, used = fields
            yield Card(name=name, total_bytes=_mib(total), used_bytes=_mib(used), uuid=uuid)


def apps_of(text: str) -> dict[str, tuple[Holder, ...]]:
    """Return the holders of ``nvidia-smi --query-compute-apps``; a name may have commas in it."""
    found: dict[str, tuple[Holder, ...]] = {}
    for line in text.splitlines():
        fields = [field.strip() for field in line.split(",")]
        if len(fields) < len(APPS) or not fields[1].isdecimal():
            continue
        uuid, pid, *name, size = fields
        who = Holder(pid=int(pid), name=Path(", ".join(name)).name, size_bytes=_mib(size))
        found[uuid] = (*found.get(uuid, ()), who)
    return found


def available_of_meminfo(text: str) -> int | None:
    """Return ``MemAvailable`` of /proc/meminfo, which counts in KiB."""
    told = re.search(r"^MemAvailable:\s*(\d+) kB$", text, re.MULTILINE)
    return int(told[1]) << 10 if told else None


def available_of_vm_stat(text: str) -> int | None:
    """Return free, speculative and inactive pages of ``vm_stat``, in bytes."""
    page = re.search(r"page size of (\d+) bytes", text)
    pages = [re.search(rf"^Pages {kind}:\s*(\d+)\.", text, re.MULTILINE) for kind in _AVAILABLE]
    return sum(int(each[1]) for each in pages if each) * int(page[1]) if page and any(pages) else None


_AVAILABLE = ("free", "speculative", "inactive")


def limit_of_sysctl(text: str) -> int | None:
    """Return ``iogpu.wired_limit_mb`` in bytes: what the GPU may have; None where nobody set it (0)."""
    told = re.search(r"^iogpu\.wired_limit_mb: (\d+)$", text, re.MULTILINE)
    return int(told[1]) << 20 or None if told else None


def _apple(limit_s: float) -> tuple[Card, ...]:
    told = _said(["sysctl", "iogpu.wired_limit_mb"], limit_s)
    return (Card(name=processor() or "Apple", total_bytes=limit_of_sysctl(told), shared=True),)


def _nvidia(query: str, limit_s: float) -> str:
    """Return what ``nvidia-smi`` answers; "" where it is not installed."""
    if shutil.which("nvidia-smi") is None:
        return ""
    return _said(["nvidia-smi", query, "--format=csv,noheader,nounits"], limit_s, must=True)


def _said(argv: Sequence[str], limit_s: float, *, must: bool = False) -> str:
    """Return what a command prints; with ``must`` its failure is an OSError with its own words."""
    ran = process.run(argv, limit_s=limit_s)
    if ran.timed_out:
        raise TimeoutError(f"{argv[0]} did not answer in time")
    if must and ran.returncode != 0:
        words = (ran.stdout + ran.stderr).decode(errors="replace").strip().partition("\n")[0]
        raise OSError(f"{argv[0]}: {words[:120] or f'exit code {ran.returncode}'}")
    return ran.stdout.decode(errors="replace")


def _mib(text: str) -> int | None:
    return int(text) << 20 if text.isdecimal() else None
