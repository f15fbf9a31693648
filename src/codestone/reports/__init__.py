"""Drawings of a summary: a module each, with one ``render(summary) -> str``. Nothing is computed here."""
