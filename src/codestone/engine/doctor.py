"""What works on this machine and what does not, with the exact remedy for each fault. Prints nothing."""

import os
import platform
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from codestone import process, sandbox
from codestone.endpoint import embedded, weights
from codestone.endpoint.discover import discover
from codestone.engine.environment import gpus, memory_bytes, processor
from codestone.errors import CodestoneError, SandboxError, ToolchainMissing, UnknownName
from codestone.grading.style import grammar
from codestone.languages import go, rust, typescript

BOX, TOOLCHAINS = "box", "toolchains"
_VERSION_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One answer. ``ok`` None: not there and not needed, or not known. ``remedy``: what to do about it."""

    area: str
    name: str
    ok: bool | None
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A program that tasks need. ``packages`` are its names for apt-get and brew."""

    name: str
    serves: str
    packages: tuple[str, str]
    version: tuple[str, ...] = ("--version",)
    least: int = 0
    needed: bool = True


TOOLS = (
    Tool(name="node", serves="JavaScript and TypeScript", packages=("nodejs", "node"), least=18),
    Tool(name="npm", serves="packages of JavaScript and TypeScript", packages=("npm", "node")),
    Tool(name="tsc", serves="TypeScript by hand", packages=("node-typescript", "typescript"), needed=False),
    Tool(name="cargo", serves="Rust", packages=("cargo", "rust")),
    Tool(name="bash", serves="shell scripts", packages=("bash", "bash")),
)  # fmt: skip

PREPARATIONS: dict[str, Callable[[weights.Report], object]] = {
    "embedded": embedded.prepare,
    "typescript": typescript.prepare,
    "rust": rust.prepare,
    "go": go.prepare,
}
"""What ``prepare`` knows: each fetches what would otherwise be fetched in the middle of a run."""


def findings() -> list[Finding]:
    """Look at everything; takes seconds, since toolchains, the box and endpoints are really tried."""
    return [
        *_machine(),
        *(tool_finding(tool) for tool in TOOLS),
        compiler_finding(),
        crates_finding(),
        go_finding(),
        style_finding(),
        box_finding(),
        *_endpoints(),
        *_embedded(),
        cache_finding(),
    ]


def fault(found: Sequence[Finding], *, require_toolchains: bool) -> CodestoneError | None:
    """Return why the machine cannot be used, or None: without a box nothing can be graded."""
    for finding in found:
        if finding.area == BOX and finding.ok is False:
            return SandboxError(finding.detail, hint=finding.remedy)
    missing = [finding for finding in found if finding.area == TOOLCHAINS and finding.ok is False]
    if missing and require_toolchains:
        remedies = dict.fromkeys(finding.remedy for finding in missing)
        return ToolchainMissing(", ".join(finding.name for finding in missing), hint="\n".join(remedies))
    return None


def prepare(what: Sequence[str], report: weights.Report) -> None:
    """Fetch what was named; ``report`` gets a line per step. UnknownName comes before anything is fetched."""
    for name in what:
        if name not in PREPARATIONS:
            raise UnknownName("preparation", name, sorted(PREPARATIONS))
    for name in dict.fromkeys(what):
        PREPARATIONS[name](report)


def _machine() -> Iterator[Finding]:
    area = "machine"
    yield Finding(area=area, name="python", ok=True, detail=platform.python_version())
    known = platform.system() in {"Linux", "Darwin"}
    remedy = "" if known else "Use Linux or macOS; on Windows, WSL 2."
    yield Finding(area=area, name="platform", ok=known, detail=platform.platform(), remedy=remedy)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Finding(
        area=area, name="processor", ok=True, detail=f"{cores} cores, {processor() or 'unknown kind'}"
    )
    size = memory_bytes()
    yield Finding(
        area=area, name="memory", ok=size is not None or None, detail=_gib(size) if size else "not known"
    )
    yield _gpu(size)


def _gpu(memory: int | None) -> Finding:
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        shared = f", shares the {_gib(memory)} of memory" if memory else ""
        return Finding(area="machine", name="gpu", ok=True, detail=f"Apple{shared}")
    if cards := gpus():
        return Finding(area="machine", name="gpu", ok=True, detail="; ".join(cards))
    if shutil.which("nvidia-smi") is None:
        return Finding(area="machine", name="gpu", ok=None, detail="none that nvidia-smi could tell of")
    remedy = "Run nvidia-smi and follow what it says; after a driver update, reboot."
    return Finding(
        area="machine", name="gpu", ok=False, detail="nvidia-smi is there and lists no card", remedy=remedy
    )


def tool_finding(tool: Tool) -> Finding:
    """Ask a program for its version; a program that is there and does not run is a fault too."""
    path = shutil.which(tool.name)
    if path is None:
        absent = "not installed: tasks for it are skipped" if tool.needed else "not installed, not needed"
        return _tool(tool, ok=False if tool.needed else None, detail=f"{absent} ({tool.serves})")
    ran = process.run([path, *tool.version], limit_s=_VERSION_LIMIT_S)
    said = (ran.stdout + ran.stderr).decode(errors="replace").strip().partition("\n")[0][:120]
    version = re.search(r"\d+(\.\d+)+", said)
    if ran.returncode != 0 or version is None:
        why = "it did not answer in time" if ran.timed_out else said or "it says nothing"
        return _tool(tool, ok=False, detail=f"{path} does not run: {why}")
    if int(version[0].partition(".")[0]) < tool.least:
        return _tool(
            tool, ok=False, detail=f"{version[0]} at {path} is too old: {tool.least} or newer is needed"
        )
    return _tool(tool, ok=True, detail=f"{version[0]} at {path}")


