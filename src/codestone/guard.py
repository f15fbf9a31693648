"""Run one command, and kill all it started when whoever asked for it is gone. Started by ``process.py`` only.

    python -I -S guard.py FD CMD…

FD is a socket to the asker. The guard writes the command's pid to it as one line, then waits for the
command's exit or for the end of file, which the kernel gives even when the asker dies by ``kill -9``.
PR_SET_PDEATHSIG alone would not do: it fires when the *thread* that started the process ends. On Linux the
guard adopts orphans, so that a daemon which left its session dies too; elsewhere the process group does.
Standard library only, nothing of codestone: it must start fast.
"""

import os
import resource
import select
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def prctl(option: int, value: int) -> None:
    """Set one process attribute; does nothing where the kernel is not Linux."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - only Linux has prctl

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def spawn(argv: list[str]) -> int:
    """Start ``argv`` as leader of a session of its own; return its pid."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.execvp(argv[0], argv)  # noqa: S606 - the asker's own words, no shell
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def close_all_but(keep: set[int]) -> None:
    """Close what the command inherited, so that its readers see the end of file when it closes it."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    low = 3
    for fd in (*sorted(keep), 65536):
        os.closerange(low, fd)
        low = fd + 1


def children() -> list[int]:
    """Return the pids of our children, adopted ones too; empty where the kernel does not tell."""
    try:
        fd = os.open(f"/proc/self/task/{os.getpid()}/children", os.O_RDONLY)
    except OSError:
        return []
    words = os.read(fd, 1 << 20).split()
    os.close(fd)
    return [int(word) for word in words]


def kill_all(pid: int) -> None:
    """Kill the command's process group and, until none is left, every child; reap them."""
    send(os.killpg, pid, signal.SIGKILL)
    while True:
        for child in children():
            send(os.kill, child, signal.SIGKILL)
        try:
            os.wait()
        except ChildProcessError:
            return


def send(how: Callable[[int, int], None], pid: int, number: int) -> None:
    """Send a signal to what may be gone already."""
    try:
        how(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def reaped(pid: int) -> int | None:
    """Reap all that has ended, orphans that we adopted too; return the command's wait status if it has."""
    while True:
        try:
            ended, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return signal.SIGKILL
        if ended == pid:
            return status
        if ended == 0:
            return None


def watch(pid: int, *, asker: int, wakeup: int) -> int:
    """Wait until the command has ended or the asker is gone; return the wait status."""
    while True:
        ready, _, _ = select.select([asker, wakeup], [], [])
        if wakeup in ready:
            os.read(wakeup, 4096)
            status = reaped(pid)
            if status is not None:
                return status
        if asker in ready and not os.read(asker, 1):
            return signal.SIGKILL


def main() -> None:
    """Run the command, clean up after it, and end as it ended."""
    asker, argv = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(asker, False)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    wakeup, alarm = os.pipe()
    os.set_blocking(alarm, False)
    signal.set_wakeup_fd(alarm, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    pid = spawn(argv)
    signal.signal(signal.SIGTERM, lambda *_: send(os.killpg, pid, signal.SIGTERM))
    close_all_but({asker, wakeup, alarm})
    try:
        os.write(asker, f"{pid}\n".encode())
        status = watch(pid, asker=asker, wakeup=wakeup)
    except OSError:  # the asker's end was closed with our line unread
        status = signal.SIGKILL
    kill_all(pid)
    if os.WIFSIGNALED(status):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if os.WTERMSIG(status) != signal.SIGKILL:
            signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))


if __name__ == "__main__":
    main()
