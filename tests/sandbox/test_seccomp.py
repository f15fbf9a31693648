"""The committed filters: what they answer to each system call, and that they are what the script makes."""

import errno
import importlib.util
import platform
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import codestone.sandbox
from codestone.sandbox import bubblewrap

FOLDER = Path(codestone.sandbox.__file__).parent / "seccomp"
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
I386, ARM = 0x40000003, 0x40000028
ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, {0x00000000, 0x80000000}
X32 = 0x40000000

NUMBERS = {  # from the kernel's tables; both architectures
    "x86_64": {
        "read": 0, "write": 1, "ioctl": 16, "socket": 41, "socketpair": 53, "clone": 56, "fork": 57,
        "execve": 59, "shmget": 29, "shmat": 30, "shmctl": 31, "shmdt": 67, "semget": 64, "semop": 65,
        "semctl": 66, "semtimedop": 220, "msgget": 68, "msgsnd": 69, "msgrcv": 70, "msgctl": 71,
        "ptrace": 101, "pivot_root": 155, "chroot": 161, "mount": 165, "umount2": 166, "reboot": 169,
        "init_module": 175, "delete_module": 176, "kexec_load": 246, "add_key": 248, "request_key": 249,
        "keyctl": 250, "unshare": 272, "perf_event_open": 298, "open_by_handle_at": 304, "setns": 308,
        "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "finit_module": 313,
        "memfd_create": 319, "kexec_file_load": 320, "bpf": 321, "userfaultfd": 323,
    },
    "aarch64": {
        "read": 63, "write": 64, "ioctl": 29, "socket": 198, "socketpair": 199, "clone": 220, "execve": 221,
        "shmget": 194, "shmat": 196, "shmctl": 195, "shmdt": 197, "semget": 190, "semop": 193, "semctl": 191,
        "semtimedop": 192, "msgget": 186, "msgsnd": 189, "msgrcv": 188, "msgctl": 187, "ptrace": 117,
        "pivot_root": 41, "chroot": 51, "mount": 40, "umount2": 39, "reboot": 142, "init_module": 105,
        "delete_module": 106, "kexec_load": 104, "add_key": 217, "request_key": 218, "keyctl": 219,
        "unshare": 97, "perf_event_open": 241, "open_by_handle_at": 265, "setns": 268,
        "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272, "finit_module": 273,
        "memfd_create": 279, "kexec_file_load": 294, "bpf": 280, "userfaultfd": 282,
    },
}  # fmt: skip
BOTH = {  # since Linux 5.1 the numbers are the same everywhere
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "clone3": 435,
    "pidfd_getfd": 438, "mount_setattr": 442, "memfd_secret": 447,
}  # fmt: skip
ABSENT = {"memfd_create", "memfd_secret", "clone3", "io_uring_setup", "io_uring_enter", "io_uring_register",
          "shmget", "shmat", "shmctl", "shmdt", "semget", "semop", "semctl", "semtimedop",
          "msgget", "msgsnd", "msgrcv", "msgctl"}  # fmt: skip
ALLOWED = {"read", "write", "ioctl", "socket", "socketpair", "clone", "fork", "execve"}
MACHINES = sorted(AUDIT)


def verdict(program, arch, number, *args):
    """Run a classic BPF program over one system call; return what it answers."""
    words = [*args, *[0] * (6 - len(args))]
    data = struct.pack("<IIQ6Q", number, arch, 0, *(word & (1 << 64) - 1 for word in words))
    a = at = 0
    while True:
        code, jump_true, jump_false, k = struct.unpack_from("<HBBI", program, at * 8)
        at += 1
        match code:
            case 0x20:  # load a word
                (a,) = struct.unpack_from("<I", data, k)
            case 0x54:  # and
                a &= k
            case 0x05:  # jump
                at += k
            case 0x15 | 0x25 | 0x35 | 0x45:
                hit = {0x15: a == k, 0x25: a > k, 0x35: a >= k, 0x45: bool(a & k)}[code]
                at += jump_true if hit else jump_false
            case 0x06:
                return k
            case _:
                raise AssertionError(f"instruction {code:#x}")


@pytest.fixture(scope="module", params=MACHINES)
def machine(request):
    """An architecture."""
    return request.param


@pytest.fixture(scope="module")
def answer(machine):
    """Ask the committed filter by name or number."""
    program = (FOLDER / f"{machine}.bpf").read_bytes()
    names = {**NUMBERS[machine], **BOTH}
    return lambda call, *args, arch=AUDIT[machine]: verdict(program, arch, names.get(call, call), *args)


def test_every_named_call(machine, answer):
    """What is dangerous is denied, what would hide memory is not there, and the rest is allowed."""
    for name in {**NUMBERS[machine], **BOTH}:
        if name in ALLOWED:
            assert answer(name, 1 if "socket" in name else 0) == ALLOW, name
        else:
            code = errno.ENOSYS if name in ABSENT else errno.EPERM
            assert answer(name) == ERRNO | code, name


