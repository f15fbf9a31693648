"""Control groups, where this machine lets us make them."""

import os
import subprocess
from pathlib import Path

import pytest

from codestone import process
from codestone.sandbox import BoxLimits, cgroups


@pytest.fixture
def group():
    """A group, removed afterwards."""
    made = cgroups.make(BoxLimits(memory_bytes=64 << 20))
    if made is None:
        pytest.skip("no control group can be made here")
    yield made
    made.remove()


def test_what_is_started_meanwhile_is_in_the_group(group):
    """A process is counted from its first instruction, and we are not."""
    with group.entered():
        child = process.start(["sleep", "60"], supervised=False)
    with child:
        group.add(child.pid)
        assert str(child.pid) in (group.memory / "cgroup.procs").read_text().split()
        assert str(os.getpid()) not in (group.memory / "cgroup.procs").read_text().split()


def test_memory_beyond_the_limit_is_noticed(group):
    """A process that takes too much is killed by the kernel, and the group tells so."""
    assert not group.out_of_memory()
    with group.entered():
        child = process.start(
            ["sh", "-c", "read _; head -c 300m /dev/zero | tail -c 300m"],
            stdin=process.PIPE,
            supervised=False,
        )
    with child:
        group.add(child.pid)
        child.stdin.write(b"\n")
        child.wait(60)
    assert group.out_of_memory()
    assert group.peak_bytes() is None or group.peak_bytes() <= 64 << 20


def test_cpu_is_counted(group):
    """CPU seconds rise with work, children's included."""
    with group.entered():
        child = process.start(
            ["sh", "-c", "read _; (i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done)"],
            stdin=process.PIPE,
            supervised=False,
        )
    with child:
        group.add(child.pid)
        child.stdin.write(b"\n")
        child.wait(60)
    assert group.cpu_s() is None or group.cpu_s() > 0.01


def test_nothing_is_left():
    """A removed group is gone, and one of a process that was killed is swept by the next."""
    first = cgroups.make(BoxLimits())
    if first is None:
        pytest.skip("no control group can be made here")
    first.remove()
    with subprocess.Popen(["true"]) as dead:
        pass
    stale = first.memory.with_name(f"codestone-{dead.pid}-1")
    stale.mkdir()
    second = cgroups.make(BoxLimits())
    second.remove()
    assert not any(Path(place).exists() for place in (first.memory, second.memory, stale))
