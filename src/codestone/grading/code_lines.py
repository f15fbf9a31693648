"""How long an answer is, and how much of it is comment: facts that every task has, measured and not judged.

Covered: the files that the answer may write and that differ from the start, in a language of ``LANGUAGES``.
Not covered: more text than LIMIT, and lines that no hand writes (minified code). There nothing is told: on
some texts the lexers take the square of their length.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from codestone.answers.paths import allows
from codestone.trial import FactValue

LIMIT = 64 << 10
"""Characters of all files together."""
LINE_LIMIT = 1000
LANGUAGES = {
    ".py": "python",
    ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".ts": "typescript",
    ".mts": "typescript",
    ".cts": "typescript",
    ".tsx": "tsx",
    ".rs": "rust",
    ".go": "go",
    ".sh": "bash",
    ".bash": "bash",
    ".html": "html",
    ".css": "css",
}
"""Suffix → what pygments calls the language."""


def code_facts(source: Mapping[str, str], *, files: Sequence[str], start: Path) -> dict[str, FactValue]:
    """Return ``code-lines``, ``comment-lines`` and ``comment-density`` of what the answer wrote.

    ``source`` are the texts of the finished workspace by path, ``files`` what an answer may write, ``start``
    the folder that it began with. A line with code and a comment counts as both; the density is comment lines
    by lines that are not blank. All are None where no code was written, or none that can be told.
    """
    texts = written(source, files=files, start=start)
    if texts is None:
        return {"code-lines": None, "comment-lines": None, "comment-density": None}
    counted = [lines_of(text, language=LANGUAGES[PurePosixPath(path).suffix]) for path, text in texts.items()]
    filled = sum(len(code | comment) for code, comment in counted)
    comments = sum(len(comment) for _, comment in counted)
    return {
        "code-lines": sum(len(code) for code, _ in counted),
        "comment-lines": comments,
        "comment-density": round(comments / filled, 4) if filled else None,
    }


def written(source: Mapping[str, str], *, files: Sequence[str], start: Path) -> dict[str, str] | None:
    """Return the code that the answer wrote, by path; None where there is none, or none that can be told."""
    texts = {path: text for path, text in source.items() if _written(path, text, files=files, start=start)}
    return texts if texts and _tellable(texts.values()) else None


def lines_of(text: str, *, language: str) -> tuple[set[int], set[int]]:
    """Return the numbers of the lines that have code, and of those that have a comment.

    Documentation strings are comments; a hashbang, a preprocessor line and an attribute are code.
    """
    # heavy, and only grading needs it
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]  # noqa: PLC0415
    from pygments.token import Comment, String  # type: ignore[import-untyped]  # noqa: PLC0415

    code: set[int] = set()
    comments: set[int] = set()
    line = 0
    for kind, words in get_lexer_by_name(language, stripnl=False, ensurenl=False).get_tokens(text):
        said = kind in String.Doc or (
            kind in Comment and kind not in Comment.Preproc and kind is not Comment.Hashbang
        )
        rows = words.split("\n")
        (comments if said else code).update(line + place for place, row in enumerate(rows) if row.strip())
        line += len(rows) - 1
    return code, comments


def _written(path: str, text: str, *, files: Sequence[str], start: Path) -> bool:
    if PurePosixPath(path).suffix not in LANGUAGES or not any(allows(entry, path) for entry in files):
        return False
    before = start / path
    return not before.is_file() or before.read_text("utf-8", errors="replace") != text


def _tellable(texts: Iterable[str]) -> bool:
    return sum(map(len, texts)) <= LIMIT and all(
        len(line) <= LINE_LIMIT for text in texts for line in text.split("\n")
    )
