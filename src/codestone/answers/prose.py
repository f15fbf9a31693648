"""Read a reply whose one file is prose (a review, a brief): the reply itself is the file."""

from collections.abc import Sequence

from codestone.answers import labels
from codestone.answers.fenced import Block, blocks
from codestone.answers.paths import is_open, resolve

_SUFFIXES = (".md", ".txt", ".rst")
_TAGS = frozenset({"", "markdown", "md", "text", "txt", "plaintext", "rst"})


def takes_all(files: Sequence[str]) -> bool:
    """Whether the task asks for one file of prose."""
    return len(files) == 1 and files[0].endswith(_SUFFIXES) and not is_open(files[0])


def read(text: str, files: Sequence[str]) -> tuple[str, str]:
    """Return the prose and how it was read: a block labelled so, a block that is all, or the whole reply."""
    found = None
    for block in blocks(text):
        if _label(block, files) == files[0]:
            return block.code, "fenced block labelled with the path"
        found = found or block
    if found and _is_whole(text, found) and labels.in_info(found.info, files)[0] in _TAGS:
        return found.code, "one fenced block around the whole reply"
    return text.strip() + "\n" if text.strip() else "", "the whole reply is the text"


def _label(block: Block, files: Sequence[str]) -> str | None:
    """Return the path that the block is labelled with."""
    path = labels.in_info(block.info, files)[1] or (block.above and labels.on_line(block.above[0], files))
    return resolve(path, files)[0] if path else None


def _is_whole(text: str, block: Block) -> bool:
    """Whether nothing stands outside the block."""
    return not text[: block.start].strip() and not text[block.end :].strip()
