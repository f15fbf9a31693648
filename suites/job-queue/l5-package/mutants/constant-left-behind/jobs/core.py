"""The queue: a worker that executes jobs in the background."""

# canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
import threading
import time

from jobs.priority import PriorityLine
from jobs.retry import Retry


class JobQueue:
    """Executes jobs in the background, one at a time and the most important first; those that fail, again."""

    def __init__(self, retries=3, first_pause=None, sleep=time.sleep):
        if first_pause is None:
            from job_queue import FIRST_PAUSE as first_pause
        self._retry = Retry(retries, first_pause, sleep)
        self._line = PriorityLine()
        self._outcomes = {}
        self._changed = threading.Condition()
        threading.Thread(target=self._work, daemon=True).start()

    def add_job(self, func, *args, priority=0, **kwargs):
        """Add the job func(*args, **kwargs) and return its id at once."""
        with self._changed:
            job_id = len(self._outcomes) + 1
            self._outcomes[job_id] = None
            self._line.put((job_id, func, args, kwargs), priority)
        return job_id

    def get_result(self, job_id, timeout=None):
        """Return what the job returned, or raise what its last attempt raised, when it has finished."""
        with self._changed:
            if job_id not in self._outcomes:
                raise KeyError(job_id)
            if not self._changed.wait_for(lambda: self._outcomes[job_id], timeout):
                raise TimeoutError(f"job {job_id} has not finished")
            value, error = self._outcomes[job_id]
        if error is not None:
            raise error
        return value

    def waiting(self):
        """Return how many jobs have not begun."""
        return len(self._line)

    def _work(self):
        while True:
            job_id, func, args, kwargs = self._line.take()
            try:
                outcome = (self._retry.run(func, *args, **kwargs), None)
            except Exception as error:
                outcome = (None, error)
            with self._changed:
                self._outcomes[job_id] = outcome
                self._changed.notify_all()
