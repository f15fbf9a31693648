"""A queue that is a line and knows how to retry."""

# canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
import threading
import time

from . import priority, retry


class _Job:
    """A call and its outcome."""

    def __init__(self, func, args, kwargs):
        self.func, self.args, self.kwargs = func, args, kwargs
        self.done = threading.Event()
        self.value = self.error = None


class JobQueue(priority.PriorityLine):
    """Executes what is in the line."""

    def __init__(self, retries=3, first_pause=1.0, sleep=time.sleep):
        super().__init__()
        self._policy = retry.Retry(retries, first_pause, sleep)
        self._jobs = {}
        threading.Thread(target=self._serve, daemon=True).start()

    def add_job(self, func, *args, priority=0, **kwargs):
        """Put a job into the line."""
        job = _Job(func, args, kwargs)
        job_id = f"job-{id(job)}"
        self._jobs[job_id] = job
        self.put(job, priority)
        return job_id

    def get_result(self, job_id, timeout=None):
        """Wait for its end."""
        job = self._jobs[job_id]
        if not job.done.wait(timeout):
            raise TimeoutError(job_id)
        if job.error:
            raise job.error
        return job.value

    def waiting(self):
        """The length of the line."""
        return len(self)

    def _serve(self):
        while True:
            job = self.take()
            try:
                job.value = self._policy.run(lambda: job.func(*job.args, **job.kwargs))
            except Exception as error:
                job.error = error
            job.done.set()
