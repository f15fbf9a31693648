"""Where a reply names the file that a block is for: info string, line above, first comment."""

import re
from collections.abc import Sequence

from codestone.answers.paths import allows, fault, resolve

_SUFFIX = re.compile(
    r"py|pyi|[mc]?js|jsx|[mc]?ts|tsx|rs|go|mod|sum|sh|bash|zsh|html?|s?css|vue|svelte|jsonc?|toml|ya?ml|md|txt|rst"
    r"|cfg|ini|conf|sql|c|h|cc|[ch]pp|cs|java|kt|rb|php|pl|lua|swift|zig|xml|csv|env|lock",
    re.IGNORECASE,
)
_PRODUCTS = frozenset(
    {"node.js", "next.js", "vue.js", "three.js", "express.js", "react.js", "d3.js", "asp.net"}
)
_MARKERS = re.compile(r"^(?:#{1,6}[ \t]+|[-*+][ \t]+|\d{1,9}[.)][ \t]+|={2,}[ \t]*|-{3,}[ \t]*)+")
_WORDS = re.compile(
    r"^(?:(?:new|updated|modified|full|complete|fixed|corrected|final)[ \t]+)?"
    r"(?:file[ \t]*(?:name|path)?|path|module)[ \t]*:[ \t*`]*",
    re.IGNORECASE,
)
_REMARK = re.compile(r"[ \t]*\([^()]{0,60}\)[ \t:*]*$|[ \t]*(?:={2,}|-{3,})$")
_LINK = re.compile(r"^\[([^\]\n]{1,1024})\]\([^)\n]{0,1024}\)$")
_COMMENT = re.compile(r"^[ \t]*(?:#|//|--|;|/\*+|<!--)[ \t]*(.{1,1100}?)[ \t]*(?:\*/|-->)?[ \t]*$")
_ATTRIBUTE = re.compile(
    r"(?:title|file|filename|filepath|path|name)[ \t]*[=:][ \t]*(\"[^\"\n]*\"|'[^'\n]*'|[^ \t}]+)"
)
_EXCERPT = re.compile(r"^\d+:\d+:(.+)$")
_TAG = re.compile(r"[A-Za-z][\w+#-]+")
_LINE = 2_000


def looks_like_path(word: str, files: Sequence[str]) -> bool:
    """Whether a word alone on its line is meant as a path, be it a good one or not."""
    if any(allows(entry, word) for entry in files if not entry.startswith("*")):
        return True
    if not word or any(character.isspace() for character in word) or word.lower() in _PRODUCTS:
        return False
    stem, dot, suffix = word.rpartition(".")
    named = bool(dot and stem and _SUFFIX.fullmatch(suffix))
    return (
        named
        or word.startswith(("../", "/", "~/"))
        or "/../" in word
        or bool(re.match(r"[A-Za-z]:[\\/]", word))
    )


def in_info(info: str, files: Sequence[str]) -> tuple[str, str | None]:
    """Return the language tag in lower case, and the path: ``python src/x.py``, ``python:x.py``, ``x.py``."""
    info = info.strip()[:_LINE].strip("{}")
    attribute = _ATTRIBUTE.search(info)
    first, _, rest = info.partition(" ")
    if excerpt := _EXCERPT.match(first):
        return "excerpt", excerpt[1]
    tag, colon, path = first.partition(":")
    if looks_like_path(first, files) and not (colon and _TAG.fullmatch(tag)):
        return "", first
    if attribute:
        path = attribute[1].strip("\"'")
    elif not (colon and path):
        words = [word.strip("()`*\"',") for word in rest.split()]
        path = next((word for word in words if looks_like_path(word, files)), "")
    return tag.strip(".,{").lower(), path or None


def on_line(line: str, files: Sequence[str]) -> str | None:
    """Return the path that a line consists of but for decoration: ``### x.py``, ``**File: x.py** (new)``."""
    if len(line) > _LINE:
        return None
    word = _MARKERS.sub("", line.strip()).strip("*`: \t\"'")
    word = _WORDS.sub("", word)
    link = _LINK.match(word)
    word = (link[1] if link else _REMARK.sub("", word)).strip("*`: \t\"'")
    return word if looks_like_path(word, files) else None


def mentioned(line: str, files: Sequence[str]) -> str | None:
    """Return the one file of the task that a sentence mentions, resolved; None for none or several."""
    words = {word.strip("*`:;,.()[]\"'") for word in line[:_LINE].split()}
    found = {resolve(word, files)[0] for word in words if "." in word or "/" in word or word in files}
    found.discard(None)
    return found.pop() if len(found) == 1 else None


def in_comment(code: str, files: Sequence[str]) -> str | None:
    """Return the path that the first comment line of the code consists of."""
    lines = code[:_LINE].split("\n", 2)
    line = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
    if not (comment := _COMMENT.match(line.rstrip("\r"))):
        return None
    word = _WORDS.sub("", comment[1]).strip("*` \t")
    return word if fault(word) is None and looks_like_path(word, files) else None
