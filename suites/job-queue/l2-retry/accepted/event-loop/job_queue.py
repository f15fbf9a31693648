# canary c86f8d14-2b0f-4c6c-8f0a-5d1c9e7ab362
import asyncio
import concurrent.futures
import threading

BACKOFF = [1, 2, 4]


class JobQueue:
    """An event loop in a thread; each job is a task, and a lock lets one call through at a time."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._futures = {}
        self._guard = threading.Lock()
        self._one = asyncio.Lock()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def add_job(self, func, *args, **kwargs):
        with self._guard:
            job_id = f"job{len(self._futures)}"
            future = self._futures[job_id] = concurrent.futures.Future()
            asyncio.run_coroutine_threadsafe(self._attempts(future, func, args, kwargs), self._loop)
        return job_id

    async def _attempts(self, future, func, args, kwargs):
        for delay in [*BACKOFF, None]:
            try:
                async with self._one:
                    value = await asyncio.to_thread(func, *args, **kwargs)
            except Exception as error:
                if delay is None:
                    future.set_exception(error)
                else:
                    await asyncio.sleep(delay)
            else:
                future.set_result(value)
                return

    def get_result(self, job_id, timeout=None):
        return self._futures[job_id].result(timeout=timeout)
