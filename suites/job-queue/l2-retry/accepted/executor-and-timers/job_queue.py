# canary c86f8d14-2b0f-4c6c-8f0a-5d1c9e7ab362
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from uuid import uuid4


class JobQueue:
    def __init__(self, max_retries=3, base_delay=1.0):
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._max_retries = max_retries
        self._base_delay = base_delay
        self._futures = {}

    def add_job(self, func, *args, **kwargs):
        job_id = str(uuid4())
        self._futures[job_id] = Future()
        self._pool.submit(self._attempt, self._futures[job_id], partial(func, *args, **kwargs), 0)
        return job_id

    def _attempt(self, future, call, retried):
        try:
            future.set_result(call())
        except Exception as exception:
            if retried >= self._max_retries:
                future.set_exception(exception)
                return
            delay = self._base_delay * (2 ** retried)
            timer = threading.Timer(delay, self._pool.submit, [self._attempt, future, call, retried + 1])
            timer.daemon = True
            timer.start()

    def get_result(self, job_id, timeout=None):
        future = self._futures.get(job_id)
        if future is None:
            raise KeyError(f"unknown job: {job_id}")
        return future.result(timeout)
