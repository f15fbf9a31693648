"""Write the seccomp filters of the box: ``python scripts/generate_seccomp.py [DIRECTORY]``.

One classic-BPF program per architecture goes to ``src/codestone/sandbox/seccomp/``, where it is committed,
so that users need no libseccomp, and the same rules as ``container.json`` for podman and docker. Needs
``pyseccomp`` and libseccomp >= 2.5. Everything is allowed but what stands here: the namespaces already take
away most; this closes what they leave open.
"""

import errno
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pyseccomp as seccomp  # type: ignore[import-untyped]

OUT = Path(__file__).parents[1] / "src" / "codestone" / "sandbox" / "seccomp"

ABSENT = (  # answered as an old kernel would, so that programs take their other way
    "memfd_create", "memfd_secret",  # memory that is in nobody's RSS
    "shmget", "shmat", "shmctl", "shmdt", "semget", "semop", "semctl", "semtimedop",
    "msgget", "msgsnd", "msgrcv", "msgctl",
    "clone3",  # its flags are behind a pointer, which a filter cannot read
    "io_uring_setup", "io_uring_enter", "io_uring_register",  # system calls that a filter does not see
)  # fmt: skip
DENIED = (
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp",
    "bpf", "perf_event_open", "userfaultfd", "fanotify_init", "lookup_dcookie", "syslog", "quotactl",
    "add_key", "request_key", "keyctl",
    "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff", "acct",
    "init_module", "finit_module", "delete_module",
    "mount", "umount2", "pivot_root", "chroot", "open_by_handle_at",
    "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr",
    "setns", "unshare",
    "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname", "setdomainname",
)  # fmt: skip
X86_ONLY = ("iopl", "ioperm", "modify_ldt", "uselib", "ustat", "sysfs", "_sysctl")

CLONE_NEW = {
    "NEWNS": 0x00020000,
    "NEWCGROUP": 0x02000000,
    "NEWUTS": 0x04000000,
    "NEWIPC": 0x08000000,
    "NEWUSER": 0x10000000,
    "NEWPID": 0x20000000,
    "NEWNET": 0x40000000,
}
TERMINAL_INPUT = {"TIOCSTI": 0x5412, "TIOCLINUX": 0x541C}
FAMILIES = {
    "UNIX": 1,
    "INET": 2,
    "INET6": 10,
    "NETLINK": 16,
}  # not VSOCK: it is outside the network namespace

ARCHITECTURES = {"x86_64": seccomp.Arch.X86_64, "aarch64": seccomp.Arch.AARCH64}


def build(name: str) -> seccomp.SyscallFilter:
    """Return the filter for one architecture; any other ABI (i386, x32) is killed."""
    filter_ = seccomp.SyscallFilter(seccomp.ALLOW)
    native = seccomp.Arch.NATIVE
    if not filter_.exist_arch(ARCHITECTURES[name]):
        filter_.add_arch(ARCHITECTURES[name])
        filter_.remove_arch(native)
    for call in ABSENT:
        filter_.add_rule(seccomp.ERRNO(errno.ENOSYS), call)
    for call in (*DENIED, *(X86_ONLY if name == "x86_64" else ())):
        filter_.add_rule(seccomp.ERRNO(errno.EPERM), call)
    for flag in CLONE_NEW.values():
        filter_.add_rule(seccomp.ERRNO(errno.EPERM), "clone", seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    for request in TERMINAL_INPUT.values():  # the kernel looks at the low 32 bits only
        low = seccomp.Arg(1, seccomp.MASKED_EQ, 0xFFFFFFFF, request)
        filter_.add_rule(seccomp.ERRNO(errno.EPERM), "ioctl", low)
    unsupported = seccomp.ERRNO(errno.EAFNOSUPPORT)
    for call in ("socket", "socketpair"):
        filter_.add_rule(unsupported, call, seccomp.Arg(0, seccomp.GT, max(FAMILIES.values())))
        for family in set(range(max(FAMILIES.values()))) - set(FAMILIES.values()):
            filter_.add_rule(unsupported, call, seccomp.Arg(0, seccomp.EQ, family))
    return filter_


def container_profile() -> dict[str, object]:
    """Return the same rules in the form that podman and docker read; names they do not know are ignored."""
    rules: list[dict[str, object]] = [
        _rule(ABSENT, errno.ENOSYS),
        _rule((*DENIED, *X86_ONLY), errno.EPERM),
        *(_rule(["clone"], errno.EPERM, _arg(0, "MASKED_EQ", flag, flag)) for flag in CLONE_NEW.values()),
        *(
            _rule(["ioctl"], errno.EPERM, _arg(1, "MASKED_EQ", 0xFFFFFFFF, request))
            for request in TERMINAL_INPUT.values()
        ),
    ]
    most = max(FAMILIES.values())
    calls = ["socket", "socketpair"]
    rules.append(_rule(calls, errno.EAFNOSUPPORT, _arg(0, "GT", most)))
    unknown = sorted(set(range(most)) - set(FAMILIES.values()))
    rules += [_rule(calls, errno.EAFNOSUPPORT, _arg(0, "EQ", family)) for family in unknown]
    architectures = [f"SCMP_ARCH_{name.upper()}" for name in ARCHITECTURES]
    return {"defaultAction": "SCMP_ACT_ALLOW", "architectures": architectures, "syscalls": rules}


def _rule(names: Sequence[str], number: int, *args: dict[str, object]) -> dict[str, object]:
    rule: dict[str, object] = {"names": list(names), "action": "SCMP_ACT_ERRNO", "errnoRet": number}
    return {**rule, "args": list(args)} if args else rule


def _arg(index: int, op: str, value: int, second: int = 0) -> dict[str, object]:
    return {"index": index, "value": value, "valueTwo": second, "op": f"SCMP_CMP_{op}"}


def main() -> None:
    """Write one file per architecture, and the containers'."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    folder.mkdir(parents=True, exist_ok=True)
    for name in ARCHITECTURES:
        path = folder / f"{name}.bpf"
        with path.open("wb") as file:
            build(name).export_bpf(file)
        print(f"{path}: {path.stat().st_size // 8} instructions")
    profile = folder / "container.json"
    profile.write_text(json.dumps(container_profile(), indent=1) + "\n", encoding="utf-8")
    print(f"{profile}")


if __name__ == "__main__":
    main()
