"""A queue that executes jobs in the background, and tries those again that fail."""

# canary c86f8d14-2b0f-4c6c-8f0a-5d1c9e7ab362
import heapq
import itertools
import threading
import time

WAITS_S = (1, 2, 4)


class _Job:
    def __init__(self, func, args, kwargs):
        self.func, self.args, self.kwargs = func, args, kwargs
        self.retries = 0
        self.finished = threading.Event()
        self.value = self.error = None


class JobQueue:
    """Executes one job at a time; what waits for a retry holds nothing up."""

    def __init__(self):
        self._changed = threading.Condition()
        self._due = []
        self._jobs = {}
        self._numbers = itertools.count()
        threading.Thread(target=self._work, daemon=True).start()

    def add_job(self, func, *args, **kwargs):
        """Put the job func(*args, **kwargs) into the queue and return its id."""
        job = _Job(func, args, kwargs)
        with self._changed:
            job_id = len(self._jobs)
            self._jobs[job_id] = job
            self._put(job, 0)
        return job_id

    def get_result(self, job_id, timeout=None):
        """Return what the job returned, or raise what its last call raised."""
        job = self._jobs[job_id]
        if not job.finished.wait(timeout):
            raise TimeoutError(f"job {job_id} has not finished")
        if job.error is not None:
            raise job.error
        return job.value

    def _put(self, job, wait_s):
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + wait_s, next(self._numbers), job))
            self._changed.notify()

    def _next(self):
        with self._changed:
            while True:
                if not self._due:
                    self._changed.wait()
                elif (left_s := self._due[0][0] - time.monotonic()) > 0:
                    self._changed.wait(left_s)
                else:
                    return heapq.heappop(self._due)[2]

    def _work(self):
        while True:
            job = self._next()
            try:
                job.value = job.func(*job.args, **job.kwargs)
            except OSError as error:
                self._failed(job, error)
            except Exception as error:
                job.error = error
                job.finished.set()
            else:
                job.finished.set()

    def _failed(self, job, error):
        if job.retries < len(WAITS_S):
            job.retries += 1
            self._put(job, WAITS_S[job.retries - 1])
        else:
            job.error = error
            job.finished.set()
