"""One grading box with the finished workspace in it, and a fresh worker for each check.

The grader stays outside: questions, expected values and verdicts are never mounted. Inside are the
workspace, the language's toolchain without any installed package, and the two worker files.
"""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import NoReturn, Self

from codestone import plugins
from codestone.errors import SandboxError
from codestone.grading.candidate import Candidate
from codestone.grading.channel import CandidateFailed, Channel, Incoming, NoChannel
from codestone.grading.compiling import NotBuilt
from codestone.grading.relay import Relay
from codestone.grading.shell import Shell
from codestone.grading.values import MalformedValue
from codestone.languages import PROGRAMS, WORKER_FOLDER, WORKERS, Build, python
from codestone.sandbox import PATH, Backend, BoxLimits, BoxSpec, Mount, RunningBox, open_box
from codestone.task import Task

START_LIMIT_S = 60.0  # a fork takes milliseconds; this is for a machine that swaps
KILL_LIMIT_S = 2.0  # a candidate can stop the host of its box: then the box is given up, and nothing is lost


def require_channel() -> None:
    """Raise SandboxError where the system has no sockets that grading could talk through (macOS)."""
    try:
        for end in socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET):
            end.close()
    except OSError as error:
        raise SandboxError(
            f"nothing can be graded on this system: no sequenced-packet sockets ({error})",
            hint="Grade on Linux; a virtual machine will do.",
        ) from error


