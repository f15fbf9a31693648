"""A box that runs: one thread moves its output, watches its limits, and ends it."""

import contextlib
import os
import select
import signal
import threading
from pathlib import Path
from time import perf_counter_ns
from typing import IO

from codestone.errors import SandboxError
from codestone.process import Child, Pipes
from codestone.sandbox.limits import BoxLimits
from codestone.sandbox.spec import BoxEnd, BoxRun
from codestone.sandbox.usage import Usage
from codestone.sandbox.workspace import Collected, CollectLimits, collect

_LOOK_NS = 25_000_000
"""How often the limits are looked at."""


class RunningBox:
    """A box whose command runs. It ends when its command ends, when a limit is exceeded, or by ``kill``.

    Its first process holds a pid namespace, so that the kernel kills whatever is left when that process
    dies; ``wait`` and ``kill`` return after that has happened. Without such a process
    (``first_process_fd=None``) the child is supervised, and its guard kills what is left. A box lives no
    longer than the thread that opened it.
    """

    def __init__(  # noqa: PLR0913 - made in one place, by name
        self,
        *,
        child: Child,
        first_process_fd: int | None,
        usage: Usage,
        limits: BoxLimits,
        stdin: bytes | None,
        own_stdout: bool,
    ) -> None:
        self.child = child
        self._first_process_fd, self._usage = first_process_fd, usage
        self._limits = limits
        self._own_stdin = stdin is None
        self._own_stdout = own_stdout
        self._pipes = Pipes(child, stdin=stdin, output_bytes=limits.output_bytes, stdout=not own_stdout)
        self._limit: str | None = None
        self._killed = False
        self._fault: BaseException | None = None
        self._end: BoxEnd | None = None
        self._began_ns = perf_counter_ns()
        self._thread = threading.Thread(target=self._watch, name="box", daemon=True)
        self._thread.start()

    @property
    def stdin(self) -> IO[bytes]:
        """The command's standard input, unbuffered; close it to give the end of file."""
        assert self._own_stdin, "its input was given when it was opened"
        assert self.child.stdin is not None
        return self.child.stdin

    @property
    def stdout(self) -> IO[bytes]:
        """The command's standard output, unbuffered, for a box opened with ``own_stdout=True``."""
        assert self._own_stdout, "its output is collected: see output()"
        assert self.child.stdout is not None
        return self.child.stdout

    def output(self) -> tuple[bytes, bytes]:
        """Return what stdout and stderr have brought so far; together at most the output limit."""
        return bytes(self._pipes.stdout), bytes(self._pipes.stderr)

    def wait(self) -> BoxEnd:
        """Wait for the end; nothing of the box is then alive. Raises SandboxError if it broke."""
        self._thread.join()
        if self._fault is not None:
            raise SandboxError(f"the box could not be watched: {self._fault}") from self._fault
        assert self._end is not None
        return self._end

    def ends_within(self, limit_s: float) -> bool:
        """Wait for the end, at most ``limit_s`` seconds; tell whether it has come."""
        self._thread.join(limit_s)
        return not self._thread.is_alive()

    def ended(self) -> BoxEnd | None:
        """Return how it ended, None while it runs."""
        return None if self._thread.is_alive() else self.wait()

    def kill(self) -> BoxEnd:
        """End it now; nothing of the box is alive when this returns."""
        self._killed = True
        self._stop()
        return self.wait()

    def collect(self, destination: Path, limits: CollectLimits | None = None) -> Collected:
        """Copy what lies in /work to ``destination``, a new directory of ours; also after the end."""
        return collect(self._usage.writable_fds[0], destination, limits or CollectLimits())

    def run(self) -> BoxRun:
        """Wait for the end and return it with all output."""
        end = self.wait()
        stdout, stderr = self.output()
        return BoxRun(stdout=stdout, stderr=stderr, end=end)

    def _watch(self) -> None:
        """Run in a thread of its own from start to end."""
        try:
            with contextlib.ExitStack() as held:
                if self._first_process_fd is not None:
                    ended_fd = os.pidfd_open(self.child.pid)
                    held.callback(os.close, ended_fd)
                    self._pipes.watch(ended_fd)
                self._until_end()
        except BaseException as error:  # noqa: BLE001 - raised again by wait(); the box must not go on unwatched
            self._fault = error
        finally:
            self._stop()
        if self._fault is None:
            self._conclude()

    def _until_end(self) -> None:
        look_ns = self._began_ns
        while self.child.poll() is None:
            now_ns = perf_counter_ns()
            if now_ns >= look_ns:
                self._limit = self._exceeded(now_ns)
                if self._limit is not None:
                    return
                look_ns = now_ns + _LOOK_NS
            self._pipes.turn((look_ns - now_ns) / 1e9)

    def _exceeded(self, now_ns: int) -> str | None:
        if now_ns - self._began_ns > self._limits.wall_s * 1e9:
            return "wall"
        if self._pipes.overflow:
            return "output"
        return self._usage.exceeded()

    def _stop(self) -> None:
        """Kill the first process, and with it the namespace; return when the kernel has buried it."""
        if self._first_process_fd is None:
            self.child.kill()
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._first_process_fd, signal.SIGKILL)
        gone = select.poll()
        gone.register(self._first_process_fd, select.POLLIN)
        if not gone.poll(10_000):
            raise SandboxError("a killed box did not die within 10 s")
        self.child.wait(1.0)  # bubblewrap tells the command's exit code when its child is gone
        self.child.kill()

    def _conclude(self) -> None:
        wall_ns = perf_counter_ns() - self._began_ns
        self._pipes.drain()
        returncode = self.child.poll()
        assert returncode is not None
        if returncode < 0 and self._first_process_fd is None:
            returncode = 128 - returncode
        limit = self._limit
        if limit is None and not self._killed:
            if self._usage.out_of_memory():
                limit = "memory"
            elif self._pipes.overflow:
                limit = "output"
        self._end = BoxEnd(
            returncode=-signal.SIGKILL if self._limit or self._killed else returncode,
            limit=limit,
            wall_ns=wall_ns,
            peak_memory_bytes=self._usage.final_peak_bytes(),
        )
