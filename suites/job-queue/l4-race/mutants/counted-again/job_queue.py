"""A queue that executes jobs on several workers, and keeps a total of the results for each group."""

# canary 5c1d8233-2d8b-4121-af97-38674d50da86

import itertools
import threading
from collections import deque
from functools import reduce


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
        self._numbers = itertools.count(1)
        self._jobs = {}
        self._waiting = deque()
        self._changed = threading.Condition()
        self._totals = {}
        self._partials = [{} for _ in range(workers)]
        for partial in self._partials:
            threading.Thread(target=self._work, args=(partial,), daemon=True).start()

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
        partials = [partial[group] for partial in self._partials if group in partial]
        self._totals[group] = reduce(self._merge, partials, self._totals.get(group, self._empty))
        return self._totals[group]

    def _work(self, partial):
        """Execute jobs; only this worker writes its partial totals."""
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                job = self._waiting.popleft()
            try:
                job.result = job.execute()
                partial[job.group] = self._merge(partial.get(job.group, self._empty), job.result)
            except Exception as error:
                job.error = error
            job.finished.set()
