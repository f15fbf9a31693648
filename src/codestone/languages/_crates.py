"""The crates that Rust answers may use, built once into the cache and read-only ever after.

Cargo fetches what ``_rust/Cargo.lock`` pins, and its own configuration decides from where. Where that cannot
be had, Debian's librust-* packages are taken if they are installed: they are older.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from codestone import process
from codestone.endpoint.weights import cache_folder
from codestone.errors import ToolchainMissing
from codestone.languages._prepared import prepared
from codestone.languages._rustc import Toolchain

Report = Callable[[str], None]

NAMES = ("clap", "serde", "serde_json")
OLDEST = (1, 74)
"""What the pinned crates need, and what a program of today is written for."""
PREPARE = "codestone doctor --prepare rust"

_PINNED = Path(__file__).parent / "_rust"
_MANIFEST = ("Cargo.toml", "src/lib.rs")
_DEBIAN = Path("/usr/share/cargo/registry")
_DEBIAN_PACKAGES = "librust-clap-derive-dev librust-clap-dev librust-serde-derive-dev librust-serde-json-dev"
_DEBIAN_SOURCE = f"""[source.crates-io]
replace-with = "debian"
[source.debian]
directory = "{_DEBIAN}"
[net]
offline = true
"""
_BUILD_LIMIT_S = 1800.0
_TOLD = "built.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crates:
    """Built crates: a folder of libraries, the file of each that an answer may name, and their versions."""

    folder: Path
    files: Mapping[str, str]
    versions: Mapping[str, str]

    def __str__(self) -> str:
        return ", ".join(f"{name} {version}" for name, version in self.versions.items())


def found(toolchain: Toolchain) -> Crates | None:
    """Return what the cache has for this compiler, None where nothing was built."""
    for home in (_pinned_home(toolchain), _debian_home(toolchain)):
        if (home / _TOLD).is_file():
            told = json.loads((home / _TOLD).read_text("utf-8"))
            return Crates(folder=home, files=told["files"], versions=told["versions"])
    return None


def built(toolchain: Toolchain, report: Report) -> Crates:
    """Return the crates, built if they are not there yet; ``report`` gets a line per step.

    Safe to call from several processes at once: one builds, the others wait.
    Raises ToolchainMissing (too old, no download), UsageError (the cache cannot be written).
    """
    return prepared(
        lambda: found(toolchain),
        lambda: _build(toolchain, report),
        folder=_folder(),
        what="the crates of Rust",
        takes="They take 100 MB while they are built, then 30",
    )


def _folder() -> Path:
    return cache_folder() / "rust"


def _pinned_home(toolchain: Toolchain) -> Path:
    """Return the folder of the pinned crates: another lock file or another compiler is another folder."""
    pinned = [(_PINNED / name).read_bytes() for name in (*_MANIFEST, "Cargo.lock")]
    return _folder() / f"{toolchain.release}-{_digest(toolchain.said.encode(), *pinned)}"


def _debian_home(toolchain: Toolchain) -> Path:
    crates = sorted(path.name for path in _DEBIAN.iterdir()) if _DEBIAN.is_dir() else []
    return _folder() / f"{toolchain.release}-debian-{_digest(toolchain.said.encode(), repr(crates).encode())}"


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:8]


def _has_debian() -> bool:
    return all(any(_DEBIAN.glob(f"{name}-[0-9]*")) for name in NAMES)


def _build(toolchain: Toolchain, report: Report) -> None:
    """Build the pinned crates, or Debian's where those cannot be had. Raises ToolchainMissing."""
    if toolchain.version < OLDEST:
        raise ToolchainMissing(
            f"a Rust that is new enough ({toolchain.release} is here, {OLDEST[0]}.{OLDEST[1]} is needed)",
            hint="rustup gives the newest: https://rustup.rs\n"
            "Debian 12 has one beside its own: sudo apt-get install -y cargo-web rustc-web",
        )
    said = _built(toolchain, _pinned_home(toolchain), report, debian=False)
    if said and _has_debian():
        report("the pinned crates cannot be had; taking those of Debian's packages")
        said = _built(toolchain, _debian_home(toolchain), report, debian=True)
    if said:
        raise ToolchainMissing(
            "crates for Rust (clap, serde, serde_json)",
            hint=f"cargo could not build them:\n{said}\nThen try again: {PREPARE}\n"
            f"Without a registry, Debian's crates do: sudo apt-get install -y {_DEBIAN_PACKAGES}",
        )


