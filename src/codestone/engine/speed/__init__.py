"""Speed trials: how fast a contestant reads and writes, measured alone on the machine."""