def test_socket_families(answer):
    """UNIX, INET, INET6 and NETLINK only; VSOCK (40) would leave the network namespace."""
    for call in ("socket", "socketpair"):
        allowed = {family for family in range(200) if answer(call, family) == ALLOW}
        assert allowed == {1, 2, 10, 16}
        assert answer(call, 40) == ERRNO | errno.EAFNOSUPPORT
        assert answer(call, 1 << 32 | 40) == ERRNO | errno.EAFNOSUPPORT
        assert answer(call, -1) == ERRNO | errno.EAFNOSUPPORT


def test_new_namespaces(answer):
    """Clone makes processes and threads, but no namespace, whatever flags stand beside."""
    threads, processes = 0x003D0F00, 0x01200011
    assert answer("clone", threads) == answer("clone", processes) == ALLOW
    for flag in (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
        assert answer("clone", processes | flag) == ERRNO | errno.EPERM
        assert answer("clone", flag) == ERRNO | errno.EPERM


def test_terminal_input(answer):
    """Nothing can be typed into a terminal; the kernel looks at the low 32 bits of the request only."""
    for request in (0x5412, 0x541C, 0x5412 | 1 << 40):
        assert answer("ioctl", 0, request) == ERRNO | errno.EPERM
    assert answer("ioctl", 0, 0x5401) == ALLOW


def test_foreign_calls_are_killed(machine, answer):
    """Another architecture's calls, and the x32 ones, are killed: their numbers mean something else."""
    assert answer("read", arch=I386) in KILL
    assert answer("read", arch=ARM) in KILL
    if machine == "x86_64":
        assert answer(X32 | NUMBERS[machine]["ptrace"]) in KILL
        assert answer(X32) in KILL


def regenerated(machine):
    """Build the filter anew, where libseccomp is there."""
    pytest.importorskip("pyseccomp", exc_type=(ImportError, RuntimeError))
    path = Path(__file__).parents[2] / "scripts" / "generate_seccomp.py"
    spec = importlib.util.spec_from_file_location("generate_seccomp", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script.build(machine)


def test_committed_is_what_the_script_makes(machine, tmp_path):
    """The script's filter answers every call as the committed one; bytes may differ between libseccomps."""
    with (tmp_path / "new").open("wb") as file:
        regenerated(machine).export_bpf(file)
    new, old = (tmp_path / "new").read_bytes(), (FOLDER / f"{machine}.bpf").read_bytes()
    if new == old:
        return
    samples = [0, 1, 2, 3, 10, 16, 17, 40, 0x5412, 0x541C, 0x10000000, 0x7E020000, 1 << 32, (1 << 64) - 1]
    for number in range(600):
        for sample in samples:
            for args in ((sample, 0), (0, sample)):
                arch = AUDIT[machine]
                assert verdict(new, arch, number, *args) == verdict(old, arch, number, *args)


@given(number=st.integers(0, (1 << 32) - 1), args=st.lists(st.integers(0, (1 << 64) - 1), max_size=6))
@pytest.mark.parametrize("machine_name", MACHINES)
def test_every_call_has_an_answer(machine_name, number, args):
    """Whatever is called with whatever, the filter ends with a verdict that we know."""
    program = (FOLDER / f"{machine_name}.bpf").read_bytes()
    code = verdict(program, AUDIT[machine_name], number, *args)
    assert code == ALLOW or code in KILL or code & 0xFFFF0000 == ERRNO


CALLS = """
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
for word in sys.argv[1:]:
    number, *args = map(int, word.split(","))
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, args))
    print(ctypes.get_errno() if result == -1 else 0)
"""


def called(boxes, *words):
    ran = boxes.run(boxes.python, "-c", CALLS, *words)
    return [int(word) for word in ran.stdout.split()], ran


@pytest.mark.skipif(bubblewrap.seccomp_filter() is None, reason="no filter for this architecture")
def test_in_a_real_box(boxes):
    """The kernel answers inside a box as the interpreter above does outside."""
    numbers = {**NUMBERS[platform.machine()], **BOTH}
    names = sorted(set(numbers) - ALLOWED)
    answers, _ = called(boxes, *(f"{numbers[name]},0,0,0,0,0" for name in names))
    expected = [errno.ENOSYS if name in ABSENT else errno.EPERM for name in names]
    assert dict(zip(names, answers, strict=True)) == dict(zip(names, expected, strict=True))


@pytest.mark.skipif(bubblewrap.seccomp_filter() is None, reason="no filter for this architecture")
def test_sockets_in_a_real_box(boxes):
    """VSOCK and packet sockets are not supported; the four families are."""
    socket = NUMBERS[platform.machine()]["socket"]
    answers, _ = called(boxes, *(f"{socket},{family},{kind},0" for family, kind in
                                 ((40, 1), (17, 3), (1, 1), (2, 1), (10, 1), (16, 3))))  # fmt: skip
    assert answers == [errno.EAFNOSUPPORT, errno.EAFNOSUPPORT, 0, 0, 0, 0]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="x32 is x86's")
def test_x32_in_a_real_box(boxes):
    """A call by its x32 number ends the process."""
    _, ran = called(boxes, f"{X32 | 39}")
    assert ran.returncode == 128 + 31  # SIGSYS
