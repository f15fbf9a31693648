# canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
import bisect
import threading


class PriorityLine:
    def __init__(self):
        self._entries = []
        self._lock = threading.Lock()
        self._there = threading.Semaphore(0)

    def put(self, entry, priority=0):
        with self._lock:
            place = bisect.bisect_right([-each for each, _ in self._entries], -priority)
            self._entries.insert(place, (priority, entry))
        self._there.release()

    def take(self):
        self._there.acquire()
        with self._lock:
            return self._entries.pop(0)[1]

    def __len__(self):
        return len(self._entries)
