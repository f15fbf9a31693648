"""The command line: one command a file, each at most 100 lines. Heavy imports stand inside the functions."""
