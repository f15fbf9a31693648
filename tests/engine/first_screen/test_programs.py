import os
import subprocess
import sys
from pathlib import Path

import pytest

from codestone.engine.first_screen.programs import Program, from_proc, from_ps, programs

PS = """\
    1  14352 /sbin/launchd
  812 5242880 /opt/homebrew/bin/llama-server -m /Users/me/models/q.gguf --port 8080
  900      0 (sleep)
 nonsense
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc here")
def test_a_running_program_is_seen_with_its_words_and_its_memory():
    """Of the child that runs now, exactly what it was started with."""
    words = [sys.executable, "-c", "print(flush=True); input()", "--port", "a b"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"\n"  # it runs
        (seen,) = [each for each in programs(limit_s=60) if each.pid == child.pid]
        child.communicate(b"\n")
    assert seen.argv == tuple(words)
    assert seen.resident_bytes > 0


def test_kernel_threads_and_what_has_ended_are_left_out(tmp_path):
    """A folder without a command line, one that is gone half way, and what is no process."""
    for pid, cmdline in (("2", b""), ("7", b"llama-server\0-m\0q.gguf\0")):
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "cmdline").write_bytes(cmdline)
        (tmp_path / pid / "statm").write_text("100 25 5 1 0 9 0\n")
    (tmp_path / "8").mkdir()
    (tmp_path / "sys").mkdir()
    pages = 25 * os.sysconf("SC_PAGE_SIZE")
    assert list(from_proc(tmp_path)) == [
        Program(pid=7, argv=("llama-server", "-m", "q.gguf"), resident_bytes=pages)
    ]


def test_ps_of_macos_is_read_in_units_of_1024_bytes():
    """Written to its manual page; never run on a Mac by us."""
    launchd, server, ended = from_ps(PS)
    assert (server.pid, server.resident_bytes) == (812, 5 << 30)
    assert server.argv[-2:] == ("--port", "8080")
    assert (launchd.name, server.name, ended.name) == ("launchd", "llama-server", "(sleep)")


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (["/usr/bin/llama-server", "-m", "q.gguf"], "llama-server"),
        (["/v/bin/python3.11", "-P", "-m", "vllm.server", "--port", "1"], "python3.11 -m vllm.server"),
        (["python", "/srv/serve.py"], "python serve.py"),
        (["python3"], "python3"),
        (["/"], "/"),
    ],
)  # fmt: skip
def test_a_program_has_the_name_that_a_person_gives_it(argv, name):
    """Python says nothing; its module or script does."""
    assert Program(pid=1, argv=tuple(argv), resident_bytes=0).name == name
