import os
import signal
from pathlib import Path

import pytest

from codestone.engine.proving.busy import busy, cores
from codestone.errors import CodestoneError


def children() -> set[int]:
    """Return the processes that compute for us: guards' children."""
    found = set()
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[-2:-1] == [b"print(flush=True)\nwhile True: pass"] and b"guard.py" not in b" ".join(words):
            found.add(int(folder.name))
    return found


def test_no_load_is_no_process():
    """Nothing is started, and nothing was used."""
    with busy(0) as used:
        assert used() == 0


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_the_processes_compute_meanwhile_and_are_gone_afterwards():
    """They use processor time, which rises; leaving the context ends them."""
    before = children()
    with busy(2) as used:
        started = children() - before
        assert len(started) == 2
        while not (used() or 0) > 0:
            pass
    assert not children() & started


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_a_process_that_ended_is_told():
    """Then nothing was proven under load."""
    before = children()
    with busy(1) as used:
        (pid,) = children() - before
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(CodestoneError, match="1 of 1 busy processes ended"):
            while True:
                used()


def test_there_is_a_core():
    """The number of cores that we may use."""
    assert cores() >= 1
