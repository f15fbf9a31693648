"""Priorities on top of the library's queue."""

# canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
import queue
import threading


class PriorityLine:
    """A PriorityQueue of (-priority, number, entry)."""

    def __init__(self):
        self._queue = queue.PriorityQueue()
        self._numbering = threading.Lock()
        self._number = 0

    def put(self, entry, priority=0):
        """Number the entry and add it."""
        with self._numbering:
            self._number += 1
            self._queue.put((-priority, self._number, entry))

    def take(self):
        """Remove the first."""
        _, _, entry = self._queue.get()
        return entry

    def __len__(self):
        return self._queue.qsize()
