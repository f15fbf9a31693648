"""The profile and the command line for macOS, to the letter. No test here runs sandbox-exec."""

import sys
from pathlib import Path, PurePosixPath

import pytest

from codestone.errors import SandboxError
from codestone.sandbox import BoxSpec, Mount, seatbelt
from codestone.sandbox.tree_usage import tree_of

GOLDEN = """\
(version 1)
(deny default)
(allow process-fork)
(allow signal (target same-sandbox))
(allow process-info* (target same-sandbox))
(allow sysctl-read)
(allow ipc-posix-sem)
(allow mach-lookup (global-name "com.apple.system.opendirectoryd.libinfo"))
(allow file-read-metadata)
(allow file-ioctl (literal "/dev/dtracehelper"))
(allow system-socket)
(allow network-bind network-inbound (local ip "localhost:*"))
(allow network-outbound (remote ip "localhost:*"))
(allow file-read* process-exec file-map-executable (subpath "/usr") (subpath "/bin") (subpath "/sbin") \
(subpath "/System") (subpath "/Library/Apple") (subpath "/private/var/db/dyld") \
(subpath "/private/var/db/timezone") (subpath "{tree}"))
(allow file-read* (literal "/") (literal "/dev/null") (literal "/dev/zero") (literal "/dev/random") \
(literal "/dev/urandom") (literal "/private/etc/hosts") (literal "/private/etc/localtime") \
(literal "/private/etc/passwd") (literal "/private/etc/resolv.conf"))
(allow file-write-data (literal "/dev/null") (literal "/dev/zero"))
(allow file-read* file-write* process-exec file-map-executable (subpath "/private/tmp/b \\"x\\""))
(allow network-bind (local unix-socket (subpath "/private/tmp/b \\"x\\"")))
(allow network-outbound (remote unix-socket (subpath "/private/tmp/b \\"x\\"")))
(deny file-read* process-exec (subpath "{tree}/site-packages") (subpath "{tree}/tests"))
"""
PS = """\
    1     0     1  9000   12:34.56
  100     1   100  1024    0:01.50
  101   100   101  2048 1-00:00:02
  102   101   102   512   01:00:00
  103     1   100   256    0:00.25
  200     1   200  4096    0:09.00
"""


def test_the_profile(tmp_path):
    """Reads of the system and the mounts, writes to one folder, loopback; what is hidden comes last."""
    for name in ("site-packages", "tests"):
        (tmp_path / name).mkdir()
    mount = Mount(source=tmp_path, target=PurePosixPath("/box"))
    spec = BoxSpec(argv=("x",), mounts=(mount,), hide=(tmp_path / "tests",))
    assert seatbelt.profile(spec, Path('/private/tmp/b "x"')) == GOLDEN.replace("{tree}", str(tmp_path))


def test_a_path_that_could_end_a_rule():
    """A line break in a name is refused."""
    with pytest.raises(SandboxError, match="cannot be named"):
        seatbelt.profile(BoxSpec(argv=("x",)), Path("/tmp/a\n(allow default)"))


def test_what_it_admits():
    """It says what it does not enforce."""
    in_force = seatbelt.Seatbelt(version="15.1").describe().in_force
    assert in_force["processes"] == "not limited"
    assert "shared" in in_force["network"]


@pytest.mark.skipif(sys.platform == "darwin", reason="the program is there")
def test_where_it_is_missing():
    """Nothing is taken for it."""
    with pytest.raises(SandboxError, match="is missing"):
        seatbelt.find()


def test_a_tree_as_ps_tells_it():
    """The command, its group and all descendants count, nobody else; both ways of writing time are read."""
    cpu_s, memory = tree_of(PS, 100)
    assert cpu_s == pytest.approx(1.5 + 86_402 + 3600 + 0.25)
    assert memory == (1024 + 2048 + 512 + 256) * 1024
