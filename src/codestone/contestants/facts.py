"""What is known of a contestant, each fact with where it was learnt, under one name whoever tells it.

Told wins: what the server says stands before what the file's header says, and that before what was
declared. Where a declared fact is contradicted, both are kept (``declared_<name>``) and it is said in words.
"""

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path

from codestone.endpoint import gguf
from codestone.endpoint.url import address
from codestone.trial import Fact

Facts = dict[str, Fact]

_NAMES = {
    "arch": "architecture",
    "build_info": "build",
    "ftype": "quant",
    "max_context_length": "context_trained",
    "max_model_len": "context_served",
    "model_path": "file",
    "n_ctx": "context_served",
    "n_ctx_slot": "context_per_slot",
    "n_ctx_train": "context_trained",
    "n_params": "parameters",
    "publisher": "uploader",
    "quantization": "quant",
    "size": "weights_bytes",
    "total_slots": "slots",
    "version": "build",
}
"""What servers call a fact, and what we do."""

_NEAR = 0.05
"""Counts of parameters that are this close are one: 30.5e9 is declared, 30532122624 is told."""

_QUANT = re.compile(r"i?q\d+(?:_[01k](?![a-z]))?|bf16|f16|f32|mxfp\d|nvfp\d|fp\d+|int\d+")


def told(meta: Mapping[str, object]) -> dict[str, object]:
    """Return what a server tells of a model, by our names; the last one wins where two mean the same."""
    facts: dict[str, object] = {}
    for name, value in meta.items():
        if isinstance(value, str | int | float | bool) and value != "":
            facts[_NAMES.get(name, name)] = value
    if isinstance(path := facts.get("file"), str):
        facts["file"] = re.split(r"[/\\]", path)[-1]  # a report names no folder of this machine
    return facts


def in_file(file: Path, *, digest: bool = False) -> dict[str, object]:
    """Return what a model file tells: its size, with the extra ``gguf`` its header, its digest if asked for.

    Raises UsageError where it cannot be read.
    """
    facts: dict[str, object] = {"file_bytes": gguf.size_bytes(file)}
    if file.suffix == ".gguf":
        facts |= gguf.header(file)
    if digest:
        facts["sha256"] = gguf.sha256(file)
    return facts


def file_told(base_url: str, meta: Mapping[str, object]) -> Path | None:
    """Return the model's file where a server on this machine names one that is here."""
    path = meta.get("model_path")
    if not isinstance(path, str) or not _here(address(base_url).host):
        return None
    file = Path(path)
    return file if file.is_absolute() and file.suffix == ".gguf" and file.is_file() else None


def _here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def merged(
    *, server: Mapping[str, object], file: Mapping[str, object], declared: Mapping[str, object]
) -> tuple[Facts, tuple[str, ...]]:
    """Return all facts, sorted by name, and a sentence for each contradiction."""
    facts = {name: Fact(value=value, source="declared") for name, value in declared.items()}
    contradictions = []
    for source, told_facts in (("file", file), ("server", server)):
        for name, value in told_facts.items():
            before = facts.get(name)
            if before is not None and not alike(name, before.value, value):
                contradictions.append(_sentence(name, before, value, source=source))
                facts[f"{before.source}_{name}"] = before
            facts[name] = Fact(value=value, source=source)
    return dict(sorted(facts.items())), tuple(contradictions)


def _sentence(name: str, before: Fact, value: object, *, source: str) -> str:
    said = {"declared": "it is declared as", "file": "the file says"}[before.source]
    return f"{name.replace('_', ' ')}: {said} {before.value}, the {source} says {value}"


def alike(name: str, one: object, other: object) -> bool:
    """Whether two values of a fact may mean the same, as people and servers write them."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        near = _NEAR * max(abs(one), abs(other)) if name == "parameters" else 0
        return abs(one - other) <= near
    first, second = _plain(one), _plain(other)
    if name == "quant":
        kinds = _QUANT.findall(first), _QUANT.findall(second)
        return first == second or not all(kinds) or kinds[0][0] == kinds[1][0]
    return first == second or first in second or second in first


def _plain(value: object) -> str:
    return re.sub(r"[\s-]+", "_", str(value).lower())


def differences(was: Mapping[str, Fact], now: Mapping[str, object]) -> Iterator[str]:
    """Yield a sentence for each fact that the server told otherwise when the run was planned."""
    before = {name: fact.value for name, fact in was.items() if fact.source == "server"}
    for name in sorted(before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            was_is = f"was {before.get(name, 'not told')}, is {now.get(name, 'not told')}"
            yield f"{name.replace('_', ' ')} {was_is}"
