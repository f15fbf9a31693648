"""The later messages of a scripted conversation: ``turns/01.md``, ``turns/02.md`` and on."""

import re
from pathlib import Path

from codestone.errors import Fault, TaskError
from codestone.suites.schema import read_text
from codestone.suites.tree import read_tree

FOLDER = "turns"


def read_turns(task: Path) -> tuple[tuple[str, ...], tuple[Fault, ...]]:
    """Return the messages of a task's folder in their order, verbatim, and every fault of them."""
    folder = task / FOLDER
    if folder.is_file():
        return (), (Fault(folder, 0, "is a file: put the messages into a folder of that name, as 01.md"),)
    faults: list[Fault] = []
    texts: list[str] = []
    for name, path in read_tree(folder).files.items():
        due = f"{len(texts) + 1:02}.md"
        if not re.fullmatch(r"[0-9]{2}\.md", name):
            faults.append(Fault(path, 0, "is no message: turns/ holds 01.md, 02.md and on, nothing else"))
            continue
        if name != due:
            faults.append(Fault(path, 0, f"stands where {due} is expected: number without holes, from 01"))
        texts.append(_text(path, faults))
    return tuple(texts), tuple(faults)


def _text(path: Path, faults: list[Fault]) -> str:
    try:
        text = read_text(path)
    except TaskError as error:
        faults.extend(error.faults)
        return ""
    if not text.strip():
        faults.append(Fault(path, 0, "is empty: it is a whole message to the model"))
    return text
