"""What can be told of a piece of code without running it: does it parse, what does it define, is it whole."""

import ast
import re
import warnings

PARSE_CHARACTERS = 1_000_000
"""Longer Python is judged by its lines, not parsed."""

_TAGS: dict[str, frozenset[str]] = {
    "python": frozenset({"python", "py", "python3", "py3", "python2", "ipython", "python3.11", "python3.12"}),
    "javascript": frozenset({"javascript", "js", "mjs", "cjs", "node", "nodejs", "jsx", "es6", "ecmascript"}),
    "typescript": frozenset({"typescript", "ts", "tsx", "mts", "cts"}),
    "rust": frozenset({"rust", "rs"}),
    "go": frozenset({"go", "golang"}),
    "bash": frozenset({"bash", "sh", "shell", "zsh", "shellscript", "shell-script"}),
    "html": frozenset({"html", "htm", "html5", "xhtml"}),
}
_SUFFIXES_OF = {
    "python": ("py", "pyi"),
    "javascript": ("js", "mjs", "cjs", "jsx"),
    "typescript": ("ts", "mts", "cts", "tsx"),
    "rust": ("rs",),
    "go": ("go",),
    "bash": ("sh", "bash"),
    "html": ("html", "htm"),
}
_SUFFIXES = {suffix: language for language, suffixes in _SUFFIXES_OF.items() for suffix in suffixes}
_NEVER_CODE = frozenset(
    {"console", "shell-session", "shellsession", "terminal", "output", "diff", "patch", "udiff", "excerpt"}
)
_RELATED = frozenset({frozenset({"javascript", "typescript"})})

_SCRIPT = (
    r"^(?:export[ ]+)?(?:default[ ]+)?(?:declare[ ]+)?"
    r"(?:(?:async[ ]+)?function\b[ *]*|(?:abstract[ ]+)?class[ ]+|interface[ ]+|enum[ ]+"
    r"|type[ ]+(?=\w+[^\n]*=)|(?:const|let|var)[ ]+(?=[\w$]+[^\n=]*=[ ]*(?:async\b|function\b|\()))"
    r"([A-Za-z_$][\w$]*)"
)
_DEFINES = {
    "python": re.compile(r"^(?:async[ ]+)?(?:def|class)[ ]+(\w+)", re.MULTILINE),
    "javascript": re.compile(_SCRIPT, re.MULTILINE),
    "typescript": re.compile(_SCRIPT, re.MULTILINE),
    "rust": re.compile(
        r"^(?:pub(?:\([^)\n]*\))?[ ]+)?(?:(?:async|unsafe|const)[ ]+)*"
        r"(?:fn|struct|enum|trait|type|mod|static|const)[ ]+([A-Za-z_]\w*)",
        re.MULTILINE,
    ),
    "go": re.compile(r"^(?:func(?:[ ]*\([^)\n]*\))?|type|var|const)[ ]+([A-Za-z_]\w*)", re.MULTILINE),
    "bash": re.compile(r"^(?:function[ ]+)?([A-Za-z_][\w-]*)[ ]*\([ ]*\)", re.MULTILINE),
}
_STARTS = {
    "python": re.compile(
        r"^(?:import\s+\w|from\s+[\w.]+\s+import\b|(?:async\s+)?def\s+\w|class\s+\w|@\w|#!|\"\"\"|'''|"
        r"if\s+__name__|[A-Za-z_]\w*(?:\s*:\s*[\w\[\], .|]+)?\s*=[^=])"
    ),
    "javascript": re.compile(
        r"^(?:['\"]use strict['\"]|import\b.*['\"]|export\b|(?:const|let|var)\s+[\w${\[]"
        r"|(?:async\s+)?function\b|class\s+\w|module\.exports|#!|/\*|//|interface\s+\w|type\s+\w+.*=|enum\s+\w|\(?(?:async\s+)?(?:function|\(\))|@\w)"
    ),
    "rust": re.compile(
        r"^(?:use\s+[\w:{]|pub\b|fn\s+\w|struct\s+\w|enum\s+\w|impl\b|mod\s+\w|trait\s+\w|#!?\[|//|extern\b|const\s)"
    ),
    "go": re.compile(r"^(?:package\s+\w+\s*$|//|/\*)"),
    "bash": re.compile(r"^(?:#!|set\s+-)"),
    "html": re.compile(r"^(?:<!doctype\b|<html\b|<!--)", re.IGNORECASE),
}
_STARTS["typescript"] = _STARTS["javascript"]
_ELIDED = re.compile(
    r"^[ \t]*(?:#|//|--|/\*|<!--)[ \t]*(?:\.{3}|…)[^\n]{0,40}"
    r"\b(?:existing|rest|unchanged|remain\w*|same|other|previous)\b",
    re.MULTILINE | re.IGNORECASE,
)


def language_of(path: str, otherwise: str = "") -> str:
    """Return the language of the file's suffix, "" for an unknown one; ``otherwise`` where it has none."""
    _, dot, suffix = path.rpartition("/")[2].rpartition(".")
    return _SUFFIXES.get(suffix.lower(), "") if dot else otherwise


def fits(tag: str, language: str) -> bool | None:
    """Whether a block tagged so can be code of the language; None: only for want of a better one."""
    if tag in _NEVER_CODE:
        return False
    if not tag or tag == language or tag in _TAGS.get(language, frozenset()):
        return True
    tagged = next((known for known, tags in _TAGS.items() if tag in tags), None)
    if tagged and frozenset({tagged, language}) in _RELATED:
        return None
    if language not in _TAGS:  # a Makefile, go.mod, data: any tag may stand for it
        return None if tagged else True
    return False


_PARSES = 5


def module(text: str) -> ast.Module | None:
    """Parse Python; None where it does not parse or is too long to try."""
    if len(text) > PARSE_CHARACTERS:
        return None
    for _ in range(_PARSES):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(text)
        except SystemError:  # CPython 3.11: another thread parsed meanwhile, the text is not at fault
            continue
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return None
    return None


def parses(text: str, language: str) -> bool:
    """Whether the text can be code of the language, as far as can be told."""
    if language == "python":
        return len(text) > PARSE_CHARACTERS or module(text) is not None
    starts = _STARTS.get(language)
    if starts is None:
        return True
    if language == "bash":
        return bool(text.strip())
    return bool(defined(text, language)) or any(starts.match(line) for line in text.split("\n"))


def starts(line: str, language: str) -> bool:
    """Whether code of the language is likely to begin with that line."""
    pattern = _STARTS.get(language)
    return bool(pattern and pattern.match(line))


def defined(text: str, language: str) -> frozenset[str]:
    """Return the functions, classes and types that the text defines at top level."""
    if language == "python" and (tree := module(text)):
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        inner = [child for node in tree.body if isinstance(node, ast.If | ast.Try) for child in node.body]
        return frozenset(node.name for node in (*tree.body, *inner) if isinstance(node, kinds))
    pattern = _DEFINES.get(language)
    return frozenset(found[1] for found in pattern.finditer(text)) if pattern else frozenset()


def elided(text: str) -> bool:
    """Whether a comment says that code was left out ("... rest of the code unchanged")."""
    return _ELIDED.search(text) is not None


def finished(text: str, language: str) -> bool:
    """Whether a text that nothing ended looks like the whole of it: it parses, or its brackets balance."""
    if language == "python":
        return module(text) is not None
    if language == "html":
        return text.rstrip().lower().endswith("</html>")
    balanced = all(text.count(left) == text.count(right) for left, right in ("{}", "()", "[]"))
    return balanced and bool(text.strip())
