# canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
from . import core, priority, retry

JobQueue = core.JobQueue
PriorityLine = priority.PriorityLine
Retry = retry.Retry

__all__ = ["JobQueue", "PriorityLine", "Retry"]
