"""What an answer changed of the files it started from, as a unified diff, for whoever looks at a trial."""

from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

_LARGEST_BYTES = 256 << 10
_MOST_LINES = 2000  # comparing is quadratic at its worst, and an answer may be made to be the worst


def changes(start: Path, finished: Path) -> str:
    """Return the diff of every text file that the workspace started with; "" where none was changed.

    New files are not in it: they lie in the workspace as they are. A binary or very large file is named.
    """
    files = sorted(path for path in start.rglob("*") if path.is_file()) if start.is_dir() else []
    return "".join(line for path in files for line in _diff(path, finished, str(path.relative_to(start))))


def _diff(before: Path, finished: Path, name: str) -> Iterator[str]:
    after = finished / name
    there = (
        after.is_file()
        and not after.is_symlink()
        and after.parent.resolve().is_relative_to(finished.resolve())
    )
    old, new = _lines(before), _lines(after) if there else []
    if old is None or new is None:
        if there and before.read_bytes() != after.read_bytes():
            yield f"{name} was changed: binary, or too large to compare\n"
        return
    for line in unified_diff(old, new, f"a/{name}", f"b/{name}" if there else "/dev/null"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(path: Path) -> list[str] | None:
    """Return a text's lines with their ends; None for what is no text, or too much of it."""
    if path.stat().st_size > _LARGEST_BYTES:
        return None
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError:
        return None
    lines = text.splitlines(keepends=True)
    return None if "\0" in text or len(lines) > _MOST_LINES else lines
