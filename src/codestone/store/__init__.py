"""A run directory on disk: written once, line by line, and read by everything that comes after."""
