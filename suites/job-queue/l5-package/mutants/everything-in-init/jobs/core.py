"""The queue."""

# canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
from jobs import *
