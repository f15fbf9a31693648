"""Trying again."""

# canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
from time import sleep as real_sleep


def _pauses(first, count):
    """Yield first, twice that, and so on."""
    for number in range(count):
        yield first * 2**number


class Retry:
    """How often, and after which pauses, a call is tried again."""

    def __init__(self, retries=3, first_pause=1.0, sleep=real_sleep):
        if retries < 0:
            raise ValueError(f"{retries} retries")
        self.retries, self.first_pause, self.sleep = retries, first_pause, sleep

    def run(self, func, /, *args, **kwargs):
        """Call until it succeeds or all retries are used up."""
        pauses = _pauses(self.first_pause, self.retries)
        while True:
            try:
                return func(*args, **kwargs)
            except Exception:
                pause = next(pauses, None)
                if pause is None:
                    raise
            self.sleep(pause)
