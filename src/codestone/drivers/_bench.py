"""What the tools of a task do on the workspace: list, read, search, write, replace, or say a scripted reply.

Nothing outside the workspace is read or written and no link is followed. A tool that cannot do what it is
asked returns ``error: …`` for the contestant to read. Results are bounded. A search is for plain text: a
regular expression of a model could run for ever.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, assert_never

import orjson

from codestone.answers import Answer
from codestone.answers.paths import escaped, resolve
from codestone.answers.write import write
from codestone.drivers._start import texts
from codestone.task import ToolSpec

RESULT_CHARACTERS = 16_000
"""Characters of one result; what is longer is cut, with a note."""
_HITS = 100
_HIT_CHARACTERS = 300
_MATCHED_CHARACTERS = 2_000


class Done(NamedTuple):
    """The result of one call, and the path that it wrote."""

    text: str
    wrote: str = ""


def do(tool: ToolSpec, arguments: Mapping[str, Any], *, files: Sequence[str], workspace: Path) -> Done:
    """Carry out a call whose arguments fit. Raises OSError for what is the machine's doing."""
    match tool.does:
        case "list":
            return Done(_list(texts(workspace), arguments.get("path", "")))
        case "read":
            return Done(_read(texts(workspace), **arguments))
        case "search":
            return Done(_search(texts(workspace), **arguments))
        case "write":
            return _write(arguments["path"], arguments["content"], files, workspace)
        case "replace":
            return _replace(arguments, files, workspace)
        case "scripted":
            return Done(_bounded(_scripted(tool, arguments)))
        case _:
            assert_never(tool.does)


def error(words: str) -> str:
    """Return the words as the result of a call that could not be carried out."""
    return f"error: {words}"


def _list(found: Mapping[str, str], path: str) -> str:
    below = _below(found, path)
    return _bounded("\n".join(below)) if below else error(f"there are no text files in {escaped(path)!r}")


def _read(found: Mapping[str, str], path: str, first_line: int = 1, last_line: int | None = None) -> str:
    text = found.get(_plain(path))
    if text is None:
        return error(f"there is no text file {escaped(path)!r} in the workspace")
    lines = _lines(text)
    if not lines:
        return "(the file is empty)"
    if not 1 <= first_line <= len(lines):
        return error(f"{escaped(path)!r} has lines 1 to {len(lines)}")
    wanted = "".join(lines[first_line - 1 : last_line if last_line is None else max(last_line, first_line)])
    if len(wanted) <= RESULT_CHARACTERS:
        return wanted
    whole = wanted[:RESULT_CHARACTERS].rpartition("\n")[0]
    if not whole:
        return f"{wanted[:RESULT_CHARACTERS]}\n[cut: line {first_line} is too long to be read whole]"
    after = first_line + whole.count("\n") + 1
    return f"{whole}\n[cut: the file has {len(lines)} lines, read on from line {after}]"


def _search(found: Mapping[str, str], text: str, path: str = "") -> str:
    """Return path, number and text of each line in which the text begins, at most 100 of them."""
    if not text:
        return error("the text to find is empty")
    hits: list[str] = []
    for name in _below(found, path):
        whole, seen, at = found[name], 0, -1
        while len(hits) <= _HITS and (at := whole.find(text, at + 1)) >= 0:
            number = whole.count("\n", 0, at) + 1
            if number != seen:
                line = whole[whole.rfind("\n", 0, at) + 1 :].partition("\n")[0]
                hits.append(f"{name}:{number}: {line[:_HIT_CHARACTERS]}")
            seen = number
            at = whole.find("\n", at) if whole.find("\n", at) >= 0 else len(whole)
    if not hits:
        return "nothing found (the search is for plain text, no regular expression)"
    more = [f"[more than {_HITS} lines: search for something rarer]"] if len(hits) > _HITS else []
    return _bounded("\n".join([*hits[:_HITS], *more]))


def _write(path: str, content: str, files: Sequence[str], workspace: Path) -> Done:
    place, reason = resolve(path, files)
    if place is None:
        allowed = ", ".join(files)
        return Done(error(f"{escaped(path)!r} may not be written: {reason}; files that may: {allowed}"))
    if not write(Answer(files={place: content}, how=("tool call",), rejected=()), workspace):
        return Done(error(f"{place!r} was not written: something stands in the way"))
    return Done(f"wrote {place} ({len(_lines(content))} lines)", place)


def _replace(arguments: Mapping[str, str], files: Sequence[str], workspace: Path) -> Done:
    path, old = arguments["path"], arguments["old"]
    text = texts(workspace).get(resolve(path, files)[0] or _plain(path))
    if text is None:
        return Done(error(f"there is no text file {escaped(path)!r} in the workspace"))
    found = text.count(old) if old else 0
    if found != 1:
        words = "is empty" if not old else f"stands {found} times in it" if found else "is not in it"
        return Done(
            error(f"{escaped(path)!r} was not changed: the old text {words}; it must stand there once")
        )
    return _write(path, text.replace(old, arguments["new"]), files, workspace)


def _scripted(tool: ToolSpec, arguments: Mapping[str, Any]) -> str:
    """Return what the task says for a call like this; the first match wins."""
    for reply in tool.reply:
        if all(_matches(pattern, arguments.get(name)) for name, pattern in reply.when.items()):
            return reply.says
    return error("there is no result for these arguments")


def _matches(pattern: str, value: object) -> bool:
    """Whether a whole argument matches; one that is no text is compared as its JSON."""
    if value is None:
        return False
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return len(text) <= _MATCHED_CHARACTERS and re.fullmatch(pattern, text) is not None


def _below(found: Mapping[str, str], path: str) -> list[str]:
    """Return the files that are the path or lie below it, all of them for none."""
    folder = _plain(path).rstrip("/")
    whole = folder in {"", "."}
    return [name for name in found if whole or name == folder or name.startswith(f"{folder}/")]


def _plain(path: str) -> str:
    return path.removeprefix("./")


def _lines(text: str) -> list[str]:
    """Return the lines with their ends, by line feeds alone: an editor counts no other."""
    *ended, rest = text.split("\n")
    return [f"{line}\n" for line in ended] + ([rest] if rest else [])


def _bounded(text: str) -> str:
    if len(text) <= RESULT_CHARACTERS:
        return text
    return f"{text[:RESULT_CHARACTERS]}\n[cut after {RESULT_CHARACTERS:,} characters of {len(text):,}]"
