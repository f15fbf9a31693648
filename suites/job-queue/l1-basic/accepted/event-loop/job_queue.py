# canary 0a5be20d-7e93-4d50-9b3d-3a6a2b5c41f7
import asyncio
import concurrent.futures
import itertools
import threading


class JobQueue:
    """An event loop in a thread; jobs are executed in another, so that the loop goes on."""

    def __init__(self):
        self._ids = itertools.count(1)
        self._futures = {}
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()

        def serve():
            asyncio.set_event_loop(self._loop)
            self._queue = asyncio.Queue()
            self._loop.create_task(self._work())
            self._loop.call_soon(ready.set)
            self._loop.run_forever()

        threading.Thread(target=serve, daemon=True).start()
        ready.wait()

    async def _work(self):
        while True:
            future, func, args, kwargs = await self._queue.get()
            try:
                result = await asyncio.to_thread(func, *args, **kwargs)
            except Exception as error:
                future.set_exception(error)
            else:
                future.set_result(result)

    def add_job(self, func, *args, **kwargs):
        job_id = f"job-{next(self._ids)}"
        future = self._futures[job_id] = concurrent.futures.Future()
        self._loop.call_soon_threadsafe(self._queue.put_nowait, (future, func, args, kwargs))
        return job_id

    def get_result(self, job_id, timeout=None):
        return self._futures[job_id].result(timeout)
