"""Reply text → files of the workspace: ``read.read`` finds them, ``write.write`` writes them.

One module per way in which models hand over code: ``fenced``, ``unfenced``, ``replace``, ``diff``.
Nothing here runs code, follows a link or trusts a path.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was read out of one reply.

    ``files`` maps POSIX paths inside the workspace to their new text; ``how`` has one phrase per file,
    in the same order; ``rejected`` says what was refused or ignored and why, escaped for a terminal.
    """

    files: Mapping[str, str]
    how: tuple[str, ...]
    rejected: tuple[str, ...]
