# canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
import itertools
import time
from concurrent.futures import Future, ThreadPoolExecutor

import jobs.priority as lines
import jobs.retry as retries_of


class JobQueue:
    def __init__(self, retries=3, first_pause=1.0, sleep=time.sleep):
        self._policy = retries_of.Retry(retries, first_pause, sleep)
        self._line = lines.PriorityLine()
        self._ids = itertools.count()
        self._known = {}
        self._pool = ThreadPoolExecutor(max_workers=1)

    def add_job(self, func, *args, priority=0, **kwargs):
        job_id, future = next(self._ids), Future()
        self._known[job_id] = future
        self._line.put((future, func, args, kwargs), priority)
        self._pool.submit(self._next)
        return job_id

    def _next(self):
        future, func, args, kwargs = self._line.take()
        try:
            future.set_result(self._policy.run(func, *args, **kwargs))
        except Exception as error:
            future.set_exception(error)

    def get_result(self, job_id, timeout=None):
        return self._known[job_id].result(timeout)

    def waiting(self):
        return len(self._line)
