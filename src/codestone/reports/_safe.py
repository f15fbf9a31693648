"""Text from models, servers and task authors, made harmless for where it is shown.

Covered: terminal escapes and other control characters, text that runs backwards, Markdown and HTML.
Not covered: text that is rude, or that lies.
"""

import re

_MARKS = re.compile(r"([\\`*_\[\]#|~$])")
_LIST_MARK = re.compile(r"^(\d*)([-=+]|(?<=\d)[.)])(?=[-=+\s]|$)")
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_LONGEST = 400


def visible(text: str, *, lines: bool = False) -> str:
    """Return text with all that does not print written as an escape; ``lines`` keeps line breaks."""
    return "".join(c if c.isprintable() or (lines and c == "\n") else ascii(c)[1:-1] for c in text)


def clipped(text: str, longest: int = _LONGEST) -> str:
    """Return the start of a text; an ellipsis says that there is more."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def markdown(text: str) -> str:
    """Return text on one line that Markdown, tables included, shows as it is."""
    plain = _MARKS.sub(r"\\\1", visible(text)).translate(_HTML).lstrip()
    return _LIST_MARK.sub(r"\1\\\2", plain)


def code_span(text: str) -> str:
    """Return text as a Markdown code span, in which nothing is interpreted; not for tables."""
    plain = clipped(visible(text)).strip() or " "
    fence = "`" * (max((len(run) for run in re.findall("`+", plain)), default=0) + 1)
    space = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{fence}{space}{plain}{space}{fence}"
