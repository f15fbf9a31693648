"""Compile the answer before it is asked anything, where its language wants that.

A task may mend known faults of an answer that does not compile, so that the rest of it can be run: a
function ``mended(source)`` of its ``checks.py`` returns what it changed, or None. Such an answer still does
not compile.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from codestone import plugins
from codestone.grading.channel import CandidateFailed
from codestone.languages import Build
from codestone.sandbox import Backend
from codestone.task import Task


class NotBuilt(CandidateFailed):
    """The answer does not compile, so nothing of it can be run: what was asked is not known."""

    def __init__(self, build: Build) -> None:
        super().__init__(f"it does not compile: {build.said}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """An answer's text with known faults of it repaired: all files by path, and the names of those bugs."""

    source: Mapping[str, str]
    bugs: frozenset[str]


Mend = Callable[[Mapping[str, str]], Mended | None]


@contextlib.contextmanager
def compiled(
    task: Task, files: Path, *, source: Mapping[str, str], mend: Mend | None, backend: Backend | None
) -> Iterator[Build | None]:
    """Yield what compiling the workspace ``files`` gave; None where the language is not compiled.

    Its programs are there until the context is left. Raises SandboxError where no box can be had.
    """
    language = plugins.find("languages", task.spec.language)
    if not hasattr(language, "build"):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="codestone-") as folder:
        into = Path(folder) / "built"
        into.mkdir()
        build = language.build(task, files, into, backend=backend)
        mended = mend(source) if mend is not None and not build.ok else None
        if mended is not None:
            patched = Path(folder) / "mended"
            shutil.copytree(files, patched, symlinks=True)
            for path, text in mended.source.items():
                if text != source.get(path):
                    (patched / path).write_text(text, "utf-8")
            again = language.build(task, patched, into, backend=backend)
            if again.ok:
                build = replace(build, programs=again.programs, mended=mended.bugs)
        yield build
