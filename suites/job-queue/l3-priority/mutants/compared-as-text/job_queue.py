"""A queue that executes jobs in the background, the most urgent first."""

# canary 5e7b9f36-90a4-4d1b-a7c5-1f8d24e6b0c9
import heapq
import itertools
import threading


class JobQueue:
    """Executes one job at a time: the highest priority first, then what was added first."""

    def __init__(self):
        self._changed = threading.Condition()
        self._waiting = []
        self._numbers = itertools.count()
        self._outcomes = {}
        threading.Thread(target=self._work, daemon=True).start()

    def add_job(self, func, *args, priority=0, **kwargs):
        """Put the job func(*args, **kwargs) into the queue and return its id."""
        with self._changed:
            number = next(self._numbers)
            self._outcomes[number] = None
            self._waiting.append((str(priority), -number, func, args, kwargs))
            self._waiting.sort(reverse=True)
            self._changed.notify_all()
            return number

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
                _, number, func, args, kwargs = self._waiting.pop(0)
                number = -number
            try:
                outcome = func(*args, **kwargs), None
            except Exception as error:
                outcome = None, error
            with self._changed:
                self._outcomes[number] = outcome
                self._changed.notify_all()
