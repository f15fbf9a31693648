"""What a bubblewrap box looks like inside, as bwrap's arguments. Looks at /, starts nothing."""

import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from codestone.sandbox.hiding import covered
from codestone.sandbox.spec import PATH, BoxSpec, Mount

WRITABLE = ("/work", "/tmp", "/dev/shm")  # noqa: S108 - places in the box, not of this machine
USR = Mount.same(Path("/usr"))
_LINKED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
NO_USERNS_SINCE = (0, 8)
"""The bubblewrap that can switch off further user namespaces; before it, only the seccomp filter does."""

Data = Callable[[bytes], int]
"""Takes the content of a file of the box, returns a descriptor that bwrap reads it from."""


# A plain user's first process has the command's uid: its memory could be written, and our limits left behind.
_MEMORY_OF_THE_FIRST = tuple(
    word for file in ("mem", "task/1/mem") for word in ("--ro-bind", "/dev/null", f"/proc/1/{file}")
)


def options(spec: BoxSpec, *, uid: int | None, version: tuple[int, ...], data: Data) -> list[str]:
    """Return bwrap's arguments for ``spec``, the command and the seccomp filter excepted.

    ``uid``: what root drops to, None for a plain user.
    """
    size = str(spec.limits.disk_bytes)
    mounts = sorted(spec.mounts, key=lambda mount: mount.target.parts)
    return [
        *_namespaces(as_root=uid is not None, version=version),
        *_environment(spec),
        *_system(),
        *_etc(os.getuid() if uid is None else uid, os.getgid() if uid is None else uid, data),
        *("--proc", "/proc", "--dev", "/dev"),
        *(_MEMORY_OF_THE_FIRST if uid is None else ()),
        *("--perms", "1777", "--size", size, "--tmpfs", "/dev/shm"),  # noqa: S108
        *("--remount-ro", "/dev"),  # a plain user's is writable and has no size
        *("--perms", "1777", "--size", size, "--tmpfs", "/tmp"),  # noqa: S108
        *("--perms", "0755", "--size", size, "--tmpfs", "/work"),
        *(word for mount in mounts for word in _mount(mount)),
        *(word for place in covered((USR, *mounts), spec.hide) for word in _cover(place)),
        *("--remount-ro", "/", "--chdir", "/work"),
    ]


def _namespaces(*, as_root: bool, version: tuple[int, ...]) -> list[str]:
    words = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    words += ["--hostname", "box", "--die-with-parent", "--new-session"]
    if as_root:  # what setpriv needs to drop to the slot's uid, and no more
        words += ["--cap-drop", "ALL"]
        for capability in ("SETUID", "SETGID", "SETPCAP"):
            words += ["--cap-add", f"CAP_{capability}"]
        return words
    words += ["--unshare-user"]
    return [*words, "--disable-userns"] if version >= NO_USERNS_SINCE else words


def _environment(spec: BoxSpec) -> list[str]:
    own = {"PATH": PATH, "HOME": "/tmp", "TMPDIR": "/tmp", "LANG": "C.UTF-8"}  # noqa: S108
    words = ["--clearenv"]
    for name, value in {**own, **spec.env}.items():
        words += ["--setenv", name, value]
    return words


def _system() -> list[str]:
    """Show /usr read-only, and / as this machine has it: links into /usr, or directories of their own."""
    words = ["--ro-bind", "/usr", "/usr"]
    for name in _LINKED:
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            words += ["--ro-bind", str(path), str(path)]
    return words


def _etc(uid: int, gid: int, data: Data) -> list[str]:
    """Make an /etc of nobody's: only the box's user, and localhost."""
    files = {
        "passwd": f"root:x:0:0:root:/root:/usr/sbin/nologin\nbox:x:{uid}:{gid}:box:/tmp:/bin/sh\n",
        "group": f"root:x:0:\nbox:x:{gid}:\n",
        "hosts": "127.0.0.1 localhost box\n::1 localhost\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
        "resolv.conf": "",
    }
    words = ["--perms", "0755", "--dir", "/etc"]
    for name, content in files.items():
        words += ["--perms", "0644", "--file", str(data(content.encode())), f"/etc/{name}"]
    for name in ("alternatives", "ld.so.cache"):
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return words


def _mount(mount: Mount) -> list[str]:
    """Bind one mount; its missing parents are made by us, because bwrap makes root's unreadable."""
    words: list[str] = []
    for parent in reversed(mount.target.parents[:-1]):
        words += ["--perms", "0755", "--dir", str(parent)]
    return [*words, "--ro-bind", str(mount.source), str(mount.target)]


def _cover(place: PurePosixPath) -> list[str]:
    return ["--perms", "0555", "--size", "4096", "--tmpfs", str(place), "--remount-ro", str(place)]
