"""Retries, as a recursion."""

# canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
import time
from dataclasses import dataclass
from typing import Callable


@dataclass
class Retry:
    """Tries again with a longer pause and one retry less."""

    retries: int = 3
    first_pause: float = 1.0
    sleep: Callable = time.sleep

    def __post_init__(self):
        if self.retries < 0:
            raise ValueError("retries < 0")

    def run(self, func, *args, **kwargs):
        """Run it, and what is left of the retries."""
        try:
            return func(*args, **kwargs)
        except Exception:
            if not self.retries:
                raise
        self.sleep(self.first_pause)
        return Retry(self.retries - 1, self.first_pause * 2, self.sleep).run(func, *args, **kwargs)
