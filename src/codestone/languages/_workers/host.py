"""First process of a grading box: starts one fresh worker per check, on request from outside.

    python -I -S host.py CONTROL_FD ENTRY WORKER BUILD WARM

Runs inside the box with nothing but the standard library; WORKER and BUILD are command lines as JSON lists.
Candidate code never runs in this process. BUILD, where there is one, is run to its end first; it translates
the candidate's files and runs none of them. WARM is a JSON list of modules of the library that forked workers
find loaded. Each request is one datagram on the control socket,
``{"start": what}`` with a socket as SCM_RIGHTS descriptor, or ``{"kill": [pid, …]}``. Each is answered with
``{"pid": pid}``, or ``{"fault": why}`` where BUILD broke or the box
lacks what a worker needs: nothing can be asked then, and it is not the candidate's doing.

    "worker"  the candidate's language: WORKER, executed with its channel as descriptor 3; where WORKER is
              empty, a fork of this warm process
    "shell"   a Python worker that runs commands and moves files, without the candidate's code in it
    "relay"   connects to servers in the box and passes the connections out
"""

import importlib
import json
import os
import signal
import socket
import stat
import sys
import time

CHANNEL_FD = 3
BUILD_LIMIT_S = 45.0
SWEEPS = 200


def start(what, channel, control, entry, argv):
    """Fork a worker in a session of its own and return its pid (in the box's pid namespace)."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        control.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if what == "relay":
            import relay

            relay.serve(channel)
        elif what == "shell":
            import python_worker
            import workspace

            python_worker.serve(channel, None, verbs=workspace.VERBS)
        elif not argv:
            import python_watch
            import python_worker

            python_worker.serve(channel, entry, verbs=python_watch.verbs(entry))
        else:
            execute(channel, [*argv, entry])
    finally:
        os._exit(0)


def execute(channel, argv):
    """Become the worker of another language: it has its channel, and nothing else of ours."""
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    os.dup2(channel, CHANNEL_FD)
    os.set_inheritable(CHANNEL_FD, True)
    os.closerange(CHANNEL_FD + 1, 65536)
    os.execv(argv[0], argv)


def kill(pids, alive):
    """Kill workers and, when none is left, whatever they started that left their sessions."""
    for pid in pids:
        for target in (-pid, pid):
            try:
                os.kill(target, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            os.waitpid(pid, 0)
        except ChildProcessError:
            pass
        alive.discard(pid)
    if not alive:
        sweep()


def sweep():
    """Kill the orphans of this box: a server of one check must not answer for the next."""
    for _ in range(SWEEPS):
        left = orphans()
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.001)  # the kernel buries them, and hands their children to our parent


def orphans():
    """Return what was adopted of this box's processes; none where the kernel does not tell."""
    try:
        first = adopter()
        with open(f"/proc/{first}/task/{first}/children") as children:
            return [int(pid) for pid in children.read().split() if int(pid) != os.getpid()]
    except OSError:
        return []


def adopter():
    """Return who adopts orphans here and has no other children: a box's first process, or our guard."""
    if os.getpid() == 1:
        return 1
    with open(f"/proc/{os.getppid()}/cmdline", "rb") as words:
        names = {os.path.basename(word) for word in words.read().split(b"\0")[:5]}
    if names.isdisjoint({b"bwrap", b"guard.py", b"gate.py"}):
        raise ProcessLookupError("without walls, our parent's other children are none of our business")
    return os.getppid()


def build(argv):
    """Run BUILD; return why it broke, "" where it did not. Endless or too large input is not its fault."""
    import subprocess

    try:
        ran = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=BUILD_LIMIT_S)  # noqa: PLW1510
    except subprocess.TimeoutExpired:
        return ""
    return ran.stderr.decode(errors="replace")[-2000:] or "no word" if ran.returncode > 0 else ""


def without_device():
    """Return why no worker could start here: on some machine /dev/null had become a plain file."""
    try:
        return "" if stat.S_ISCHR(os.stat(os.devnull).st_mode) else f"{os.devnull} is no device here"
    except OSError as error:
        return f"{os.devnull}: {error.strerror}"


def answer(request, descriptors, fault, alive, starting):
    """Do what was asked; return the reply."""
    if "kill" in request:
        kill(request["kill"], alive)
        return {"pid": 0}
    if fault:
        return {"fault": fault}
    pid = start(request["start"], descriptors[0], *starting)
    alive.add(pid)
    return {"pid": pid}


def main():
    """Serve requests until the control socket closes."""
    control = socket.socket(fileno=int(sys.argv[1]))
    entry, (argv, building, warm) = sys.argv[2], map(json.loads, sys.argv[3:6])
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    fault = without_device() or (build(building) if building else "")
    if not argv:
        for name in ("python_worker", "python_watch", *warm):  # forked workers find them loaded
            importlib.import_module(name)
        compile("", "nothing", "exec")  # makes the types of syntax trees, else a millisecond in each fork
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
    alive = set()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 1)
        if not message:
            return
        request = json.loads(message)
        if request.get("start") == "shell":
            import python_worker  # noqa: F401  warm from now on
            import workspace  # noqa: F401
        reply = answer(request, descriptors, fault, alive, (control, entry, argv))
        for descriptor in descriptors:
            os.close(descriptor)
        control.send(json.dumps(reply).encode())


if __name__ == "__main__":
    main()
