"""A task proves itself: every candidate that it ships is graded, and each verdict is what the task says."""
