"""Each limit: what breaks it is stopped, and what stays below it succeeds."""

import pytest

MB = 1 << 20

EAT = """
import sys
kept = bytearray(int(sys.argv[1]))
for at in range(0, len(kept), 4096): kept[at] = 1
print("ate")
"""


def eat(boxes, size, **limits):
    return boxes.run(boxes.python, "-I", "-S", "-c", EAT, str(size), **limits)


def test_wall(boxes):
    """A command that sleeps is ended by the wall limit."""
    ran = boxes.run("sleep", "60", wall_s=0.3)
    assert (ran.limit, ran.returncode) == ("wall", -9)
    assert 0.3e9 <= ran.wall_ns < 20e9


def test_wall_control(boxes):
    """A command within the wall limit ends by itself."""
    ran = boxes.run("sleep", "0.05", wall_s=60)
    assert (ran.limit, ran.returncode) == (None, 0)


def test_cpu(boxes):
    """The CPU of all processes together is limited: two that spin side by side count twice."""
    ran = boxes.run("sh", "-c", "(while :; do :; done) & while :; do :; done", cpu_s=0.4, wall_s=60)
    assert ran.limit == "cpu"


def test_cpu_of_ended_children(boxes):
    """The CPU of children that have ended counts too."""
    spin = "import time\nwhile time.process_time() < 0.1: pass"
    command = f"while :; do {boxes.python} -I -S -c '{spin}'; done"
    assert boxes.run("sh", "-c", command, cpu_s=0.6, wall_s=60).limit == "cpu"


def test_cpu_control(boxes):
    """Waiting costs no CPU."""
    assert boxes.run("sleep", "0.5", cpu_s=0.4).limit is None


def test_memory(boxes):
    """A command that takes more memory than allowed is ended."""
    ran = eat(boxes, 400 * MB, memory_bytes=128 * MB)
    assert ran.limit == "memory"
    assert "ate" not in ran.stdout


def test_memory_control(boxes):
    """A command that takes less lives, and its peak is told."""
    ran = eat(boxes, 60 * MB, memory_bytes=128 * MB)
    assert (ran.limit, ran.stdout) == (None, "ate\n")
    assert ran.peak is None or ran.peak <= 128 * MB


def test_memory_of_many_processes(boxes):
    """Ten processes that each stay below the limit are ended together."""
    code = f"""
import os, time
for _ in range(10):
    if os.fork() == 0:
        kept = os.urandom({40 * MB})
        time.sleep(30)
os.wait()
"""
    assert boxes.code(code, memory_bytes=128 * MB, wall_s=60).limit == "memory"


def test_memory_shared_by_forks(boxes):
    """Pages that forks share count once: nothing is killed for a sum that counts them often."""
    code = f"""
import os, time
kept = os.urandom({60 * MB})
children = []
for _ in range(6):
    pid = os.fork()
    if pid == 0:
        time.sleep(0.5)
        os._exit(0)
    children.append(pid)
for pid in children: os.waitpid(pid, 0)
print("all lived")
"""
    ran = boxes.code(code, memory_bytes=160 * MB)
    assert (ran.limit, ran.stdout) == (None, "all lived\n")


def test_address_space_is_not_memory(boxes):
    """Reserving 8 GB without touching it is allowed: node does so."""
    ran = boxes.code("import mmap; mmap.mmap(-1, 8 << 30, flags=mmap.MAP_PRIVATE | 0x4000); print('ok')")
    assert ran.stdout == "ok\n"


FORKS = """
import os, sys, time
made = 0
for _ in range(int(sys.argv[1])):
    try:
        if os.fork() == 0:
            time.sleep(30); os._exit(0)
    except OSError:
        break
    made += 1
print(made)
os.kill(-1, 9)
"""


def test_processes(boxes):
    """A fork bomb gets no further than the limit; as root too."""
    ran = boxes.run(boxes.python, "-I", "-S", "-c", FORKS, "300", processes=20)
    assert int(ran.stdout) == 19


def test_processes_control(boxes):
    """As many processes as are allowed can be started."""
    ran = boxes.run(boxes.python, "-I", "-S", "-c", FORKS, "12", processes=20)
    assert int(ran.stdout) == 12


