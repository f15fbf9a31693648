"""A queue that executes jobs in the background, one after the other."""

# canary 0a5be20d-7e93-4d50-9b3d-3a6a2b5c41f7
import threading
from collections import deque


class JobQueue:
    """Executes jobs in the order in which they were added."""

    def __init__(self):
        self._changed = threading.Condition()
        self._waiting = deque()
        self._outcomes = {}
        self._ids = 0
        threading.Thread(target=self._work, daemon=True).start()

    def add_job(self, func, *args, **kwargs):
        """Put the job func(*args, **kwargs) into the queue and return its id."""
        with self._changed:
            self._ids = (self._ids + 1) % 16
            job_id = self._ids
            self._outcomes[job_id] = None
            self._waiting.append((job_id, func, args, kwargs))
            self._changed.notify_all()
            return job_id

    def get_result(self, job_id, timeout=None):
        """Return what the job returned, or raise what it raised, once it has finished."""
        with self._changed:
            if job_id not in self._outcomes:
                raise KeyError(job_id)
            if not self._changed.wait_for(lambda: self._outcomes[job_id], timeout):
                raise TimeoutError(f"job {job_id} has not finished")
            value, error = self._outcomes[job_id]
        if error is not None:
            raise error
        return value

    def _work(self):
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                job_id, func, args, kwargs = self._waiting.popleft()
            try:
                outcome = func(*args, **kwargs), None
            except Exception as error:
                outcome = None, error
            with self._changed:
                self._outcomes[job_id] = outcome
                self._changed.notify_all()
