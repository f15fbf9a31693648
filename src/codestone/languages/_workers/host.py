"""First process of a grading box: starts one fresh worker per check, on request from outside.

Runs inside the box with nothing but the standard library: ``python -I -S host.py CONTROL_FD ENTRY ARGV…``.
Each request is one datagram on the control socket, ``{"start": true}`` with the worker's channel as an
SCM_RIGHTS descriptor, or ``{"kill": pid}``; each is answered with ``{"pid": pid}``.

A Python worker (no ARGV) is forked from this warm process; a worker of another language is ARGV,
executed with its channel as descriptor 3. Candidate code never runs in this process.
"""

import json
import os
import signal
import socket
import sys

CHANNEL_FD = 3


def start(channel: int, control: socket.socket, entry: str, argv: list[str]) -> int:
    """Fork a worker in a session of its own and return its pid (in the box's pid namespace)."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        control.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if argv:
            os.dup2(channel, CHANNEL_FD, inheritable=True)
            os.execv(argv[0], [*argv, entry])
        import python_worker

        python_worker.serve(channel, entry)
    finally:
        os._exit(0)


def kill(pid: int) -> None:
    """Kill a worker and what it started; children that left its session die with the box."""
    for target in (-pid, pid):
        try:
            os.kill(target, signal.SIGKILL)
        except ProcessLookupError:
            pass


def main() -> None:
    """Serve requests until the control socket closes."""
    control = socket.socket(fileno=int(sys.argv[1]))
    entry, argv = sys.argv[2], sys.argv[3:]
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    if not argv:
        import python_worker  # noqa: F401  warm: forked workers find it, and what it imports, loaded
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 4096, 1)
        if not message:
            return
        request = json.loads(message)
        pid = 0
        if "start" in request:
            pid = start(descriptors[0], control, entry, argv)
        elif "kill" in request:
            pid = request["kill"]
            kill(pid)
        for descriptor in descriptors:
            os.close(descriptor)
        control.send(json.dumps({"pid": pid}).encode())


if __name__ == "__main__":
    main()