def _tool(tool: Tool, *, ok: bool | None, detail: str) -> Finding:
    return Finding(
        area=TOOLCHAINS, name=tool.name, ok=ok, detail=detail, remedy=_install(tool) if ok is False else ""
    )


def _install(tool: Tool) -> str:
    """Return the command that installs a program here."""
    debian, brew = tool.packages
    if shutil.which("apt-get"):
        return f"sudo apt-get install -y {debian}"
    if shutil.which("brew"):
        return f"brew install {brew}"
    least = f" {tool.least} or newer" if tool.least else ""
    return f"Install {tool.name}{least} with your package manager and put it on PATH."


def compiler_finding() -> Finding:
    """Look for the pinned TypeScript compiler in the cache; the first task that needs it fetches it."""
    if typescript.cached():
        return Finding(area=TOOLCHAINS, name="typescript", ok=True, detail=f"{typescript.pinned()}, cached")
    remedy = "codestone doctor --prepare typescript"
    return Finding(area=TOOLCHAINS, name="typescript", ok=None, detail="not fetched yet", remedy=remedy)


def crates_finding() -> Finding:
    """Look for the crates of Rust answers in the cache; the first task that needs them builds them."""
    area, name = TOOLCHAINS, "crates"
    try:
        versions = rust.cached()
    except ToolchainMissing as missing:
        ok = None if shutil.which("rustc") is None else False  # without Rust, cargo's line has said so
        return Finding(area=area, name=name, ok=ok, detail=f"{missing.message} (Rust)", remedy=missing.hint)
    if versions is not None:
        return Finding(area=area, name=name, ok=True, detail=f"{versions}, cached")
    remedy = "codestone doctor --prepare rust"
    return Finding(area=area, name=name, ok=None, detail="not built yet (Rust)", remedy=remedy)


def go_finding() -> Finding:
    """Look for a Go that is new enough, on PATH or beside us, and for its library in the cache."""
    area, name = TOOLCHAINS, "go"
    try:
        version = go.cached()
    except ToolchainMissing as missing:
        return Finding(area=area, name=name, ok=False, detail=missing.message, remedy=missing.hint)
    if version is not None:
        return Finding(area=area, name=name, ok=True, detail=f"{version}, library built")
    remedy = "codestone doctor --prepare go"
    return Finding(area=area, name=name, ok=None, detail="library not built yet (Go)", remedy=remedy)


def style_finding() -> Finding:
    """Look for the parsers that tell how answers are written; no task needs them."""
    if grammar.installed():
        return Finding(area=TOOLCHAINS, name="style", ok=True, detail="parsers of five languages")
    absent = "not installed: idle helpers, dead lines and dependencies of answers are not told"
    return Finding(area=TOOLCHAINS, name="style", ok=None, detail=absent, remedy=grammar.INSTALL)


def box_finding() -> Finding:
    """Build a real box once."""
    try:
        box = sandbox.describe()
    except SandboxError as error:
        remedy = error.hint or "sudo apt-get install -y bubblewrap"
        return Finding(area=BOX, name="sandbox", ok=False, detail=error.message, remedy=remedy)
    limits = ", ".join(f"{name}: {how}" for name, how in box.in_force.items())
    return Finding(area=BOX, name="sandbox", ok=True, detail=f"{box} at {box.program} ({limits})")


def _endpoints() -> Iterator[Finding]:
    area = "endpoints"
    found = discover()
    for server in found:
        models = ", ".join(model.id for model in server.models) or "no model"
        yield Finding(area=area, name=server.base_url, ok=True, detail=f"{server.server}: {models}")
    if not found:
        remedy = "Start a server, or name one with --endpoint URL; without one the embedded model is used."
        yield Finding(
            area=area, name="servers", ok=None, detail="none answers on the usual ports", remedy=remedy
        )


def _embedded() -> Iterator[Finding]:
    area = "embedded model"
    if embedded.installed():
        yield Finding(area=area, name="xllamacpp", ok=True, detail=embedded.build())
    else:
        yield Finding(area=area, name="xllamacpp", ok=None, detail="not installed", remedy=embedded.INSTALL)
    file = weights.path()
    if weights.cached():
        yield Finding(area=area, name="weights", ok=True, detail=str(file))
    else:
        remedy = "codestone doctor --prepare embedded"
        yield Finding(area=area, name="weights", ok=None, detail="not fetched yet", remedy=remedy)


def cache_finding() -> Finding:
    """Write to the cache folder; it is made if it is not there."""
    folder = weights.cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"codestone")
        free = shutil.disk_usage(folder).free
    except OSError as error:
        remedy = "Set CODESTONE_CACHE to a folder that can be written."
        return Finding(
            area="cache", name="folder", ok=False, detail=f"{folder}: {error.strerror}", remedy=remedy
        )
    return Finding(area="cache", name="folder", ok=True, detail=f"{folder}, {_gib(free)} free")


def _gib(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB"
