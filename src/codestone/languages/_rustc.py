"""The Rust toolchain of this machine: where its compiler really lies, and the linker that it calls."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shutil import which

from codestone import process
from codestone.errors import ToolchainMissing

_LIMIT_S = 120.0
_LINKER_PLACES = ("/usr/local/bin/cc", "/usr/bin/cc", "/bin/cc")
"""Where a box finds it: PATH inside is the system's own."""
_INSTALL = "sudo apt-get install -y cargo (on Debian 12: cargo-web rustc-web), or rustup: https://rustup.rs"
LINKER = "sudo apt-get install -y gcc libc6-dev"


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """A compiler that answered. ``release`` is such as 1.95.0, ``said`` all that it tells of itself."""

    sysroot: Path
    release: str
    host: str
    said: str

    @property
    def rustc(self) -> Path:
        """The compiler itself, where rustup puts a program of its own before it."""
        return self.sysroot / "bin" / "rustc"

    @property
    def version(self) -> tuple[int, int]:
        """Its first two numbers."""
        major, minor = (int(number) for number in self.release.split(".")[:2])
        return major, minor

    @property
    def trees(self) -> tuple[Path, ...]:
        """What a box must show besides /usr."""
        if self.sysroot.is_relative_to("/usr"):
            return ()
        return (self.sysroot / "bin", self.sysroot / "lib")

    def cargo(self) -> Path:
        """Return the cargo beside the compiler, or the one on PATH. Raises ToolchainMissing."""
        beside = self.sysroot / "bin" / "cargo"
        found = str(beside) if os.access(beside, os.X_OK) else which("cargo")
        if found is None:
            raise ToolchainMissing("cargo", hint=_INSTALL)
        return Path(found)


def toolchain() -> Toolchain:
    """Return the Rust that PATH leads to, with a linker. Raises ToolchainMissing."""
    path = which("rustc")
    if path is None:
        raise ToolchainMissing("rustc", hint=_INSTALL)
    if not any(os.access(place, os.X_OK) for place in _LINKER_PLACES):
        raise ToolchainMissing("a linker for Rust (cc)", hint=LINKER)
    return _told(path)


@cache
def _told(path: str) -> Toolchain:
    said = _said(path, ["-vV"])
    sysroot = Path(_said(path, ["--print", "sysroot"]).strip())
    release = re.search(r"^release: (\d+\.\d+\.\d+)", said, re.MULTILINE)
    host = re.search(r"^host: (\S+)", said, re.MULTILINE)
    if release is None or host is None or not os.access(sysroot / "bin" / "rustc", os.X_OK):
        raise ToolchainMissing("a Rust that can be used", hint=f"{path} -vV says: {said.strip()}\n{_INSTALL}")
    return Toolchain(sysroot=sysroot, release=release[1], host=host[1], said=said)


def _said(path: str, words: Sequence[str]) -> str:
    """Return what the compiler answers; asked in /, where no project's own toolchain file is in force."""
    ran = process.run([path, *words], limit_s=_LIMIT_S, cwd=Path("/"), env=dict(os.environ))
    if ran.returncode != 0:
        told = (ran.stdout + ran.stderr).decode(errors="replace").strip()[-500:]
        raise ToolchainMissing(
            "a Rust that runs", hint=f"{path} says: {told or 'nothing'}\nWith rustup: rustup default stable"
        )
    return ran.stdout.decode(errors="replace")
