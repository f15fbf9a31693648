"""Find code in a reply that has no fence around it."""

import ast
from collections.abc import Sequence

from codestone.answers.code import defined, fits, language_of, module, parses, starts
from codestone.answers.paths import concrete

_TRIES = 40
_CHARACTERS = 4_000_000


def whole(text: str, language: str) -> bool:
    """Whether the reply as it stands is one Python file, fences in its strings included."""
    tree = module(text) if language == "python" else None
    if tree is None or not tree.body:
        return False
    if isinstance(tree.body[0], ast.Expr) and isinstance(tree.body[0].value, ast.Name):
        return False  # the lost tag of a fence
    # "Done." and "x: y" parse too
    return not all(isinstance(node, ast.Expr | ast.AnnAssign) for node in tree.body)


def sections(text: str, files: Sequence[str], language: str) -> dict[str, str]:
    """Return the files of a reply without fences, each below its path on a line of its own; {} for another.

    The paths are those that the task names; two at least, each once, and every text must be code.
    """
    known = set(concrete(files))
    lines = text.replace("\r\n", "\n").split("\n")
    heads = [(n, path) for n, line in enumerate(lines) if (path := line.strip("#`*: \t")) in known]
    paths = [path for _, path in heads]
    if len(text) > _CHARACTERS or "```" in text or len(paths) < 2 or len(set(paths)) < len(paths):
        return {}
    ends = [*(n for n, _ in heads[1:]), len(lines)]
    found = {
        path: "\n".join(lines[n + 1 : end]).strip("\n") + "\n"
        for (n, path), end in zip(heads, ends, strict=True)
    }
    usable = all(_usable(text, language_of(path, language)) for path, text in found.items() if text.strip())
    return found if usable else {}


def code(text: str, path: str, language: str) -> str | None:
    """Return the code between the prose, or None.

    It begins at the first line that looks like the language's code, and ends before the paragraphs of
    prose that close the reply; Python must parse and define or do something, the rest must define something.
    """
    if len(text) > _CHARACTERS:
        return None
    language = language_of(path, language)
    lines = text.replace("\r\n", "\n").split("\n")
    first = _first(lines, language)
    if first is None:
        return None
    body = lines[first:]
    for end in _ends(body, language):
        candidate = "\n".join(body[:end]).rstrip() + "\n"
        if _usable(candidate, language):
            return candidate
    return None


def _first(lines: list[str], language: str) -> int | None:
    """Return the index of the first line of code; a line that is only the fence's lost tag is passed over."""
    return next(
        (n for n, line in enumerate(lines) if starts(line, language) and not _tag(line, language)), None
    )


def _tag(line: str, language: str) -> bool:
    """Whether the line is a bare language tag."""
    return " " not in line and bool(line) and fits(line.strip().lower(), language) is True


def _ends(lines: list[str], language: str) -> list[int]:
    """Return where the code may end, longest first: at the end, or before a paragraph at column 0."""
    starts_of = [n for n in range(1, len(lines)) if lines[n][:1].strip() and not lines[n - 1].strip()]
    ends = [len(lines), *reversed(starts_of[-_TRIES:])]
    if language == "python":
        return ends
    keep = next((end for end in ends if end == len(lines) or not _prose(lines[end])), len(lines))
    # every paragraph behind the last one that is no prose goes
    for index, end in enumerate(ends[1:], 1):
        if not _prose(lines[end]):
            keep = ends[index - 1]
            break
    else:
        keep = ends[-1]
    return [keep]


def _prose(line: str) -> bool:
    """Whether a line at column 0 reads like a sentence, a heading or a bullet."""
    if line.startswith(("**", "- ", "* ", "## ", "### ")) or (
        line.rstrip().endswith(":") and "{" not in line
    ):
        return True
    words = line.split()
    return len(words) >= 4 and line[0].isupper() and words[0].isalpha() and line.rstrip()[-1] in ".!?:"


def _usable(text: str, language: str) -> bool:
    """Whether the piece is code enough to be an answer."""
    if language == "python":
        return whole(text, language)
    if language in {"bash", "html"}:
        return True
    return bool(defined(text, language)) and parses(text, language)
