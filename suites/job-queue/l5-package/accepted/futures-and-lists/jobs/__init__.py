"""Background jobs."""

# canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
from .core import JobQueue
from .priority import PriorityLine
from .retry import Retry

__all__ = ("Retry", "PriorityLine", "JobQueue")
