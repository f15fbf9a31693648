"""What a box may use, and how a user writes it down."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from codestone.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxLimits:
    """The limits of one box: seconds, bytes, counts.

    ``disk_bytes`` and ``inodes`` are of all writable places together (/work, /tmp, /dev/shm). ``cpu_s`` is of
    all processes together. ``memory_bytes`` holds what is written to those places where a cgroup counts.
    """

    wall_s: float = 60.0
    cpu_s: float = 120.0
    memory_bytes: int = 512 << 20
    disk_bytes: int = 64 << 20
    file_bytes: int = 64 << 20
    output_bytes: int = 4 << 20
    processes: int = 64
    fds: int = 1024
    inodes: int = 20_000


_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_BYTES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_COUNT = {"": 1}
_KEYS: dict[str, tuple[str, dict[str, float] | dict[str, int]]] = {
    "wall": ("wall_s", _SECONDS),
    "cpu": ("cpu_s", _SECONDS),
    "memory": ("memory_bytes", _BYTES),
    "disk": ("disk_bytes", _BYTES),
    "file": ("file_bytes", _BYTES),
    "output": ("output_bytes", _BYTES),
    "processes": ("processes", _COUNT),
    "fds": ("fds", _COUNT),
    "inodes": ("inodes", _COUNT),
}
_HINT = (
    "Keys: wall, cpu (2m, 30s, 500ms); memory, disk, file, output (bytes, or K M G = 1024); "
    "processes, fds, inodes (a count)."
)


def parse(words: Iterable[str], limits: BoxLimits | None = None) -> BoxLimits:
    """Return ``limits`` (the defaults) changed by each ``KEY=VALUE``; UsageError lists the keys."""
    changes: dict[str, float | int] = {}
    for word in words:
        field, value = _parse_one(word)
        changes[field] = value
    return replace(limits or BoxLimits(), **changes)  # type: ignore[arg-type]


def _parse_one(word: str) -> tuple[str, float | int]:
    key, equals, value = word.partition("=")
    if not equals or key not in _KEYS:
        raise UsageError(f"{word!r} is no limit of a box", hint=_HINT)
    field, units = _KEYS[key]
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([A-Za-z]*)", value, re.ASCII)
    if match is None or match[2] not in units or (units is _COUNT and "." in match[1]):
        known = ", ".join(unit or "none" for unit in units)
        raise UsageError(f"{value!r} is no value for {key}; units: {known}", hint=_HINT)
    amount = float(match[1]) * units[match[2]]
    number = amount if units is _SECONDS else int(amount)
    if number <= 0:
        raise UsageError(f"{key} must be more than 0", hint=_HINT)
    return field, number
