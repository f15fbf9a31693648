"""A line for each priority."""

# canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
from collections import deque
from threading import Condition


class PriorityLine:
    """Takes from the line of the highest priority that has an entry."""

    def __init__(self):
        self._lines = {}
        self._condition = Condition()

    def put(self, entry, priority=0):
        """Stand in line."""
        with self._condition:
            self._lines.setdefault(priority, deque()).append(entry)
            self._condition.notify_all()

    def take(self):
        """Wait for an entry, and give it away."""
        with self._condition:
            while not self._lines:
                self._condition.wait()
            highest = max(self._lines)
            entry = self._lines[highest].popleft()
            if not self._lines[highest]:
                del self._lines[highest]
            return entry

    def __len__(self):
        with self._condition:
            return sum(map(len, self._lines.values()))
