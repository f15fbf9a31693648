"""Calls that are tried again when they fail."""

# canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
import time


class Retry:
    """Calls a function until it succeeds, with pauses that double; at most `retries` times again."""

    def __init__(self, retries=3, first_pause=1.0, sleep=time.sleep):
        if retries < 0:
            raise ValueError("retries must not be negative")
        self._retries = retries
        self._first_pause = first_pause
        self._sleep = sleep

    def queue(self):
        """Return a queue that retries like this."""
        from jobs.core import JobQueue

        return JobQueue(self._retries, self._first_pause, self._sleep)

    def run(self, func, *args, **kwargs):
        """Return what func(*args, **kwargs) returns, or raise what its last attempt raised."""
        pause = self._first_pause
        for _ in range(self._retries):
            try:
                return func(*args, **kwargs)
            except Exception:
                self._sleep(pause)
                pause *= 2
        return func(*args, **kwargs)
