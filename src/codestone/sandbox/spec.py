"""What is asked of a box, and what comes back: frozen types without I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from codestone.sandbox.limits import BoxLimits

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where a box looks for programs, unless ``BoxSpec.env`` says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A file or directory of this machine, visible in the box read-only at ``target``."""

    source: Path
    target: PurePosixPath

    @classmethod
    def same(cls, path: Path) -> "Mount":
        """Mount ``path`` where it lies."""
        return cls(source=path, target=PurePosixPath(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxSpec:
    """One box.

    ``argv``: the command, run in /work. ``files``: a directory whose content is copied to /work. ``hide``:
    directories of this machine that must not be seen even below a mount. ``env`` is added to PATH, HOME=/tmp,
    LANG and TMPDIR; nothing of our own environment gets in. ``pass_fds``: descriptors the command inherits
    under the same numbers.
    """

    argv: tuple[str, ...]
    files: Path | None = None
    mounts: tuple[Mount, ...] = ()
    hide: tuple[Path, ...] = ()
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    limits: BoxLimits = field(default_factory=BoxLimits)
    pass_fds: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxEnd:
    """How a box ended.

    ``returncode`` is the command's own (128 + n where signal n ended it), -9 where we killed the box.
    ``limit`` names the limit that ended it: "wall", "cpu", "memory", "disk", "inodes" or "output"; None where
    none did. ``peak_memory_bytes`` None: not measured.
    """

    returncode: int
    limit: str | None
    wall_ns: int
    peak_memory_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxRun:
    """A one-shot command's output, both streams together at most the output limit, and its end."""

    stdout: bytes
    stderr: bytes
    end: BoxEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a box is made of on this machine, for ``doctor`` and the records."""

    name: str
    version: str
    program: str
    in_force: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()
