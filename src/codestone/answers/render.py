"""Files → Markdown that ``read`` reads back: how a prompt shows a workspace, how an answer ought to look."""

import re
from collections.abc import Mapping

from codestone.answers.code import language_of

_RUN = re.compile(r"^[ \t]*(`{3,})", re.MULTILINE)


def fenced(files: Mapping[str, str]) -> str:
    """Return each file as a fenced block with its path on the line above, one blank line between two.

    A fence is longer than any that begins a line of its file. A file that does not end in a newline gets one.
    """
    return "\n\n".join(f"`{path}`\n{block(text, language_of(path))}" for path, text in files.items())


def block(text: str, tag: str = "") -> str:
    """Return one fenced block, without a newline at its end."""
    fence = "`" * max(3, 1 + max((len(run[1]) for run in _RUN.finditer(text)), default=0))
    ending = "" if not text or text.endswith("\n") else "\n"
    return f"{fence}{tag}\n{text}{ending}{fence}"
