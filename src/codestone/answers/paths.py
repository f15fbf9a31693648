"""Which path a reply may name. No path that passes here can leave the workspace."""

import unicodedata
from collections.abc import Sequence
from fnmatch import fnmatchcase

PATH_BYTES = 1_024
PART_BYTES = 255
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def fault(path: str) -> str | None:
    """Return why no file may have that path, or None."""
    faults = {
        "empty path": not path,
        "path is too long": len(path.encode("utf-8", "replace")) > PATH_BYTES,
        "control character in the path": any(
            unicodedata.category(character) in _UNPRINTABLE for character in path[:PATH_BYTES]
        ),
        "backslash in the path": "\\" in path,
        "path is not relative to the workspace": path.startswith(("/", "~")),
        "path names a drive": path[1:2] == ":" and path[0].isascii() and path[0].isalpha(),
    }
    found = next((reason for reason, holds in faults.items() if holds), None)
    return found or next((reason for part in path.split("/") if (reason := _part_fault(part))), None)


def _part_fault(part: str) -> str | None:
    """Return why no file or folder may be called that, or None."""
    if part == "..":
        return "path leads out of the workspace"
    if not part or part == ".":
        return "path has an empty part"
    if part.endswith((".", " ")) or part.startswith(" "):
        return "a part of the path begins or ends with a space, or ends with a dot"
    return "a part of the path is too long" if len(part.encode()) > PART_BYTES else None


def resolve(name: str, files: Sequence[str]) -> tuple[str | None, str]:
    """Return the path that ``name`` means and "", or None and the reason.

    A name without its folder is completed where exactly one entry of ``files`` ends with it.
    """
    path = name.removeprefix("./")
    if reason := fault(path):
        return None, reason
    if any(allows(entry, path) for entry in files):
        return path, ""
    longer = [entry for entry in concrete(files) if entry.endswith(f"/{path}")]
    return (longer[0], "") if len(longer) == 1 else (None, "not a file of this task")


def allows(entry: str, path: str) -> bool:
    """Whether an entry of ``files`` covers the path.

    An entry is a path, a folder with a slash at its end (anything below), or a pattern as in
    ``fnmatch``, compared part by part: a star does not cross a slash.
    """
    if entry.endswith("/"):
        return path.startswith(entry) and path != entry
    if entry == path:
        return not is_open(entry) or "[" in entry
    patterns, parts = entry.split("/"), path.split("/")
    return len(patterns) == len(parts) and all(map(fnmatchcase, parts, patterns))


def is_open(entry: str) -> bool:
    """Whether an entry of ``files`` is a folder or a pattern, and so no path itself."""
    return entry.endswith("/") or "*" in entry or "?" in entry


def concrete(files: Sequence[str]) -> list[str]:
    """Return the entries that are paths themselves, in order."""
    return [entry for entry in files if not is_open(entry)]


def escaped(text: str, limit: int = 120) -> str:
    """Return text that a terminal shows and does not obey, at most ``limit`` characters of it."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:limit])
    return shown if len(text) <= limit else f"{shown}…"