class Session:
    """The box of one grading; ``files`` is the finished workspace, copied in and never changed.

    ``backend`` makes the box; None: what this machine has. ``build`` is what compiling it gave.
    """

    def __init__(
        self,
        task: Task,
        files: Path,
        *,
        source: dict[str, str],
        build: Build | None = None,
        backend: Backend | None = None,
    ) -> None:
        self._task, self._files, self._source = task, files, source
        self._build, self._backend = build, backend
        self._stack = contextlib.ExitStack()
        self._control: socket.socket | None = None
        self._lock = threading.Lock()
        self._started = 0
        self._box: RunningBox | None = None

    def __enter__(self) -> Self:
        try:
            if self._runs:
                self._open()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @contextlib.contextmanager
    def candidate(self, *, seed: int, limit_s: float) -> Iterator[Candidate]:
        """Yield a candidate on a fresh worker, which is killed afterwards, with all that it started.

        One that did not compile has no worker: its text can be read, and every question raises NotBuilt.
        """
        if not self._runs:
            yield self._unbuilt(seed, limit_s)
            return
        pid, connection = self._worker()
        pids = [pid]

        def channel_of(on_callback: Callable[[Incoming], None]) -> Channel:
            return Channel(connection, on_callback, limit_s=limit_s)

        with contextlib.ExitStack() as stack:

            def companion(what: str) -> socket.socket:
                pid, connection = self._companion(what, limit_s)
                pids.append(pid)
                return connection

            def shell() -> Shell:
                channel = Channel(companion("shell"), _no_callback, limit_s=limit_s)
                stack.callback(channel.close)
                return Shell(channel)

            def relay() -> Relay:
                opened = Relay(companion("relay"))
                hang_up.callback(opened.close)
                return opened

            candidate = Candidate(
                channel_of,
                source=self._source,
                seed=seed,
                limit_s=limit_s,
                shell=shell,
                relay=relay,
                build=self._build,
            )
            stack.callback(candidate.close)
            stack.callback(self._kill, pids)
            hang_up = stack.enter_context(contextlib.ExitStack())  # first of all: see relay.py on ports
            yield candidate

    @property
    def _runs(self) -> bool:
        return self._build is None or bool(self._build.programs)

    def _unbuilt(self, seed: int, limit_s: float) -> Candidate:
        assert self._build is not None
        failed = NotBuilt(self._build)

        def nothing() -> NoReturn:
            raise failed

        return Candidate(
            lambda _: NoChannel(failed),
            source=self._source,
            seed=seed,
            limit_s=limit_s,
            shell=nothing,
            relay=nothing,
            build=self._build,
        )

    def _open(self) -> None:
        require_channel()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._stack.callback(ours.close)
        ours.settimeout(START_LIMIT_S)
        with theirs:
            self._box = self._stack.enter_context(
                open_box(self._spec(theirs.fileno()), backend=self._backend)
            )
        self._control = ours

    def _spec(self, control: int) -> BoxSpec:
        language = plugins.find("languages", self._task.spec.language).runtime()
        host = python.runtime()
        limits = self._task.spec.limits
        entry = PurePosixPath(self._task.spec.answer.files[0])
        module = ".".join([*entry.parts[:-1], entry.stem]) if entry.suffix == ".py" else str(entry)
        trees = dict.fromkeys([*host.trees, *language.trees])
        built = {path.parent for path in self._build.programs.values()} if self._build else set()
        return BoxSpec(
            argv=(
                str(python.interpreter()),
                "-I",
                "-S",
                f"{WORKER_FOLDER}/host.py",
                str(control),
                module,
                json.dumps(language.argv),
                json.dumps(language.build),
                json.dumps([] if language.argv else python.warm(self._source.values())),
            ),
            files=self._files,
            mounts=(
                *(Mount.same(tree) for tree in trees),
                Mount(source=WORKERS, target=WORKER_FOLDER),
                *(Mount(source=folder, target=PROGRAMS) for folder in built),
            ),
            env={"PATH": f"{PROGRAMS}:{PATH}"} if built else {},
            hide=(self._task.path.parent,),
            limits=BoxLimits(
                wall_s=limits.grading_s,
                cpu_s=limits.grading_s,
                memory_bytes=limits.memory_bytes,
                disk_bytes=limits.disk_bytes,
                processes=limits.processes,
            ),
            pass_fds=(control,),
        )

    def _worker(self) -> tuple[int, socket.socket]:
        """Start a worker; where a candidate took the box down with it, open a new box for the next check."""
        for attempt in range(2):
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                with theirs:
                    pid = self._request({"start": "worker"}, theirs.fileno())
            except (OSError, SandboxError) as error:
                ours.close()
                if attempt or not self._started:
                    self._refuse_too_large()
                    raise SandboxError(f"the grading box did not start a worker: {error}") from error
                self._stack.close()
                self._open()
            else:
                self._started += 1
                return pid, ours
        raise AssertionError("unreachable")

    def _refuse_too_large(self) -> None:
        """Raise CandidateFailed where translating the candidate's files took more than the box may have."""
        assert self._box is not None
        language = plugins.find("languages", self._task.spec.language).runtime()
        ended = self._box.ended() if self._box.ends_within(KILL_LIMIT_S) else None
        if language.build and ended and ended.limit:
            raise CandidateFailed(f"translating its files went over the limit ({ended.limit})")

    def _companion(self, what: str, limit_s: float) -> tuple[int, socket.socket]:
        """Start a worker of ours beside the candidate's; that the box has ended is the candidate's doing."""
        assert self._control is not None
        kind = socket.SOCK_STREAM if what == "shell" else socket.SOCK_SEQPACKET
        ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
        try:
            self._control.settimeout(limit_s)  # a candidate can stop the host
            with theirs:
                pid = self._request({"start": what}, theirs.fileno())
            self._control.settimeout(START_LIMIT_S)
        except (OSError, SandboxError):
            ours.close()
            self._control.close()  # a late answer would be taken for that of the next request
            raise CandidateFailed("the box ended") from None
        return pid, ours

    def _kill(self, pids: list[int]) -> None:
        assert self._control is not None
        try:
            self._control.settimeout(KILL_LIMIT_S)
            self._request({"kill": pids})
            self._control.settimeout(START_LIMIT_S)
        except (OSError, SandboxError):
            self._control.close()  # a late answer would be taken for that of the next request

    def _request(self, message: dict[str, object], *descriptors: int) -> int:
        assert self._control is not None
        with self._lock:
            socket.send_fds(self._control, [json.dumps(message).encode()], list(descriptors))
            data = self._control.recv(1 << 16)
        if not data:
            raise SandboxError("the box ended")
        reply = json.loads(data)
        if "fault" in reply:
            raise SandboxError(f"nothing can be started in the box: {reply['fault']}")
        return int(reply["pid"])


def _no_callback(_: Incoming) -> None:
    raise MalformedValue("a callback where there is none")
