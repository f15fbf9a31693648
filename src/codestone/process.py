"""The only module that starts processes: argv in, nothing left alive when we leave or die.

A supervised child runs under ``guard.py``, which holds a socket from us and kills the child and all its
descendants when we are gone, even by ``kill -9``. A child that cares for itself (a box: bubblewrap with
``--die-with-parent`` and a pid namespace) is started with ``supervised=False``; such a child lives no longer
than the *thread* that started it.
"""

import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns
from typing import IO, Self

from codestone.errors import ToolchainMissing

PIPE, DEVNULL = subprocess.PIPE, subprocess.DEVNULL
OUTPUT_BYTES = 16 << 20
GUARD = Path(__file__).with_name("guard.py")
_KILL_S = 5.0

Stream = int | IO[bytes]
"""PIPE, DEVNULL, a file descriptor or an open file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a command ended. ``truncated`` tells that output beyond the cap was dropped.

    ``returncode`` is minus the signal's number where a signal ended it.
    """

    returncode: int
    stdout: bytes
    stderr: bytes
    timed_out: bool
    truncated: bool
    wall_ns: int


class Child:
    """A running command; leaving its context kills all of it.

    ``pid`` is the command's own pid; ``process`` is what we started (the guard, or the command itself).
    """

    def __init__(self, process: subprocess.Popen[bytes], *, line: socket.socket | None) -> None:
        self._process, self._line = process, line
        self.stdin, self.stdout, self.stderr = process.stdin, process.stdout, process.stderr
        self.pid = process.pid
        if line is not None:
            told = line.recv(32)
            self.pid = int(told) if told.strip() else process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):  # a pipe that nobody reads any more
                    stream.close()

    @property
    def started_pid(self) -> int:
        """The pid of what we started: the guard's, or the command's own."""
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self._process.poll()

    def wait(self, limit_s: float | None = None) -> int | None:
        """Wait for its end; return the exit code, or None if it still runs after ``limit_s`` seconds."""
        try:
            return self._process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return None

    def terminate(self) -> None:
        """Ask it to end (SIGTERM to its process group)."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                if self._line is None:
                    os.killpg(self._process.pid, signal.SIGTERM)
                else:
                    self._process.terminate()

    def kill(self) -> None:
        """Kill it and all its descendants; they are gone when this returns."""
        if self._line is not None:
            self._line.close()  # the guard reads the end of file and kills
            self.wait(_KILL_S)
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self.wait(_KILL_S)


def start(  # noqa: PLR0913 - what a process has
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: Stream = DEVNULL,
    stdout: Stream = DEVNULL,
    stderr: Stream = DEVNULL,
    pass_fds: Sequence[int] = (),
    supervised: bool = True,
) -> Child:
    """Start ``argv`` in a session of its own; ``env`` None means ours. Pipes are unbuffered.

    Raises ToolchainMissing where the program is not found.
    """
    program = _found(argv[0], cwd=cwd, env=env)
    words = [program, *argv[1:]]
    ours: socket.socket | None = None
    theirs: socket.socket | None = None
    if supervised:
        ours, theirs = socket.socketpair()
        words = [sys.executable, "-I", "-S", str(GUARD), str(theirs.fileno()), *words]
        pass_fds = (*pass_fds, theirs.fileno())
    try:
        process = subprocess.Popen(
            words,
            bufsize=0,
            cwd=cwd,
            env=env,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            pass_fds=tuple(pass_fds),
            start_new_session=True,
        )
    except BaseException:
        if ours is not None:
            ours.close()
        raise
    finally:
        if theirs is not None:
            theirs.close()
    return Child(process, line=ours)


def _found(program: str, *, cwd: Path | None, env: Mapping[str, str] | None) -> str:
    """Return the path of ``program`` as a shell in ``cwd`` with ``env`` would find it."""
    if "/" in program:
        path = Path(cwd or Path.cwd(), program)
        if os.access(path, os.X_OK) and path.is_file():
            return program
    else:
        found = shutil.which(program, path=None if env is None else env.get("PATH", os.defpath))
        if found:
            return found
    raise ToolchainMissing(program, hint=f"Install {Path(program).name}, or put it on PATH.")


def run(  # noqa: PLR0913 - what a process has
    argv: Sequence[str],
    *,
    limit_s: float,
    stdin: bytes = b"",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    output_bytes: int = OUTPUT_BYTES,
) -> Finished:
    """Run ``argv`` to its end, at most ``limit_s`` seconds; stdout and stderr keep ``output_bytes`` together.

    The command's own exit ends the run: what it left in the background is killed, and nobody waits for the
    end of file of its output. Raises ToolchainMissing where the program is not found.
    """
    began_ns = perf_counter_ns()
    deadline_ns = began_ns + int(limit_s * 1e9)
    with start(argv, cwd=cwd, env=env, stdin=PIPE, stdout=PIPE, stderr=PIPE) as child:
        pipes = Pipes(child, stdin=stdin, output_bytes=output_bytes)
        timed_out = False
        while (returncode := child.poll()) is None:
            left_ns = deadline_ns - perf_counter_ns()
            if left_ns <= 0:
                timed_out = True
                break
            if pipes.closed:
                child.wait(left_ns / 1e9)
            else:
                pipes.turn(min(0.05, left_ns / 1e9))
        wall_ns = perf_counter_ns() - began_ns
        child.kill()
        pipes.drain()
        if returncode is None:
            returncode = -signal.SIGKILL
    return Finished(
        returncode=returncode,
        stdout=bytes(pipes.stdout),
        stderr=bytes(pipes.stderr),
        timed_out=timed_out,
        truncated=pipes.overflow,
        wall_ns=wall_ns,
    )


class Pipes:
    """Feeds a child's stdin and collects its output, both bounded, without ever blocking on either.

    ``stdout`` and ``stderr`` keep ``output_bytes`` together; the rest is read and dropped, and ``overflow``
    tells so. ``stdin`` None and ``stdout`` False leave that stream to the caller.
    """

    def __init__(self, child: Child, *, stdin: bytes | None, output_bytes: int, stdout: bool = True) -> None:
        self.stdout, self.stderr = bytearray(), bytearray()
        self.overflow = False
        self._room = output_bytes
        self._pending = memoryview(stdin or b"")
        self._stdin = child.stdin if stdin is not None else None
        self._readers: dict[int, bytearray] = {}
        for stream, kept in ((child.stdout if stdout else None, self.stdout), (child.stderr, self.stderr)):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                self._readers[stream.fileno()] = kept
        self._poll = select.poll()
        for fd in self._readers:
            self._poll.register(fd, select.POLLIN)
        if self._stdin is not None:
            os.set_blocking(self._stdin.fileno(), False)
            self._poll.register(self._stdin.fileno(), select.POLLOUT)

    @property
    def closed(self) -> bool:
        """Whether nothing is left to move: all output was closed, all input given."""
        return not self._readers and self._stdin is None

    def watch(self, fd: int) -> None:
        """End a turn early when ``fd`` becomes readable."""
        self._poll.register(fd, select.POLLIN)

    def turn(self, limit_s: float) -> None:
        """Move what can be moved; wait at most ``limit_s`` seconds for something to move."""
        for fd, _ in self._poll.poll(limit_s * 1000):
            if fd in self._readers:
                self._read(fd)
            elif self._stdin is not None and fd == self._stdin.fileno():
                self._write()

    def drain(self) -> None:
        """Take what is in the pipes now, without waiting for their end."""
        for fd in list(self._readers):
            while fd in self._readers and self._read(fd):
                pass

    def _read(self, fd: int) -> bool:
        try:
            got = os.read(fd, 1 << 16)
        except BlockingIOError:
            return False
        if not got:
            self._poll.unregister(fd)
            del self._readers[fd]
            return False
        self._readers[fd] += got[: self._room]
        self.overflow = self.overflow or len(got) > self._room
        self._room = max(0, self._room - len(got))
        return True

    def _write(self) -> None:
        assert self._stdin is not None
        try:
            if self._pending:
                self._pending = self._pending[os.write(self._stdin.fileno(), self._pending[: 1 << 16]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._pending = self._pending[:0]
        if not self._pending:
            self._poll.unregister(self._stdin.fileno())
            self._stdin.close()
            self._stdin = None


def detach(argv: Sequence[str], *, log: Path) -> int:
    """Start ``argv`` so that it outlives us and the terminal, its output added to ``log``; return its pid.

    The one exception to the rule that nothing is left behind: the user asked for a run that goes on alone.
    """
    with log.open("ab") as output:
        child = subprocess.Popen(
            list(argv), stdin=DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    child.returncode = 0  # nobody waits for it: without this, its object complains when it goes
    return child.pid
