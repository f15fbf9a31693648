"""A queue that executes jobs on several workers, and keeps a total of the results for each group."""

# canary 5c1d8233-2d8b-4121-af97-38674d50da86
import itertools
import threading
from collections import deque


class Job:
    """A call that was asked for, and what came of it."""

    def __init__(self, group, func, args, kwargs):
        self.group = group
        self.func, self.args, self.kwargs = func, args, kwargs
        self.finished = threading.Event()
        self.result = None
        self.error = None

    def execute(self):
        return self.func(*self.args, **self.kwargs)


class JobQueue:
    """Executes jobs; merge(a, b) makes one total of two, and empty is the total of nothing."""

    def __init__(self, merge, empty, workers=4):
        self._merge = merge
        self._empty = empty
        self._totals = {}
        self._numbers = itertools.count(1)
        self._jobs = {}
        self._waiting = deque()
        self._changed = threading.Condition()
        for _ in range(workers):
            threading.Thread(target=self._work, daemon=True).start()

    def add_job(self, group, func, /, *args, **kwargs):
        """Let func(*args, **kwargs) be executed as a job of that group; return the job's id."""
        job = Job(group, func, args, kwargs)
        with self._changed:
            job_id = next(self._numbers)
            self._jobs[job_id] = job
            self._waiting.append(job)
            self._changed.notify()
        return job_id

    def get_result(self, job_id, timeout=None):
        """Return what the job returned, or raise what it raised, when it has finished."""
        with self._changed:
            job = self._jobs[job_id]
        if not job.finished.wait(timeout):
            raise TimeoutError(f"job {job_id} has not finished")
        if job.error is not None:
            raise job.error
        return job.result

    def total(self, group):
        """Return the total of a group when all its jobs that were added so far have finished."""
        with self._changed:
            jobs = [job for job in self._jobs.values() if job.group == group]
        for job in jobs:
            job.finished.wait()
        return self._totals.get(group, self._empty)

    def _work(self):
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                job = self._waiting.popleft()
            try:
                job.result = job.execute()
                self._count(job)
            except Exception as error:
                job.error = error
            job.finished.set()

    def _count(self, job):
        # the dictionary is replaced and never changed: total() can look into it at any time
        with self._changed:
            totals = dict(self._totals)
            totals[job.group] = self._merge(totals.get(job.group, self._empty), job.result)
            self._totals = totals
