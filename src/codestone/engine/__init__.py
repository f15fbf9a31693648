"""The product itself: plan, one trial, a run, grading again, the proof of a task. Start with ``trial.py``."""
