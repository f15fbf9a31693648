"""Directory → Suite: where suites lie, how they are read, and what can be wrong with them."""
