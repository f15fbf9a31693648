# canary c86f8d14-2b0f-4c6c-8f0a-5d1c9e7ab362
import logging
import queue
import threading
import time
import uuid
from typing import Any, Callable, Dict, Optional

logger = logging.getLogger(__name__)


class JobQueue:
    """A job queue with retries. Jobs behind a failing one wait until it has succeeded or failed for good."""

    MAX_RETRIES = 3
    BASE_DELAY = 1.0

    def __init__(self) -> None:
        self._queue: "queue.Queue" = queue.Queue()
        self._events: Dict[str, threading.Event] = {}
        self._results: Dict[str, Any] = {}
        self._errors: Dict[str, BaseException] = {}
        threading.Thread(target=self._worker, daemon=True).start()

    def add_job(self, func: Callable, *args: Any, **kwargs: Any) -> str:
        job_id = uuid.uuid4().hex
        self._events[job_id] = threading.Event()
        self._queue.put((job_id, func, args, kwargs))
        return job_id

    def get_result(self, job_id: str, timeout: Optional[float] = None) -> Any:
        if job_id not in self._events:
            raise KeyError(job_id)
        if not self._events[job_id].wait(timeout=timeout):
            raise TimeoutError(f"timed out waiting for {job_id}")
        if job_id in self._errors:
            raise self._errors[job_id]
        return self._results[job_id]

    def _worker(self) -> None:
        while True:
            job_id, func, args, kwargs = self._queue.get()
            for attempt in range(self.MAX_RETRIES + 1):
                try:
                    self._results[job_id] = func(*args, **kwargs)
                    break
                except Exception as exc:
                    logger.warning("job %s failed in attempt %d: %s", job_id, attempt + 1, exc)
                    if attempt == self.MAX_RETRIES:
                        self._errors[job_id] = exc
                    else:
                        time.sleep(self.BASE_DELAY * 2**attempt)
            self._events[job_id].set()
            self._queue.task_done()
