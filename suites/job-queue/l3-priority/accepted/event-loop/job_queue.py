# canary 5e7b9f36-90a4-4d1b-a7c5-1f8d24e6b0c9
import asyncio
import concurrent.futures
import itertools
import threading


class JobQueue:
    """asyncio.PriorityQueue in a loop of its own; the lock keeps numbers and arrival in one order."""

    def __init__(self):
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._futures = {}
        self._loop = asyncio.new_event_loop()
        self._queue = asyncio.PriorityQueue()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._work())

    async def _work(self):
        while True:
            *_, future, func, args, kwargs = await self._queue.get()
            try:
                result = await self._loop.run_in_executor(None, lambda: func(*args, **kwargs))
            except Exception as error:
                future.set_exception(error)
            else:
                future.set_result(result)

    def add_job(self, func, *args, priority=0, **kwargs):
        with self._lock:
            number = next(self._ids)
            future = self._futures[number] = concurrent.futures.Future()
            job = (-priority, number, future, func, args, kwargs)
            self._loop.call_soon_threadsafe(self._queue.put_nowait, job)
        return number

    def get_result(self, job_id, timeout=None):
        return self._futures[job_id].result(timeout)
