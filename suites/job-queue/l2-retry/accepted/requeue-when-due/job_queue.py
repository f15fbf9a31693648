# canary c86f8d14-2b0f-4c6c-8f0a-5d1c9e7ab362
import collections
import threading
import time


class JobQueue:
    """Ready jobs in a deque, failed ones in a list that is looked at every few milliseconds."""

    def __init__(self):
        self._cond = threading.Condition()
        self._ready = collections.deque()
        self._delayed = []
        self._state = {}
        self._last = 0
        threading.Thread(target=self._run, daemon=True).start()

    def add_job(self, func, *args, **kwargs):
        with self._cond:
            self._last += 1
            self._state[self._last] = None
            self._ready.append((self._last, func, args, kwargs, 0))
            self._cond.notify_all()
            return self._last

    def get_result(self, job_id, timeout=None):
        deadline = None if timeout is None else time.time() + timeout
        with self._cond:
            if job_id not in self._state:
                raise KeyError(job_id)
            while self._state[job_id] is None:
                remaining = None if deadline is None else deadline - time.time()
                if remaining is not None and remaining <= 0:
                    raise TimeoutError
                self._cond.wait(remaining)
            kind, what = self._state[job_id]
        if kind == "failed":
            raise what
        return what

    def _run(self):
        while True:
            with self._cond:
                while not self._ready:
                    now = time.time()
                    due = [job for when, job in self._delayed if when <= now]
                    self._delayed = [(when, job) for when, job in self._delayed if when > now]
                    self._ready.extend(due)
                    if not due:
                        self._cond.wait(0.02 if self._delayed else None)
                job_id, func, args, kwargs, failures = self._ready.popleft()
            try:
                outcome = ("done", func(*args, **kwargs))
            except Exception as e:
                outcome = ("failed", e)
            with self._cond:
                if outcome[0] == "failed" and failures < 3:
                    again = (job_id, func, args, kwargs, failures + 1)
                    self._delayed.append((time.time() + 2**failures, again))
                else:
                    self._state[job_id] = outcome
                    self._cond.notify_all()
