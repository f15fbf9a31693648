"""Gather and apply what a reply changes in place: search/replace blocks and diffs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from codestone.answers import diff, replace
from codestone.answers.paths import concrete, escaped, resolve

EDITABLE = 4_000_000
"""A longer file is not edited in place, only replaced: each edit searches all of it. Characters."""


@dataclass(slots=True, kw_only=True)
class Changes:
    """Files as the edits so far leave them; ``refused`` says which edits were not made."""

    workspace: Mapping[str, str]
    files: Sequence[str]
    changed: dict[str, str] = field(default_factory=dict)
    how: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    @property
    def tried(self) -> bool:
        """Whether the reply held any edit."""
        return bool(self.changed or self.refused)

    def replace(self, text: str) -> None:
        """Make the edits of every search/replace block in the reply."""
        for edit in islice(replace.edits(text, self.files), replace.EDITS):
            if isinstance(edit, str):
                self.refused.append(edit)
            elif path := self._target(edit.path, f"line {edit.line}"):
                self._make(
                    path, replace.apply(self._before(path), edit), where=f"line {edit.line}: search/replace"
                )

    def patch(self, text: str, *, label: str | None, line: int) -> None:
        """Apply the diffs in the text; ``label`` is the path that stands beside it, if one does."""
        if len(text) > EDITABLE:
            self.refused.append(f"line {line}: the diff is too long")
            return
        for patch in islice(_bounded(text), diff.HUNKS):
            if isinstance(patch, str):
                self.refused.append(f"line {line}: {patch}")
            elif path := self._target(_named(patch, label), f"line {line}"):
                self._make(path, diff.apply(self._before(path), patch), where=f"line {line}: diff")

    def _before(self, path: str) -> str | None:
        """Return the file as it stands now."""
        return self.changed.get(path, self.workspace.get(path))

    def _target(self, name: str | None, where: str) -> str | None:
        """Return the path that is meant; without a name, the first file of the task."""
        known = concrete(self.files)
        if name is None:
            if not known:
                self.refused.append(f"{where}: the edit names no file")
            return known[0] if known else None
        path, reason = resolve(name, self.files)
        if path is None:
            self.refused.append(f"{where}: {escaped(name)}: {reason}")
        elif len(self._before(path) or "") > EDITABLE:
            self.refused.append(f"{where}: {escaped(name)}: the file is too long to be edited in place")
            return None
        return path

    def _make(self, path: str, made: tuple[str | None, str], *, where: str) -> None:
        """Keep an edit's result, or the reason why there is none."""
        text, reason = made
        if text is None:
            self.refused.append(f"{where} of {escaped(path)} was not applied: {reason}")
        else:
            self.changed[path] = text
            self.how[path] = "search/replace blocks" if "search" in where else "unified diff"


def _named(patch: diff.Patch, label: str | None) -> str | None:
    """Return the path in the diff, or else beside it."""
    return patch.path if patch.path not in (None, "/dev/null") else label


def _bounded(text: str) -> Iterator[diff.Patch | str]:
    """Yield the patches; a word of refusal for one with too many hunks, or for none at all."""
    empty = True
    for patch in diff.patches(text):
        empty = False
        yield patch if len(patch.hunks) <= diff.HUNKS else "a diff with too many hunks"
    if empty:
        yield "a diff without a hunk"
