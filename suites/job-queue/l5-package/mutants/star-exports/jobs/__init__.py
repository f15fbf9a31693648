"""A job queue with priorities and retries, and its parts."""

# canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
from jobs.core import *
from jobs.priority import *
from jobs.retry import *
