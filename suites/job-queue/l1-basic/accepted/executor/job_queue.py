# canary 0a5be20d-7e93-4d50-9b3d-3a6a2b5c41f7
import threading
from concurrent.futures import ThreadPoolExecutor


class JobQueue:
    def __init__(self):
        self._executor = ThreadPoolExecutor(max_workers=1)
        self._lock = threading.Lock()
        self._jobs = []

    def add_job(self, func, *args, **kwargs):
        with self._lock:
            self._jobs.append(self._executor.submit(func, *args, **kwargs))
            return len(self._jobs) - 1

    def get_result(self, job_id, timeout=None):
        if not isinstance(job_id, int) or not 0 <= job_id < len(self._jobs):
            raise KeyError(job_id)
        return self._jobs[job_id].result(timeout)
