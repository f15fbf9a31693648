"""Read the files out of a reply. Never raises, whatever the text; never names a path outside the workspace.

In order: residue is taken out; a task of prose takes all that is left; search/replace blocks and diffs
are applied to the workspace; fenced blocks become candidates for the file that they name, or for the
first; where no fence gave anything, code without a fence is looked for, several files each below its
path. ``choose`` has the rule for several candidates. An edit that applied gives way only to a complete
new text of the same file.
"""

from collections.abc import Mapping, Sequence
from itertools import islice

from codestone.answers import Answer, code, diff, labels, prose, replace, residue, unfenced
from codestone.answers.changes import Changes
from codestone.answers.choose import COMPLETE, Candidate, best
from codestone.answers.fenced import BLOCKS, Block, blocks, outside, unwrapped
from codestone.answers.naming import Name, name_of
from codestone.answers.paths import concrete, escaped

_REJECTED = 100
_DIFF_TAGS = frozenset({"diff", "patch", "udiff", "unified-diff"})


def read(text: str, *, files: Sequence[str], language: str, workspace: Mapping[str, str]) -> Answer:
    """Return the files of a reply.

    ``files`` are the paths that an answer may write: a path, a folder with a slash at its end, or a
    pattern (``paths.allows``); code without a path goes to the first. ``workspace`` holds the text files
    as they are now, for edits.
    """
    text, notes = residue.strip(text)
    if prose.takes_all(files):
        words, how = prose.read(text, files)
        taken = {files[0]: (words, how)} if words.strip() else {}
        return _answer(taken, notes)
    first = next(iter(concrete(files)), None)
    if several := unfenced.sections(text, files, language):
        return _answer(
            {path: (text, "code without a fence, below its path") for path, text in several.items()}, notes
        )
    if first and unfenced.whole(text, code.language_of(first, language)):
        return _answer({first: (text, "the whole reply is code")}, notes)
    text = unwrapped(text)
    reading = _Reading(files=files, language=language, workspace=workspace)
    reading.read(text)
    if not reading.candidates and not reading.changes.changed and first:
        reading.read_unfenced(text, first)
    return _answer(reading.chosen(), [*notes, *reading.rejected, *reading.changes.refused])


def _answer(taken: Mapping[str, tuple[str, str]], rejected: Sequence[str]) -> Answer:
    """Return the answer, with no more than a screenful of what was rejected."""
    more = [f"… and {len(rejected) - _REJECTED} more"] if len(rejected) > _REJECTED else []
    return Answer(
        files={path: text for path, (text, _) in taken.items()},
        how=tuple(how for _, how in taken.values()),
        rejected=(*rejected[:_REJECTED], *more),
    )


class _Reading:
    """One reply on its way from blocks to files."""

    def __init__(self, *, files: Sequence[str], language: str, workspace: Mapping[str, str]) -> None:
        self.files, self.language, self.workspace = files, language, workspace
        self.changes = Changes(workspace=workspace, files=files)
        self.candidates: dict[str, list[Candidate]] = {}
        self.rejected: list[str] = []
        self.blocks: list[Block] = []

    def read(self, text: str) -> None:
        """Sort every block of the reply: edit, candidate, or rejected with the reason."""
        self.blocks = self._blocks(text)
        edited = replace.found(text)
        if edited:
            self.changes.replace(text)
        for block in self.blocks:
            if edited and replace.found(block.code):
                continue
            self._sort(block)
        raw = outside(text, self.blocks)
        if not self.changes.tried and diff.found(raw) and "\n+" in raw:
            self.changes.patch(raw, label=None, line=1)

    def _blocks(self, text: str) -> list[Block]:
        """Return the blocks that are looked at."""
        found = list(islice(blocks(text), BLOCKS + 1))
        if len(found) > BLOCKS:
            self.rejected.append(f"what follows block {BLOCKS} was not read")
        return found[:BLOCKS]

    def read_unfenced(self, text: str, path: str) -> None:
        """Look for code outside the fences."""
        found = unfenced.code(outside(text, self.blocks), path, self.language)
        if found is not None:
            self._add(Candidate(path=path, text=found, how="code without a fence", line=1))

    def chosen(self) -> dict[str, tuple[str, str]]:
        """Return text and how it was read for every path that the reply gives."""
        labelled = any(one.labelled for several in self.candidates.values() for one in several)
        strict = labelled or self.changes.tried or len(self.candidates) > 1
        taken = {path: (text, self.changes.how[path]) for path, text in self.changes.changed.items()}
        for path, several in self.candidates.items():
            original = self.workspace.get(path)
            one, level = best(several, original=original, language=self.language)
            changed = original is None or one.text != original
            if (strict and not one.labelled and level < COMPLETE) or (
                path in taken and (level < COMPLETE or not changed)
            ):
                self.rejected.append(f"line {one.line}: {one.how}: a part of {escaped(path)}, not all of it")
            else:
                taken[path] = (one.text, one.how)
            passed_over = len(several) - 1
            if passed_over:
                self.rejected.append(f"{passed_over} other candidates for {escaped(path)} were passed over")
        return taken

    def _add(self, candidate: Candidate) -> None:
        self.candidates.setdefault(candidate.path, []).append(candidate)

    def _sort(self, block: Block) -> None:
        """Make one block an edit or a candidate, or reject it."""
        tag = labels.in_info(block.info, self.files)[0]
        name = name_of(block, self.files)
        if tag in _DIFF_TAGS or (diff.begins(block.code) and not code.parses(block.code, self.language)):
            self.changes.patch(block.code, label=name.label, line=block.line)
        elif reason := self._fault(block, name, tag):
            self.rejected.append(f"line {block.line}: {reason}")
        elif name.path and (name.label or block.code.strip()):
            fits = code.fits(tag, code.language_of(name.path, self.language))
            self._add(
                Candidate(
                    path=name.path,
                    text=block.code,
                    how=name.how if block.closed else f"{name.how}, never closed",
                    line=block.line,
                    labelled=name.label is not None,
                    certain=name.certain and fits is True,
                )
            )

    def _finished(self, text: str, path: str) -> bool:
        """Whether a block that nothing closed is the whole file all the same."""
        language = code.language_of(path, self.language)
        required = code.defined(self.workspace.get(path, ""), language)
        return code.finished(text, language) and required <= code.defined(text, language)

    def _fault(self, block: Block, name: Name, tag: str) -> str:
        """Return why the block is no candidate, or ""."""
        if name.path is None:
            return name.reason
        language = code.language_of(name.path, self.language)
        if code.fits(tag, language) is False:
            return f"a block tagged {escaped(tag)} is no {language or 'code'}"
        if not block.closed and not self._finished(block.code, name.path):
            return f"the reply ends inside this block for {escaped(name.path)}"
        return ""
