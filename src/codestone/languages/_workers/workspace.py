"""Runs inside the box: commands in the workspace, and its files, bytes for bytes. Standard library only.

Asked of a worker without candidate code in it, so that what it tells of a command or a file is true.
"""

import os
import selectors
import signal
import stat
import subprocess
import sys
import time

WORKSPACE = os.fsencode(os.getcwd())
OUTPUT_LIMIT = 11 << 20  # in base64 it must fit into a frame


def run(argv, stdin, limit_s, env):
    """Run a command; (exit code, stdout, stderr), None as code when time ran out.

    Its own end ends the run: what it left in the background is not waited for. When time runs out, or it
    says more than can be told, its whole process group is killed.
    """
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"  # python3 is the one we run on
    process = subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        cwd=WORKSPACE,
        env={**os.environ, "PATH": path, **env},
        start_new_session=True,
    )
    ended = os.pidfd_open(process.pid)
    try:
        return _watched(process, ended, memoryview(stdin), time.monotonic() + limit_s)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()
        os.close(ended)


def _watched(process, ended, pending, deadline):
    out = {process.stdout: bytearray(), process.stderr: bytearray()}
    with selectors.DefaultSelector() as ready:
        ready.register(ended, selectors.EVENT_READ)
        for stream in out:
            os.set_blocking(stream.fileno(), False)
            ready.register(stream, selectors.EVENT_READ)
        os.set_blocking(process.stdin.fileno(), False)
        ready.register(process.stdin, selectors.EVENT_WRITE)
        running = True
        while running and time.monotonic() < deadline:
            for key, _ in ready.select(max(0.0, deadline - time.monotonic())):
                if key.fileobj == ended:
                    running = False
                elif key.fileobj is process.stdin:
                    pending = _fed(process.stdin, pending, ready)
                elif not _read(key.fileobj, out):
                    ready.unregister(key.fileobj)
    for stream in out:  # what its end left in the pipes
        while not running and _read(stream, out):
            pass
    code = None if running else process.wait()
    return (code, bytes(out[process.stdout]), bytes(out[process.stderr]))


def _fed(pipe, pending, ready):
    """Write what the pipe takes, and close it after the last of it; return what is left."""
    try:
        pending = pending[pipe.write(pending[: 1 << 16]) or 0 :] if pending else pending
    except BrokenPipeError:
        pending = pending[:0]
    if not pending:
        ready.unregister(pipe)
        pipe.close()
    return pending


def _read(stream, out):
    """Take what is there; False where nothing is, and nothing will be."""
    data = stream.read(1 << 16)
    out[stream] += data or b""
    if sum(map(len, out.values())) > OUTPUT_LIMIT:
        raise ValueError(f"the command said more than {OUTPUT_LIMIT} bytes")
    return bool(data)


def put(path, data, mode):
    """Write a file, and the folders on its way; ``mode`` None leaves the usual one."""
    place = os.path.join(WORKSPACE, path)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place, "wb") as file:
        file.write(data)
        if mode is not None:
            os.fchmod(file.fileno(), mode)


def read(path):
    """Return the bytes of a regular file; a link to one is followed."""
    descriptor = os.open(os.path.join(WORKSPACE, path), os.O_RDONLY | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("not a regular file")
        return file.read()


def listing():
    """Return everything below the workspace: path → (kind, permissions, size, what a link leads to)."""
    found, folders = {}, [b""]
    while folders:
        folder = folders.pop()
        with os.scandir(os.path.join(WORKSPACE, folder)) as entries:
            for entry in entries:
                path = os.path.join(folder, entry.name)
                status = entry.stat(follow_symlinks=False)
                kind = KINDS.get(stat.S_IFMT(status.st_mode), "other")
                target = os.readlink(entry.path) if kind == "link" else None
                found[path] = (kind, stat.S_IMODE(status.st_mode), status.st_size, target)
                if kind == "folder":
                    folders.append(path)
    return found


KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}
VERBS = {"run": run, "put": put, "read": read, "listing": listing}
