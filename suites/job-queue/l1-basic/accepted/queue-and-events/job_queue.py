# canary 0a5be20d-7e93-4d50-9b3d-3a6a2b5c41f7
from __future__ import annotations

import queue
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any, Callable


@dataclass
class _Job:
    func: Callable[..., Any]
    args: tuple
    kwargs: dict
    finished: threading.Event = field(default_factory=threading.Event)
    result: Any = None
    exception: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self.func(*self.args, **self.kwargs)
        except BaseException as exc:
            self.exception = exc
        finally:
            self.finished.set()


class JobQueue:
    def __init__(self) -> None:
        self._queue: queue.Queue[_Job] = queue.Queue()
        self._jobs: dict[str, _Job] = {}
        self._worker = threading.Thread(target=self._loop, name="job-queue", daemon=True)
        self._worker.start()

    def _loop(self) -> None:
        while True:
            job = self._queue.get()
            try:
                job.run()
            finally:
                self._queue.task_done()

    def add_job(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
        job_id = str(uuid.uuid4())
        job = _Job(func, args, kwargs)
        self._jobs[job_id] = job
        self._queue.put(job)
        return job_id

    def get_result(self, job_id: str, timeout: float | None = None) -> Any:
        job = self._jobs[job_id]
        if not job.finished.wait(timeout):
            raise TimeoutError(f"Job {job_id} did not finish within {timeout} seconds")
        if job.exception is not None:
            raise job.exception
        return job.result
