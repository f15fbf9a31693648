"""What a GGUF file says of itself: its header and its size, never its weights.

Read with llama.cpp's own library, the extra ``gguf``; without it only sizes are known. A split model
(``…-00001-of-00003.gguf``) is read from its first part; its size is that of all parts.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from codestone.errors import UsageError

if TYPE_CHECKING:
    from gguf import GGUFReader

INSTALL = "pip install 'codestone[gguf]'"

_PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")
_TEXTS = {
    "general.architecture": "architecture",
    "general.name": "model_name",
    "general.base_model.0.name": "base_model",
    "general.quantized_by": "uploader",
}
_NUMBERS = {
    "context_length": "context_trained",
    "expert_count": "experts",
    "expert_used_count": "experts_used",
    "nextn_predict_layers": "mtp_layers",
}


def installed() -> bool:
    """Whether the extra ``gguf`` is installed."""
    return find_spec("gguf") is not None


def size_bytes(file: Path) -> int:
    """Return the size of a model file, all parts of a split one together.

    Raises UsageError where one is missing.
    """
    try:
        return sum(part.stat().st_size for part in parts(file))
    except OSError as error:
        raise UsageError(f"{error.filename or file} cannot be read: {error.strerror}") from error


def sha256(file: Path) -> str:
    """Return the digest over all parts in their order. It takes seconds per gigabyte."""
    digest = hashlib.sha256()
    for part in parts(file):
        with part.open("rb") as stream:
            while piece := stream.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()


def parts(file: Path) -> tuple[Path, ...]:
    """Return the files of a split model, or the one file."""
    split = _PART.search(file.name)
    if split is None:
        return (file,)
    stem, count = file.name[: split.start()], int(split.group(2))
    return tuple(file.with_name(f"{stem}-{n:05}-of-{count:05}.gguf") for n in range(1, count + 1))


def header(file: Path) -> dict[str, object]:
    """Return what the header tells, by our names of facts; nothing without the extra.

    Raises UsageError where the file cannot be read or is no GGUF.
    """
    if not installed():
        return {}
    first = parts(file)[0]
    try:
        return dict(_read(first, first.stat().st_mtime_ns, whole=len(parts(file)) == 1))
    except (OSError, ValueError, IndexError) as error:
        raise UsageError(f"{file} is not a readable GGUF file: {error}") from error


@cache  # a vocabulary of 150,000 tokens takes seconds to walk
def _read(file: Path, mtime_ns: int, *, whole: bool) -> tuple[tuple[str, object], ...]:  # noqa: ARG001 - a key
    from gguf import GGUFReader  # noqa: PLC0415 - an extra

    return tuple(_facts(GGUFReader(file), whole=whole))


def _facts(reader: "GGUFReader", *, whole: bool) -> Iterator[tuple[str, object]]:
    for key, name in _TEXTS.items():
        if isinstance(told := _content(reader, key), str) and told:
            yield name, told
    architecture = _content(reader, "general.architecture")
    for key, name in _NUMBERS.items():
        if isinstance(number := _content(reader, f"{architecture}.{key}"), int):
            yield name, number
    if isinstance(number := _content(reader, "general.file_type"), int):
        yield "quant", _quant(number)
    if whole:
        yield "parameters", sum(int(tensor.n_elements) for tensor in reader.tensors)
    if isinstance(template := _content(reader, "tokenizer.chat_template"), str):
        yield "chat_template_sha256", hashlib.sha256(template.encode()).hexdigest()


def _content(reader: "GGUFReader", key: str) -> object:
    field = reader.get_field(key)
    return None if field is None else field.contents()


def _quant(number: int) -> str:
    """Return the file type as people write it: Q4_K_M."""
    from gguf import LlamaFileType  # noqa: PLC0415 - an extra

    try:
        return LlamaFileType(number).name.removeprefix("MOSTLY_").removeprefix("ALL_")
    except ValueError:
        return f"file type {number}"
