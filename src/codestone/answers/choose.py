"""Choose among several blocks for one file: models also quote the original and show snippets and usage.

The rule, most important first:

1. A block that differs from the file as it was goes before a quotation of it.
2. A complete file goes before a part: it can be code of the language, nothing is elided, and it defines
   every function, class and type that the original defines at top level. Where there is no original, a
   block that uses what another block defines, without defining it, is an example of it and no file.
   (Python is parsed; other languages are judged by the lines that define.)
3. A block whose tag and first comment do not speak against it goes before one that they do.
4. A block that is labelled with the path goes before one that is not.
5. The last goes before the earlier ones.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from codestone.answers.code import defined, elided, language_of, parses

COMPLETE = 2
_WORD = re.compile(r"[A-Za-z_$][\w$]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A text that may become the file; ``certain`` if neither tag nor first comment speaks against it."""

    path: str
    text: str
    how: str
    line: int
    labelled: bool = False
    certain: bool = True


def best(candidates: Sequence[Candidate], *, original: str | None, language: str) -> tuple[Candidate, int]:
    """Return the candidate to take and how complete it is: COMPLETE, 1 for a part, 0 for what is no code."""
    language = language_of(candidates[0].path, language)
    defines = [defined(candidate.text, language) for candidate in candidates]
    everything = frozenset().union(*defines)
    required = defined(original or "", language)

    def rank(number: int) -> tuple[bool, int, bool, bool, int]:
        candidate = candidates[number]
        level = _level(
            candidate.text, defines[number], language=language, required=required, known=everything
        )
        changed = original is None or candidate.text.split() != original.split()
        return changed, level, candidate.certain, candidate.labelled, number

    top = max(map(rank, range(len(candidates))))
    return candidates[top[-1]], top[1]


def _level(
    text: str, own: frozenset[str], *, language: str, required: frozenset[str], known: frozenset[str]
) -> int:
    """Return how complete a text is."""
    if not text.strip() or not parses(text, language):
        return 0
    if elided(text):
        return 1
    if required:
        return COMPLETE if required <= own else 1
    foreign = known - own
    uses = bool(foreign) and any(word[0] in foreign for word in _WORD.finditer(text))
    return COMPLETE if (own or not known) and not uses else 1
