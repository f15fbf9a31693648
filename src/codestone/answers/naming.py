"""Which file a block is for, and how that is known."""

from collections.abc import Sequence
from dataclasses import dataclass

from codestone.answers import labels
from codestone.answers.fenced import Block
from codestone.answers.paths import concrete, escaped, resolve


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """The path of a block, or None and the reason; a ``label`` is the path as the reply has it.

    ``certain`` is False where the first comment of a block without a label names some other file.
    """

    path: str | None
    how: str
    label: str | None = None
    certain: bool = True
    reason: str = ""


def name_of(block: Block, files: Sequence[str]) -> Name:
    """Return the name by label, else by a sentence above that mentions a file, else the first file."""
    label, how = _label(block, files)
    if label is not None:
        path, reason = resolve(label, files)
        return Name(path=path, how=how, label=label, reason=f"{escaped(label)}: {reason}")
    if block.above and (path := labels.mentioned(block.above[0], files)):
        return Name(path=path, how="fenced block, file mentioned above")
    path = next(iter(concrete(files)), None)
    certain = labels.in_comment(block.code, files) is None
    return Name(path=path, how="fenced block", certain=certain, reason="the block names no file")


def _label(block: Block, files: Sequence[str]) -> tuple[str | None, str]:
    """Return the path that the block is labelled with, and where the label stands."""
    if path := labels.in_info(block.info, files)[1]:
        return path, "fenced block, path in the info string"
    if block.above and (path := labels.on_line(block.above[0], files)):
        return path, "fenced block, path on the line above"
    for line in block.above[1:]:
        if line.startswith(("#", "**")) and (path := labels.on_line(line, files)):
            return path, "fenced block, path in the heading above"
    path = labels.in_comment(block.code, files)
    if path and resolve(path, files)[0]:
        return path, "fenced block, path in its first comment"
    return None, ""
