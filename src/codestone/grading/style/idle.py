"""Functions, methods and types that nobody names. When in doubt it is not idle: a miss is no wrong."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from codestone.grading.style.declared import Declared, declarations
from codestone.grading.style.grammar import words
from codestone.grading.style.parsing import Syntax

_WORD = re.compile(r"[\w$]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """What the files of an answer name, and where."""

    places: Mapping[str, Mapping[str, Sequence[int]]]
    """Word → path → bytes, ascending."""
    offered: frozenset[str]
    unsure: bool
    unsure_of_members: bool

    def beyond(self, one: Declared, path: str) -> bool:
        """Whether it is named anywhere but in its own text."""
        places = self.places.get(one.name, {})
        here = places.get(path, ())
        within = sum(bisect_left(here, end) - bisect_left(here, start) for start, end in one.spans)
        return sum(map(len, places.values())) > within


def idle(
    syntaxes: Mapping[str, Syntax], *, others: Sequence[str], before: Callable[[str], frozenset[str]]
) -> list[str]:
    """Return the declarations that nobody names, by name: the outermost of them.

    ``others`` are texts that may name some too; ``before`` tells which names a file declared from the start.
    """
    declared = {path: declarations(syntax) for path, syntax in syntaxes.items()}
    named = _named(syntaxes, declared)
    if named.unsure:
        return []
    suspects = {
        path: [one for one in ones if _accusable(one, named) and not named.beyond(one, path)]
        for path, ones in declared.items()
    }
    if any(suspects.values()):
        said = {word for text in others for word in _WORD.findall(text)}
        for path, ones in suspects.items():
            known = before(path) if ones else frozenset()
            suspects[path] = [one for one in ones if one.name not in known and not _said(one, said)]
    return [name for ones in suspects.values() for name in _outermost(ones)]


def declared_names(syntax: Syntax) -> frozenset[str]:
    """Return the names of everything that a file declares."""
    return frozenset(one.name for one in declarations(syntax))


def _accusable(one: Declared, named: _Named) -> bool:
    if one.free:
        return False
    if not one.member:
        return True
    if named.unsure_of_members:
        return False
    if one.hidden:
        return True
    own = one.private or (one.owner is not None and one.owner not in named.offered)
    return own and not one.inherits


def _said(one: Declared, said: set[str]) -> bool:
    """Whether it is named, or its class is, all of which but the private is asked for."""
    return one.name in said or (not one.private and not one.hidden and one.owner in said)


def _named(syntaxes: Mapping[str, Syntax], declared: Mapping[str, Iterable[Declared]]) -> _Named:
    places: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    offered: set[str] = set()
    unsure = unsure_of_members = False
    for path, syntax in syntaxes.items():
        found = syntax.captures(syntax.grammar.named)
        titles = {one.name_at for one in declared[path]}
        quiet = {node.id for node in found.get("quiet", ())}
        said = ((node.start_byte, words(node)) for node in found.get("word", ()))
        quoted = ((node.start_byte, words(node)) for node in found.get("text", ()) if node.id not in quiet)
        written = ((place, word) for place, text in quoted for word in _WORD.findall(text))
        for place, word in sorted([*((at, word) for at, word in said if at not in titles), *written]):
            places[word][path].append(place)
        offered |= {words(node) for node in found.get("offered", ())}
        unsure |= "unsure" in found
        unsure_of_members |= "unsure.member" in found
    return _Named(
        places=places, offered=frozenset(offered), unsure=unsure, unsure_of_members=unsure_of_members
    )


def _outermost(ones: Iterable[Declared]) -> Iterator[str]:
    """Yield the names of those that are not within another's text."""
    reach = 0
    for _, behind, place, name in sorted(_spans(ones)):
        if -behind > reach:
            reach = -behind
            if place == 0:
                yield name


def _spans(ones: Iterable[Declared]) -> Iterator[tuple[int, int, int, str]]:
    """Yield start and end (negative: the longest first) of each text, the declaration itself at place 0.

    Where one's part is another's declaration, the part comes first.
    """
    for one in ones:
        for place, (start, end) in enumerate(one.spans):
            yield start, -end, -place, one.name