def _built(toolchain: Toolchain, home: Path, report: Report, *, debian: bool) -> str:
    """Build beside the final place and move it there, a whole folder; return what went wrong, if anything."""
    report(f"building clap, serde and serde_json with cargo {toolchain.release} (30 MB, once)")
    fresh = Path(f"{home}.building")
    shutil.rmtree(fresh, ignore_errors=True)  # left behind by a process that was killed
    try:
        _lay(fresh, debian=debian)
        ended = process.run(
            _argv(toolchain, debian=debian),
            limit_s=_BUILD_LIMIT_S,
            cwd=fresh,
            env={**os.environ, "RUSTC": str(toolchain.rustc), "CARGO_INCREMENTAL": "0"},
        )
        if ended.returncode != 0:
            return "\n".join(ended.stderr.decode(errors="replace").strip().splitlines()[-8:]) or "no word"
        _keep(fresh, ended.stdout.decode(errors="replace"), toolchain.host)
        (fresh / "lib").rename(home)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    report(f"crates ready: {home}")
    return ""


def _lay(fresh: Path, *, debian: bool) -> None:
    """Write the package to build: Debian's crates have no checksums, and go with no lock file."""
    for name in (*_MANIFEST, *(() if debian else ("Cargo.lock",))):
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_PINNED / name, fresh / name)
    if debian:
        (fresh / ".cargo").mkdir()
        (fresh / ".cargo" / "config.toml").write_text(_DEBIAN_SOURCE, "utf-8")


def _argv(toolchain: Toolchain, *, debian: bool) -> list[str]:
    """Return cargo's words; the target is named, so that a user's own setting of it changes nothing."""
    words = [str(toolchain.cargo()), "build", "--target", toolchain.host, "--target-dir", "target"]
    words += ["--config", "profile.dev.debug=false", "--message-format", "json"]
    return [*words, "--ignore-rust-version"] if debian else [*words, "--locked"]


def _keep(fresh: Path, messages: str, host: str) -> None:
    """Gather what an answer links, and the derive macros, in one folder that any user may read."""
    lib = fresh / "lib"
    lib.mkdir()
    files: dict[str, str] = {}
    versions: dict[str, str] = {}
    for name, version, path in _artifacts(messages, host):
        shutil.copyfile(path, lib / path.name)
        (lib / path.name).chmod(0o644)
        if name in NAMES:
            files[name], versions[name] = path.name, version
    told = {"files": files, "versions": dict(sorted(versions.items()))}
    (lib / _TOLD).write_text(json.dumps(told, indent=1), "utf-8")
    lib.chmod(0o755)


def _artifacts(messages: str, host: str) -> Iterator[tuple[str, str, Path]]:
    """Yield name, version and file of each library for the target, and of each derive macro, by cargo."""
    for line in messages.splitlines():
        message = json.loads(line) if line.startswith("{") else {}
        if message.get("reason") != "compiler-artifact":
            continue
        target = message["target"]
        version = re.search(r"\d+\.\d+\.\d+[^\s)]*", message["package_id"].rpartition("#")[2])
        for path in map(Path, message["filenames"]):
            linked = "lib" in target["kind"] and path.suffix == ".rlib" and host in path.parts
            if linked or "proc-macro" in target["kind"]:
                yield target["name"].replace("-", "_"), version[0] if version else "", path
