"""First process of a container box: waits until it is furnished, runs the command, and ends as it ended.

    python -I -S gate.py SOCKET CMD…

Runs inside the container, where nothing of codestone is but this file; standard library only. Whoever listens
at SOCKET learns this process's pid from the kernel, and sends the command's descriptors with their numbers as
a JSON list; it is told the exit code. When the other end is gone, even by ``kill -9``, so is this process,
and with it the container.
"""

import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import sys

UNFURNISHED = 125
MOST_FDS = 250


def spawn(argv: list[str], received: list[int], numbers: list[int]) -> int:
    """Start the command with its descriptors under the numbers that it knows them by; return its pid."""
    pid = os.fork()
    if pid:
        return pid
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        clear = max(numbers, default=2) + 1  # one may have come under the number of another
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, clear) for fd in received]
        for fd, number in zip(high, numbers, strict=True):
            os.dup2(fd, number)
        os.execvp(argv[0], argv)  # noqa: S606 - the asker's own words, no shell
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def silence(given: list[int]) -> None:
    """Let go of what is the command's, so that its readers see the end of file when it closes it."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    for fd in given:
        os.close(fd)


def reaped(pid: int) -> int | None:
    """Reap all that has ended, orphans too; return the command's exit code if it has."""
    while True:
        try:
            ended, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return UNFURNISHED
        if ended == pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        if ended == 0:
            return None


def watch(pid: int, *, line: int, wakeup: int) -> int:
    """Wait until the command has ended or the asker is gone; return the exit code."""
    while True:
        ready, _, _ = select.select([line, wakeup], [], [])
        if wakeup in ready:
            os.read(wakeup, 4096)
            code = reaped(pid)
            if code is not None:
                return code
        if line in ready and not os.read(line, 1):
            return UNFURNISHED


def main() -> None:
    """Come to the gate, take what the command needs, run it."""
    place, argv = sys.argv[1], sys.argv[2:]
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.connect(place)
    message, received, _, _ = socket.recv_fds(line, 1 << 16, MOST_FDS)
    if not message:
        os._exit(UNFURNISHED)
    wakeup, alarm = os.pipe()
    os.set_blocking(alarm, False)
    signal.set_wakeup_fd(alarm, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    pid = spawn(argv, received, json.loads(message))
    silence(received)
    code = watch(pid, line=line.fileno(), wakeup=wakeup)
    with contextlib.suppress(OSError):  # nobody is there any more
        line.send(f"{code}\n".encode())
    os._exit(code)


if __name__ == "__main__":
    main()
