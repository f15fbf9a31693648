"""Jobs on one thread, their outcomes as futures."""

# canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
import time
from concurrent import futures
from threading import Lock, Thread

from .priority import PriorityLine
from .retry import Retry


class JobQueue:
    """One worker, one line."""

    def __init__(self, retries=3, first_pause=1.0, sleep=time.sleep):
        self._retry = Retry(retries=retries, first_pause=first_pause, sleep=sleep)
        self._line = PriorityLine()
        self._lock = Lock()
        self._futures = []
        Thread(target=self._work, daemon=True).start()

    def add_job(self, func, *args, priority=0, **kwargs):
        """Add a job; its id is its number."""
        future = futures.Future()
        with self._lock:
            self._futures.append(future)
            job_id = len(self._futures)
            self._line.put({"future": future, "call": (func, args, kwargs)}, priority=priority)
        return job_id

    def get_result(self, job_id, timeout=None):
        """Wait for the future of that number."""
        with self._lock:
            if not isinstance(job_id, int) or not 0 < job_id <= len(self._futures):
                raise KeyError(job_id)
            future = self._futures[job_id - 1]
        try:
            return future.result(timeout)
        except futures.TimeoutError:
            if future.done():
                raise
            raise TimeoutError(f"job {job_id} is not done") from None

    def waiting(self):
        """Count who stands in line."""
        return len(self._line)

    def _work(self):
        while True:
            job = self._line.take()
            func, args, kwargs = job["call"]
            try:
                job["future"].set_result(self._retry.run(func, *args, **kwargs))
            except Exception as error:
                job["future"].set_exception(error)
