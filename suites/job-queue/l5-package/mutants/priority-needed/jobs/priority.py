"""A line in which the most important entry is the next."""

# canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
import heapq
import itertools
import threading


class PriorityLine:
    """Entries by priority, in the order of their arrival where it is the same."""

    def __init__(self):
        self._heap = []
        self._arrivals = itertools.count()
        self._arrived = threading.Condition()

    def put(self, entry, priority):
        """Add an entry."""
        with self._arrived:
            heapq.heappush(self._heap, (-priority, next(self._arrivals), entry))
            self._arrived.notify()

    def take(self):
        """Wait for an entry, remove the next one and return it."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._heap)
            return heapq.heappop(self._heap)[-1]

    def __len__(self):
        with self._arrived:
            return len(self._heap)
