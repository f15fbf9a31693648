"""Write a small real task to start from; it keeps every rule as it is written."""

import re
import tomllib
import uuid
from pathlib import Path

from codestone.errors import UsageError
from codestone.suites.paths import SUITE_FILE

TEMPLATE = Path(__file__).parent / "template"

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LIST = re.compile(r"^tasks\s*=\s*\[(.*?)\]", re.MULTILINE | re.DOTALL)


def new_task(folder: Path) -> list[Path]:
    """Write a task into ``folder``, and around it a suite or an entry in the one that is there.

    Returns what was written or changed.

    Raises:
        UsageError: the folder holds something, a name is no name for a task or a suite, or the list
            of tasks cannot be extended safely. Nothing has been written then.

    """
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already", hint="Name a folder that does not exist yet.")
    for name in (folder.parent.name, folder.name):
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{name!r} is no name for a suite or a task",
                hint="Both are lower-case words joined by hyphens: codestone tasks new my-suite/my-task",
            )
    suite_file = folder.parent / SUITE_FILE
    words = {"@CANARY@": str(uuid.uuid4()), "@SUITE@": folder.parent.name, "@TASK@": folder.name}
    suite = _extended(suite_file, folder.name) if suite_file.exists() else _filled("suite.toml.txt", words)
    written = [_write(folder / path, _filled(f"task/{path}.txt", words)) for path in _files()]
    return [_write(suite_file, suite), *written]


def _files() -> list[str]:
    root = TEMPLATE / "task"
    return sorted(path.relative_to(root).as_posix().removesuffix(".txt") for path in root.rglob("*.txt"))


def _filled(name: str, words: dict[str, str]) -> str:
    text = (TEMPLATE / name).read_text("utf-8")
    for mark, word in words.items():
        text = text.replace(mark, word)
    return text


def _extended(suite_file: Path, name: str) -> str:
    """Return the text of suite.toml with one more task; raise UsageError where it cannot be sure."""
    text = suite_file.read_text("utf-8")
    try:
        before = tomllib.loads(text)
        match = _LIST.search(text)
        entries = match.group(1).rstrip().rstrip(",") if match else ""
        after = f'{text[: match.start(1)]}{entries}, "{name}"{text[match.end(1) :]}' if match else text
        if tomllib.loads(after) == before | {"tasks": [*before["tasks"], name]}:
            return after
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        pass
    raise UsageError(
        f"{suite_file} is not in a form to be extended", hint=f"Add {name!r} to its `tasks` first."
    )


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path
