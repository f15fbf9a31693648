# canary 5e7b9f36-90a4-4d1b-a7c5-1f8d24e6b0c9
import bisect
import threading
from concurrent.futures import Future, ThreadPoolExecutor


class JobQueue:
    """One thread of a pool; each turn takes the job that is first at that moment."""

    def __init__(self):
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._lock = threading.Lock()
        self._pending = []
        self._jobs = {}

    def add_job(self, func, /, *args, priority=0, **kwargs):
        with self._lock:
            job_id = len(self._jobs)
            future = Future()
            self._jobs[job_id] = (future, func, args, kwargs)
            bisect.insort(self._pending, (-priority, job_id))
        self._pool.submit(self._turn)
        return job_id

    def _turn(self):
        with self._lock:
            _, job_id = self._pending.pop(0)
        future, func, args, kwargs = self._jobs[job_id]
        try:
            future.set_result(func(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)

    def get_result(self, job_id, timeout=None):
        try:
            future = self._jobs[job_id][0]
        except KeyError:
            raise KeyError(f"no job {job_id!r}") from None
        return future.result(timeout)
