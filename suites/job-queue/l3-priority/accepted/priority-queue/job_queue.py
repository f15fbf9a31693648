# canary 5e7b9f36-90a4-4d1b-a7c5-1f8d24e6b0c9
import itertools
import queue
import sys
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any


@dataclass(order=True)
class PrioritizedJob:
    sort_key: tuple
    job_id: str = field(compare=False)
    func: Any = field(compare=False)
    args: tuple = field(compare=False, default=())
    kwargs: dict = field(compare=False, default_factory=dict)


class JobQueue:
    """A thread at a PriorityQueue, which tells on stderr what it does."""

    def __init__(self):
        self._queue = queue.PriorityQueue()
        self._counter = itertools.count()
        self._results = {}
        self._events = {}
        self._worker = threading.Thread(target=self._process_jobs, daemon=True)
        self._worker.start()

    def add_job(self, func, *args, priority=0, **kwargs):
        job_id = str(uuid.uuid4())
        print(f"adding {job_id} of priority {priority}", file=sys.stderr, flush=True)
        self._events[job_id] = threading.Event()
        self._queue.put(PrioritizedJob((-priority, next(self._counter)), job_id, func, args, kwargs))
        print(f"added {job_id}", file=sys.stderr, flush=True)
        return job_id

    def _process_jobs(self):
        while True:
            job = self._queue.get()
            print(f"executing {job.job_id}", file=sys.stderr, flush=True)
            try:
                self._results[job.job_id] = ("ok", job.func(*job.args, **job.kwargs))
            except Exception as e:
                self._results[job.job_id] = ("error", e)
            self._events[job.job_id].set()
            self._queue.task_done()

    def get_result(self, job_id, timeout=None):
        if job_id not in self._events:
            raise KeyError(job_id)
        if not self._events[job_id].wait(timeout):
            raise TimeoutError(job_id)
        status, value = self._results[job_id]
        if status == "error":
            raise value
        return value