OPENS = "import os\nfds = []\ntry:\n  while True: fds.append(os.dup(0))\nexcept OSError: print(len(fds) + 3)"


def test_open_files(boxes):
    """No process has more open files than the limit."""
    assert int(boxes.code(OPENS, fds=50).stdout) <= 50


def test_open_files_control(boxes):
    """Up to the limit they can be opened."""
    assert int(boxes.code(OPENS, fds=50).stdout) > 40


def write(boxes, name, size, **limits):
    code = f"""
try:
    with open({name!r}, "wb") as file:
        for _ in range({size} // 65536): file.write(bytes(65536))
    print("written")
except OSError as error: print(error.errno)
"""
    return boxes.code(code, **limits)


def test_file_size(boxes):
    """A file grows no further than the limit."""
    assert write(boxes, "/work/big", 8 * MB, file_bytes=4 * MB).stdout == "27\n"  # EFBIG


def test_file_size_control(boxes):
    """A smaller file is written."""
    assert write(boxes, "/work/big", 2 * MB, file_bytes=4 * MB).stdout == "written\n"


@pytest.mark.parametrize("place", ["/work", "/tmp", "/dev/shm"])
def test_disk(boxes, place):
    """No writable place holds more than the disk limit."""
    ran = write(boxes, f"{place}/big", 16 * MB, disk_bytes=8 * MB)
    assert ran.limit == "disk" or ran.stdout == "28\n"  # ENOSPC


@pytest.mark.parametrize("place", ["/work", "/tmp", "/dev/shm"])
def test_disk_control(boxes, place):
    """Less than the limit fits."""
    assert write(boxes, f"{place}/big", 6 * MB, disk_bytes=8 * MB).stdout == "written\n"


def test_disk_is_one_limit_for_all_places(boxes):
    """Spreading over the writable places does not multiply the limit."""
    code = f"""
import time
for place in ("/work", "/tmp", "/dev/shm"):
    with open(place + "/big", "wb") as file: file.write(bytes({6 * MB}))
time.sleep(30)
"""
    assert boxes.code(code, disk_bytes=8 * MB).limit == "disk"


def test_inodes(boxes):
    """A command that makes files without end is ended."""
    code = "n = 0\nwhile True:\n  open(f'/tmp/{n}', 'w').close(); n += 1"
    assert boxes.code(code, inodes=2000, wall_s=60).limit == "inodes"


def test_inodes_control(boxes):
    """Fewer files than the limit may be made."""
    code = "for n in range(1500): open(f'/tmp/{n}', 'w').close()\nprint('made')"
    assert boxes.code(code, inodes=2000).stdout == "made\n"


def test_output(boxes):
    """A command that prints without end is ended, and only the limit is kept."""
    ran = boxes.run("yes", output_bytes=100_000, wall_s=60)
    assert ran.limit == "output"
    assert len(ran.stdout) == 100_000


def test_output_control(boxes):
    """Output up to the limit comes whole."""
    ran = boxes.run("head", "-c", "100000", "/dev/zero", output_bytes=100_000)
    assert (ran.limit, len(ran.stdout)) == (None, 100_000)


def test_large_input_and_output(boxes):
    """Input and output far larger than a pipe pass without a deadlock."""
    given = b"0123456789" * 100_000
    assert boxes.run("cat", stdin=given).stdout.encode() == given


def test_input_that_nobody_reads(boxes):
    """A command that ignores its input ends all the same."""
    assert boxes.run("true", stdin=bytes(1_000_000)).returncode == 0


def test_exit_code_is_the_commands_own(boxes):
    """The exit code of the command is told; 128 + n where signal n ended it; 127 where it is not there."""
    assert boxes.run("sh", "-c", "exit 7").returncode == 7
    assert boxes.run("sh", "-c", "kill -11 $$").returncode == 139
    assert boxes.run("no-such-program").returncode == 127


def test_an_orphan_does_not_hold_up_the_end(boxes):
    """The command's exit ends the run, although a daemon still holds its output."""
    ran = boxes.run("sh", "-c", "setsid sleep 60 & echo done", wall_s=50)
    assert (ran.stdout, ran.limit, ran.returncode) == ("done\n", None, 0)
    assert ran.wall_ns < 30e9
