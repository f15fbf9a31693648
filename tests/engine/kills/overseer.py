"""Run a command, and tell how it ended and which of its descendants outlived it.

    python overseer.py LIMIT_S COMMAND…

Prints {"status": wait status, "left": [command lines]}. Whatever the command leaves behind becomes our child
(PR_SET_CHILD_SUBREAPER), whatever session it moved to; it has LIMIT_S seconds to be gone.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36


def children() -> list[int]:
    """Return the pids of our children, adopted ones too."""
    return [int(word) for word in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def command_line(pid: int) -> str:
    """Return what a process was started as."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def main() -> None:
    """Start, wait, and see who is left."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = subprocess.Popen(sys.argv[2:], stdout=sys.stderr)
    _, status = os.waitpid(child.pid, 0)
    child.returncode = status

    def late(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, late)
    signal.alarm(int(sys.argv[1]))
    left: list[str] = []
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass
    except TimeoutError:
        left = [line for line in map(command_line, children()) if line]
        for pid in children():
            os.kill(pid, signal.SIGKILL)
    sys.stdout.write(json.dumps({"status": status, "left": left}))


if __name__ == "__main__":
    main()
