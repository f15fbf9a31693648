"""Run a command in a fresh folder of this machine, as a process tree of ours: no walls, only limits.

What ``unsafe`` does, and what ``seatbelt`` puts its walls around. Nothing is mounted: where a word of the
command names a place of the box, it is rewritten to where that lies here.
"""

import contextlib
import os
import re
import resource
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import ceil
from pathlib import Path

from codestone import process
from codestone.errors import SandboxError
from codestone.sandbox.limits import BoxLimits
from codestone.sandbox.running import RunningBox
from codestone.sandbox.spec import PATH, BoxSpec, Mount
from codestone.sandbox.tree_usage import PsUsage, TreeUsage
from codestone.sandbox.usage import Usage
from codestone.sandbox.workspace import copy_in

_BLOCK = 512  # a shell's unit of file sizes

Wrap = Callable[[Path, Sequence[str]], list[str]]
"""Takes the box's folder and a command, returns the command with walls around it."""


@contextlib.contextmanager
def opened(spec: BoxSpec, wrap: Wrap, *, stdin: bytes | None, own_stdout: bool) -> Iterator[RunningBox]:
    """Start ``spec.argv`` in a folder that is deleted afterwards; leaving the context kills all it started.

    Raises SandboxError where that cannot be done.
    """
    with contextlib.ExitStack() as stack:
        try:
            made = tempfile.TemporaryDirectory(prefix="codestone-box-", ignore_cleanup_errors=True)
            folder = Path(stack.enter_context(made)).resolve()
            box = _build(spec, wrap(folder, command(spec)), folder, stack, stdin=stdin, own_stdout=own_stdout)
        except OSError as error:
            raise SandboxError(f"the command's folder could not be made: {error}") from error
        yield box


def _build(  # noqa: PLR0913 - one caller
    spec: BoxSpec,
    argv: Sequence[str],
    folder: Path,
    stack: contextlib.ExitStack,
    *,
    stdin: bytes | None,
    own_stdout: bool,
) -> RunningBox:
    work, scratch = folder / "work", folder / "tmp"
    work.mkdir()
    scratch.mkdir()
    work_fd = os.open(work, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    with contextlib.ExitStack() as undone:
        undone.callback(os.close, work_fd)
        if spec.files is not None:
            copy_in(spec.files, work_fd, None)
        child = stack.enter_context(
            process.start(
                argv,
                cwd=work,
                env=environment(spec, scratch),
                stdin=process.PIPE,
                stdout=process.PIPE,
                stderr=process.PIPE,
                pass_fds=spec.pass_fds,
            )
        )
        undone.pop_all()
    usage = _usage(child, work_fd, (work, scratch), spec.limits)
    stack.callback(usage.close)
    box = RunningBox(
        child=child,
        first_process_fd=None,
        usage=usage,
        limits=spec.limits,
        stdin=stdin,
        own_stdout=own_stdout,
    )
    stack.callback(box.kill)
    return box


def _usage(child: process.Child, work_fd: int, folders: tuple[Path, ...], limits: BoxLimits) -> Usage:
    if Path("/proc/self/task").is_dir():
        proc_fd = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return TreeUsage(
            proc_fd=proc_fd,
            writable_fds=(work_fd,),
            group=None,
            limits=limits,
            guard_pid=child.started_pid,
            folders=folders,
        )
    return PsUsage(
        proc_fd=os.dup(work_fd),
        writable_fds=(work_fd,),
        group=None,
        limits=limits,
        guard_pid=child.started_pid,
        folders=folders,
        command_pid=child.pid,
    )


def command(spec: BoxSpec) -> list[str]:
    """Return the words that set the limits of each process and become the command."""
    return ["/bin/sh", "-c", f'{ulimits(spec.limits)}; exec "$@"', "sh", *rewritten(spec.argv, spec.mounts)]


def ulimits(limits: BoxLimits) -> str:
    """Return the shell's words for what a process may use; never more than we may ourselves.

    RLIMIT_NPROC is not among them: it counts all processes of the user.
    """
    wanted = {
        "-c": (resource.RLIMIT_CORE, 0, 1),
        "-f": (resource.RLIMIT_FSIZE, limits.file_bytes, _BLOCK),
        "-n": (resource.RLIMIT_NOFILE, limits.fds, 1),
        "-t": (resource.RLIMIT_CPU, ceil(limits.cpu_s) + 1, 1),
    }
    words = []
    for option, (kind, value, unit) in wanted.items():
        _, hard = resource.getrlimit(kind)
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        words.append(f"ulimit {option} {least // unit}")
    return "; ".join(words)


def rewritten(words: Iterable[str], mounts: Iterable[Mount]) -> list[str]:
    """Return the words with each mount's target replaced by its source, also inside a word (JSON)."""
    moved = {str(mount.target): str(mount.source) for mount in mounts}
    moved = {target: source for target, source in moved.items() if target != source}
    if not moved:
        return list(words)
    longest_first = sorted(moved, key=len, reverse=True)
    places = re.compile(rf"(?<![\w./-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w.-])")
    return [places.sub(lambda found: moved[found[0]], word) for word in words]


def environment(spec: BoxSpec, scratch: Path) -> Mapping[str, str]:
    """Return what the command finds in its environment; nothing of ours gets in."""
    place = str(scratch)
    asked = dict(zip(spec.env, rewritten(spec.env.values(), spec.mounts), strict=True))
    return {"PATH": PATH, "HOME": place, "TMPDIR": place, "LANG": "C.UTF-8", **asked}
