"""GGUF files in the places where programs keep them: looked for within bounds of time and of entries.

Covered: LM Studio, Ollama's store, llama.cpp's and Hugging Face's caches, ~/models. Not covered: everything
else; nobody's whole disk is walked, and links to folders are not followed.
"""

import json
import os
import platform
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic_ns

from codestone.endpoint.gguf import size_bytes
from codestone.errors import UsageError

MOST_ENTRIES = 20_000
_DEEPEST = 5
_LATER_PART = re.compile(r"-(?!00001)\d{5}-of-\d{5}\.gguf$")
_NO_MODEL = re.compile(r"mmproj|(?:^|/)ggml-vocab", re.IGNORECASE)
_WEIGHTS = "application/vnd.ollama.image.model"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """One model on disk; all parts of a split one are one. ``place`` is who keeps it."""

    name: str
    path: Path
    size_bytes: int
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What was found, the largest first; ``whole`` is False where a bound ended the search."""

    files: tuple[ModelFile, ...]
    whole: bool


class _BoundReached(Exception):
    pass


def model_files(*, limit_s: float, environ: Mapping[str, str] = os.environ) -> Files:
    """Return the GGUF files in the usual places, those that were found within ``limit_s`` seconds."""
    found: dict[Path, ModelFile] = {}
    bound = _Bound(limit_s)
    whole = True
    try:
        for place, folder in folders(environ):
            each = _ollama(folder, bound) if place == "Ollama" else _below(folder, place, bound)
            for file in each:
                found.setdefault(file.path.resolve(), file)
    except _BoundReached:
        whole = False
    return Files(files=tuple(sorted(found.values(), key=lambda file: -file.size_bytes)), whole=whole)


def folders(environ: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """Yield who keeps models, and where; the variables that move a place are heard."""
    home = Path(environ["HOME"]) if "HOME" in environ else Path.home()
    caches = home / ("Library/Caches" if platform.system() == "Darwin" else ".cache")
    hub = Path(environ.get("HF_HOME", home / ".cache/huggingface")) / "hub"
    yield "LM Studio", home / ".lmstudio/models"
    yield "LM Studio", home / ".cache/lm-studio/models"
    yield "~/models", home / "models"
    yield "llama.cpp", Path(environ.get("LLAMA_CACHE", caches / "llama.cpp"))
    yield "Hugging Face", Path(environ.get("HF_HUB_CACHE", hub))
    yield "Ollama", Path(environ.get("OLLAMA_MODELS", home / ".ollama/models"))
    yield "Ollama", Path("/usr/share/ollama/.ollama/models")


class _Bound:
    """Counts entries and time; raises _BoundReached."""

    def __init__(self, limit_s: float) -> None:
        self._deadline_ns = monotonic_ns() + int(limit_s * 1e9)
        self._left = MOST_ENTRIES

    def step(self) -> None:
        self._left -= 1
        if self._left < 0 or monotonic_ns() > self._deadline_ns:
            raise _BoundReached


def _walk(folder: Path, bound: _Bound, *, depth: int = _DEEPEST) -> Iterator[os.DirEntry[str]]:
    """Yield the entries below a folder that are no folders."""
    try:
        entries = os.scandir(folder)
    except OSError:
        return
    deeper = []
    with entries:
        for entry in entries:
            bound.step()
            if entry.is_dir(follow_symlinks=False):
                deeper.append(entry)
            else:
                yield entry
    for entry in deeper:
        if depth and entry.name != "blobs":
            yield from _walk(Path(entry.path), bound, depth=depth - 1)


def _below(folder: Path, place: str, bound: _Bound) -> Iterator[ModelFile]:
    for entry in _walk(folder, bound):
        name = entry.name
        if name.endswith(".gguf") and not _LATER_PART.search(name) and not _NO_MODEL.search(name):
            path = Path(entry.path)
            try:
                yield ModelFile(name=path.stem, path=path, size_bytes=size_bytes(path), place=place)
            except UsageError:  # a part is missing, a link leads nowhere
                continue


def _ollama(folder: Path, bound: _Bound) -> Iterator[ModelFile]:
    """Yield what Ollama's manifests name: registry/namespace/model/tag, weights by their digest."""
    manifests = folder / "manifests"
    for entry in _walk(manifests, bound):
        try:
            manifest = json.loads(Path(entry.path).read_bytes())
            layer = next(layer for layer in manifest["layers"] if layer["mediaType"] == _WEIGHTS)
            blob = folder / "blobs" / str(layer["digest"]).replace(":", "-")
            size = blob.stat().st_size
        except (OSError, ValueError, LookupError, TypeError, StopIteration):
            continue
        *_, namespace, model, tag = Path(entry.path).relative_to(manifests).parts
        name = f"{model}:{tag}" if namespace == "library" else f"{namespace}/{model}:{tag}"
        yield ModelFile(name=name, path=blob, size_bytes=size, place="Ollama")
