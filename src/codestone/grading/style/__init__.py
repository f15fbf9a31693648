"""How an answer is written: facts that are measured and not judged, told by its syntax alone.

Covered: Python, JavaScript, TypeScript, Rust and Go; of these the files that the answer may write and that
differ from the start. Not covered, and None for all facts: no such file, more text than ``code_lines`` tells
of, a file that cannot be parsed without an error, a tree that is too deep or too tangled to be asked, and the
extra ``style`` not installed.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from codestone.grading.code_lines import LANGUAGES, lines_of, written
from codestone.grading.findings import printable
from codestone.grading.style import go, javascript, python, rust
from codestone.grading.style.dead import dead_rows
from codestone.grading.style.grammar import Grammar, installed
from codestone.grading.style.idle import declared_names, idle
from codestone.grading.style.parsing import Syntax, Unasked, parsed, parsed_anyway
from codestone.trial import FactValue

UNTOLD: Mapping[str, FactValue] = {"idle-helpers": None, "dead-lines": None, "dependencies": None}
DEPENDENCIES_LIMIT = 200
"""Characters; what is longer is cut."""
_GRAMMARS: Mapping[str, Grammar] = {
    "python": python.GRAMMAR,
    "javascript": javascript.JAVASCRIPT,
    "typescript": javascript.TYPESCRIPT,
    "tsx": javascript.TSX,
    "rust": rust.GRAMMAR,
    "go": go.GRAMMAR,
}


def style_facts(
    source: Mapping[str, str], *, files: Sequence[str], start: Path, asked: str
) -> dict[str, FactValue]:
    """Return ``idle-helpers``, ``dead-lines`` and ``dependencies`` of what the answer wrote.

    ``source``, ``files`` and ``start`` are those of ``code_facts``; ``asked`` is all that the model was told.

    - idle-helpers: functions, methods and types that neither the workspace nor ``asked`` names and that no
      one else can: none that is exported, an entry, a test, kept for an interface or a base class, or a
      public method of what is offered; none that the start declares; only the outermost. Where code looks
      names up by text, nobody is accused.
    - dead-lines: lines of code below a return, throw, break or continue of the same block, and in blocks
      whose condition is written ``false``
    - dependencies: the modules that are imported, the standard library included, sorted: top-level packages
      of Python, specifiers of JavaScript without ``node:``, paths of Go, crates of Rust; "" for none
    """
    texts = written(source, files=files, start=start)
    if texts is None or not installed():
        return dict(UNTOLD)
    known = {path: text for path, text in texts.items() if _language(path) in _GRAMMARS}
    syntaxes = {path: syntax for path, text in known.items() if (syntax := _syntax(path, text)) is not None}
    if not known or len(syntaxes) < len(known):
        return dict(UNTOLD)
    try:
        return {
            "idle-helpers": len(
                idle(
                    syntaxes,
                    others=[asked, *(text for path, text in source.items() if path not in known)],
                    before=lambda path: _declared_before(path, start),
                )
            ),
            "dead-lines": sum(_dead_lines(path, known[path], syntax) for path, syntax in syntaxes.items()),
            "dependencies": _dependencies(syntaxes.values(), source),
        }
    except Unasked:
        return dict(UNTOLD)


def _language(path: str) -> str:
    return LANGUAGES[PurePosixPath(path).suffix]


def _syntax(path: str, text: str) -> Syntax | None:
    return parsed(text, _GRAMMARS[_language(path)])


def _declared_before(path: str, start: Path) -> frozenset[str]:
    """Return what a file declared when the answer was begun, as far as it could be parsed."""
    if not (start / path).is_file():
        return frozenset()
    text = (start / path).read_text("utf-8", errors="replace")
    return declared_names(parsed_anyway(text, _GRAMMARS[_language(path)]))


def _dead_lines(path: str, text: str, syntax: Syntax) -> int:
    rows = dead_rows(syntax)
    return len(rows & lines_of(text, language=_language(path))[0]) if rows else 0


def _dependencies(syntaxes: Iterable[Syntax], source: Mapping[str, str]) -> str:
    tops = (PurePosixPath(path).parts[0] for path in source)
    own = frozenset(top.removesuffix(".py") for top in tops if top.endswith(".py") or top not in source)
    names: set[str] = set()
    for syntax in syntaxes:
        grammar = syntax.grammar
        names |= grammar.imported(syntax.captures(grammar.imports), syntax.data, own)
    return printable(", ".join(" ".join(name.split()) for name in sorted(names)))[:DEPENDENCIES_LIMIT]
