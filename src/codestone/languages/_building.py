"""Compile an answer in a box of its own: nothing of it is run there, and nothing hidden is in reach.

The compiler is trusted; what it reads is not. It gets the files that ``staged`` picked, read-only toolchains,
and no network. Only named files are taken out.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from codestone.sandbox import Backend, BoxLimits, BoxSpec, CollectLimits, open_box

LIMITS = BoxLimits(
    wall_s=600.0,  # a loaded machine is slow, not wrong: what an endless macro uses is processor time
    cpu_s=180.0,
    memory_bytes=2 << 30,
    disk_bytes=1 << 30,
    file_bytes=256 << 20,
    output_bytes=8 << 20,
    processes=512,
)
SAID_LIMIT = 2000
_COLLECT = CollectLimits(bytes=512 << 20, entries=20_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiling:
    """How a compiler ended in its box.

    ``programs`` are the outputs by name, in a folder of ours; none unless it ended with 0 and made them all.
    ``limit`` names the limit of the box that ended it.
    """

    ok: bool
    stdout: str
    stderr: str
    programs: Mapping[str, Path]
    limit: str | None


def compiling(spec: BoxSpec, *, outputs: Sequence[str], into: Path, backend: Backend | None) -> Compiling:
    """Run the compiler of ``spec`` to its end; leave ``outputs`` (paths below /work) in the folder ``into``.

    Raises SandboxError where no box can be had: never the answer's fault.
    """
    with (
        tempfile.TemporaryDirectory(prefix="codestone-") as folder,
        open_box(spec, backend=backend, stdin=b"") as box,
    ):
        run = box.run()
        programs: dict[str, Path] = {}
        if run.end.returncode == 0:
            made = Path(folder) / "work"
            collected = box.collect(made, _COLLECT).files
            if all(name in collected for name in outputs):
                programs = {name: _moved(made / name, into / PurePosixPath(name).name) for name in outputs}
    return Compiling(
        ok=len(programs) == len(outputs) and run.end.returncode == 0,
        stdout=run.stdout.decode(errors="replace"),
        stderr=run.stderr.decode(errors="replace"),
        programs=programs,
        limit=run.end.limit,
    )


def _moved(made: Path, place: Path) -> Path:
    shutil.move(made, place)
    place.chmod(0o755)
    return place


def staged(files: Path, into: Path, *, suffixes: Sequence[str]) -> Path:
    """Copy the plain files of a workspace with one of these suffixes to the folder ``into``, and return it.

    Links stay behind, and so does all that would tell the compiler's tools what to do.
    """
    for path in sorted(files.rglob("*")):
        if path.suffix in suffixes and path.is_file() and not path.is_symlink():
            place = into / path.relative_to(files)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    return into


def shortened(text: str, *, folders: Mapping[str, str], limit: int = SAID_LIMIT) -> str:
    """Return a compiler's words without this machine's folders, cut at a line after ``limit`` characters.

    ``folders`` gives what stands for each folder.
    """
    for folder in sorted(folders, key=len, reverse=True):
        text = text.replace(folder, folders[folder])
    text = text.strip()
    if len(text) <= limit:
        return text
    kept = text[:limit]
    if "\n" in kept:
        kept = kept[: kept.rindex("\n")]
    return f"{kept.rstrip()}\n… and {len(text) - len(kept)} characters more"
