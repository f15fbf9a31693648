"""What a contestant is shown of the workspace that it starts from."""

import os
import stat
from pathlib import Path

from codestone.answers import render
from codestone.answers.paths import fault


def texts(workspace: Path) -> dict[str, str]:
    """Return every UTF-8 text file below the workspace by its POSIX path, sorted; links are not followed."""
    found: dict[str, str] = {}
    for folder, folders, names in os.walk(workspace):
        folders.sort()
        for name in names:
            file = Path(folder, name)
            path = file.relative_to(workspace).as_posix()
            text = _text(file)
            if text is not None and not fault(path):
                found[path] = text
    return dict(sorted(found.items()))


def shown(files: dict[str, str]) -> str:
    """Return the files as the prompt shows them."""
    return render.fenced(files)


def _text(file: Path) -> str | None:
    """Return the text of a regular file with its line ends as they are; None for anything else."""
    if not stat.S_ISREG(file.lstat().st_mode):
        return None
    try:
        text = file.read_bytes().decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
