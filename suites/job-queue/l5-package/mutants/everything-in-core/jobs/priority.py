"""A line in which the most important entry is the next."""

# canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
from jobs.core import PriorityLine

__all__ = ["PriorityLine"]
