"""A job queue that does everything by itself: one worker, priorities, and retries with growing pauses."""

# canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
import heapq
import threading
import time


class JobQueue:
    """Executes jobs in the background, one at a time and the most important first; those that fail, again."""

    def __init__(self, retries=3, first_pause=1.0, sleep=time.sleep):
        if retries < 0:
            raise ValueError("retries must not be negative")
        self._retries = retries
        self._first_pause = first_pause
        self._sleep = sleep
        self._heap = []
        self._heap_changed = threading.Condition()
        self._count = 0
        self._outcomes = {}
        self._outcomes_changed = threading.Condition()
        threading.Thread(target=self._work, daemon=True).start()

    def add_job(self, func, *args, priority=0, **kwargs):
        """Add the job func(*args, **kwargs) and return its id at once."""
        with self._heap_changed:
            self._count += 1
            job_id = self._count
            with self._outcomes_changed:
                self._outcomes[job_id] = None
            heapq.heappush(self._heap, (-priority, job_id, func, args, kwargs))
            self._heap_changed.notify()
        return job_id

    def get_result(self, job_id, timeout=None):
        """Return what the job returned, or raise what its last attempt raised, when it has finished."""
        with self._outcomes_changed:
            if job_id not in self._outcomes:
                raise KeyError(job_id)
            if not self._outcomes_changed.wait_for(lambda: self._outcomes[job_id], timeout):
                raise TimeoutError(f"job {job_id} has not finished")
            value, error = self._outcomes[job_id]
        if error is not None:
            raise error
        return value

    def waiting(self):
        """Return how many jobs have not begun."""
        with self._heap_changed:
            return len(self._heap)

    def _work(self):
        while True:
            with self._heap_changed:
                while not self._heap:
                    self._heap_changed.wait()
                _, job_id, func, args, kwargs = heapq.heappop(self._heap)
            pause = self._first_pause
            attempt = 0
            while True:
                try:
                    outcome = (func(*args, **kwargs), None)
                except Exception as error:
                    outcome = (None, error)
                    if attempt < self._retries:
                        self._sleep(pause)
                        attempt += 1
                        pause *= 2
                        continue
                break
            with self._outcomes_changed:
                self._outcomes[job_id] = outcome
                self._outcomes_changed.notify_all()
