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
from typing import Self

from codestone import plugins
from codestone.errors import SandboxError
from codestone.grading.candidate import Candidate
from codestone.grading.channel import Channel, Incoming
from codestone.languages import WORKERS, python
from codestone.sandbox import BoxLimits, BoxSpec, Mount, RunningBox, open_box
from codestone.task import Task

WORKER_FOLDER = PurePosixPath("/box")
START_LIMIT_S = 60.0  # a fork takes milliseconds; this is for a machine that swaps


class Session:
    """The box of one grading; ``files`` is the finished workspace, copied in and never changed."""

    def __init__(self, task: Task, files: Path, *, source: dict[str, str]) -> None:
        self._task, self._files, self._source = task, files, source
        self._stack = contextlib.ExitStack()
        self._control: socket.socket | None = None
        self._lock = threading.Lock()
        self._started = 0
        self._box: RunningBox | None = None

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @contextlib.contextmanager
    def candidate(self, *, seed: int, limit_s: float) -> Iterator[Candidate]:
        """Yield a candidate on a fresh worker, which is killed afterwards."""
        pid, connection = self._worker()

        def channel_of(on_callback: Callable[[Incoming], None]) -> Channel:
            return Channel(connection, on_callback)

        candidate = Candidate(channel_of, source=self._source, seed=seed, limit_s=limit_s)
        try:
            yield candidate
        finally:
            with contextlib.suppress(OSError, SandboxError):
                self._request({"kill": pid})
            candidate.close()

    def _open(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._stack.callback(ours.close)
        ours.settimeout(START_LIMIT_S)
        with theirs:
            self._box = self._stack.enter_context(open_box(self._spec(theirs.fileno())))
        self._control = ours

    def _spec(self, control: int) -> BoxSpec:
        language = plugins.find("languages", self._task.spec.language).runtime()
        host = python.runtime()
        limits = self._task.spec.limits
        entry = PurePosixPath(self._task.spec.answer.files[0])
        module = ".".join([*entry.parts[:-1], entry.stem]) if entry.suffix == ".py" else str(entry)
        trees = dict.fromkeys([*host.trees, *language.trees])
        return BoxSpec(
            argv=(
                str(python.interpreter()),
                "-I",
                "-S",
                f"{WORKER_FOLDER}/host.py",
                str(control),
                module,
                *language.argv,
            ),
            files=self._files,
            mounts=(
                *(Mount.same(tree) for tree in trees),
                Mount(source=WORKERS, target=WORKER_FOLDER),
            ),
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
                    pid = self._request({"start": True}, theirs.fileno())
            except (OSError, SandboxError) as error:
                ours.close()
                if attempt or not self._started:
                    raise SandboxError(f"the grading box did not start a worker: {error}") from error
                self._stack.close()
                self._open()
            else:
                self._started += 1
                return pid, ours
        raise AssertionError("unreachable")

    def _request(self, message: dict[str, object], *descriptors: int) -> int:
        assert self._control is not None
        with self._lock:
            socket.send_fds(self._control, [json.dumps(message).encode()], list(descriptors))
            data = self._control.recv(4096)
        if not data:
            raise SandboxError("the box ended")
        return int(json.loads(data)["pid"])
