"""What a container box looks like, as arguments that podman and docker have in common. Starts nothing."""

import os
import sys
from math import ceil
from pathlib import Path, PurePosixPath

from codestone.errors import SandboxError
from codestone.sandbox.hiding import covered
from codestone.sandbox.limits import BoxLimits
from codestone.sandbox.spec import PATH, BoxSpec, Mount

IMAGE = "docker.io/library/debian:stable-slim"
"""Never pulled by us. Any image will do whose /bin and /lib are links into /usr."""

SHOWN = "/run/codestone"
NOBODY = 65534
SECCOMP = Path(__file__).with_name("seccomp") / "container.json"
WRITABLE = ("/work", "/tmp", "/dev/shm")  # noqa: S108 - places in the box, not of this machine


def arguments(spec: BoxSpec, *, kind: str, name: str, folder: Path) -> list[str]:
    """Return podman's or docker's arguments for ``spec``; ``folder`` has what ``_door`` put there."""
    return [
        "run",
        *("--rm", "--interactive", "--pull=never", f"--name={name}", "--log-driver=none"),
        *_walls(kind),
        *_limits(spec.limits, kind),
        *(word for place in (*_mounts(spec), *_covers(spec, folder)) for word in ("--mount", _bind(place))),
        *("--mount", _bind(Mount(source=folder / "shown", target=PurePosixPath(SHOWN)))),
        *_environment(spec),
        *("--workdir=/work", f"--entrypoint={interpreter()}", IMAGE),
        *("-I", "-S", f"{SHOWN}/gate.py", f"{SHOWN}/door", *spec.argv),
    ]


def _walls(kind: str) -> list[str]:
    as_root = os.geteuid() == 0
    user = (NOBODY, NOBODY) if as_root else (os.getuid(), os.getgid())
    words = ["--network=none", "--ipc=private", "--hostname=box", "--read-only", "--cap-drop=ALL"]
    words += [f"--user={user[0]}:{user[1]}", "--security-opt=no-new-privileges"]
    words += ["--security-opt=label=disable", f"--security-opt=seccomp={SECCOMP}"]
    if kind == "podman":
        words += ["--read-only-tmpfs=false", "--http-proxy=false"]
        words += [] if as_root else ["--userns=keep-id"]
    return words


def _limits(limits: BoxLimits, kind: str) -> list[str]:
    """Return the limits that the program sets; wall, CPU of all, output and inodes are watched by us."""
    cpu_s = ceil(limits.cpu_s) + 1
    size = f"rw,exec,nosuid,nodev,size={limits.disk_bytes},mode=1777"
    size += ",notmpcopyup" if kind == "podman" else ""  # its default copies the image's folder, mode and all
    return [
        f"--memory={limits.memory_bytes}",
        f"--memory-swap={limits.memory_bytes}",  # memory and swap together: no swap
        f"--pids-limit={limits.processes + 1}",  # the gate counts
        "--ulimit=core=0:0",
        f"--ulimit=nofile={limits.fds}:{limits.fds}",
        f"--ulimit=fsize={limits.file_bytes}:{limits.file_bytes}",
        f"--ulimit=cpu={cpu_s}:{cpu_s}",
        f"--shm-size={limits.disk_bytes}",
        f"--tmpfs=/work:{size}",
        f"--tmpfs=/tmp:{size}",
    ]


def _environment(spec: BoxSpec) -> list[str]:
    own = {"PATH": PATH, "HOME": "/tmp", "TMPDIR": "/tmp", "LANG": "C.UTF-8"}  # noqa: S108
    return [f"--env={name}={value}" for name, value in {**own, **spec.env}.items()]


def interpreter() -> Path:
    """Return the Python that the gate runs on: the one that runs us, without any installed package."""
    return Path(getattr(sys, "_base_executable", "") or sys.executable).resolve()


def _mounts(spec: BoxSpec) -> list[Mount]:
    """Return what is shown, parents first: /usr, its two indexes in /etc, our interpreter, the caller's."""
    own = [Path("/usr")]
    own += [path for path in (Path("/etc/alternatives"), Path("/etc/ld.so.cache")) if path.exists()]
    if not (prefix := Path(sys.base_prefix).resolve()).is_relative_to("/usr"):
        own.append(prefix)
    mounts = {str(mount.target): mount for mount in (*map(Mount.same, own), *spec.mounts)}
    return sorted(mounts.values(), key=lambda mount: mount.target.parts)


def _covers(spec: BoxSpec, folder: Path) -> list[Mount]:
    """Return an empty folder over each place that must not be seen."""
    return [
        Mount(source=folder / "empty", target=place) for place in covered(tuple(_mounts(spec)), spec.hide)
    ]


def _bind(mount: Mount) -> str:
    if any(sign in f"{mount.source}{mount.target}" for sign in ',"\n'):
        raise SandboxError(f"{mount.source} cannot be shown in a container: its name has a comma or a quote")
    return f"type=bind,src={mount.source},dst={mount.target},readonly"
