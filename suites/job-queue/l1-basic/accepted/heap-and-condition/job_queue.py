# canary 0a5be20d-7e93-4d50-9b3d-3a6a2b5c41f7
import heapq
import sys
import threading
import time


class JobQueue:
    """Keeps jobs in a heap by their number; tells on stderr what it does."""

    def __init__(self):
        self._lock = threading.Lock()
        self._not_empty = threading.Condition(self._lock)
        self._done = threading.Condition(self._lock)
        self._heap = []
        self._jobs = {}
        self._results = {}
        self._count = 0
        self._thread = None

    def add_job(self, func, *args, **kwargs):
        print("adding", func, args, kwargs, file=sys.stderr, flush=True)
        with self._lock:
            number = self._count
            self._count += 1
            self._jobs[number] = (func, args, kwargs)
            heapq.heappush(self._heap, number)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._not_empty.notify()
        return number

    def get_result(self, job_id, timeout=None):
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._lock:
            if job_id not in self._jobs:
                raise KeyError(f"no job {job_id}")
            while job_id not in self._results:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    raise TimeoutError(job_id)
                self._done.wait(left)
            succeeded, result = self._results[job_id]
        if succeeded:
            return result
        raise result

    def _run(self):
        while True:
            with self._lock:
                while not self._heap:
                    self._not_empty.wait()
                number = heapq.heappop(self._heap)
                func, args, kwargs = self._jobs[number]
            print("executing", number, file=sys.stderr, flush=True)
            try:
                outcome = True, func(*args, **kwargs)
            except Exception as exception:
                outcome = False, exception
            with self._lock:
                self._results[number] = outcome
                self._done.notify_all()
