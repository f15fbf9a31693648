"""In what two contestants differ: launch configuration, driver, machine and software. In words, without I/O.

Not told apart: what a server does not tell and nobody declared. Where a server answers is no difference,
nor is the id of a model whose file is the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from codestone.contestants.known import known, told_by_flags
from codestone.stats.compared import Difference
from codestone.trial import Contestant

_WORDS = {
    "kv_cache_type": "KV type",
    "context_served": "context",
    "context_per_slot": "context per slot",
    "context_trained": "trained context",
    "quant": "quantisation",
    "build": "server build",
    "draft": "draft model",
    "memory_bytes": "memory",
}
_FILE = ("sha256", "file", "file_bytes", "weights_bytes")
_CONTRADICTED = ("declared_", "file_")
_PLACE = {"--port", "--host", "--alias", "-a", "--served-model-name"}
_MACHINE = ("system", "processor", "cores", "memory_bytes", "gpus")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One side: its contestant, its driver, and what the run was made on and with."""

    contestant: Contestant
    driver: str
    environment: Mapping[str, Any] = field(default_factory=dict)
    boxes: tuple[str, ...] = ()
    codestone: tuple[str, ...] = ()


def differences(one: Setting, other: Setting) -> tuple[Difference, ...]:
    """Return what differs, what matters most first; a value that is not told on one side is None."""
    mine, theirs = _told(one), _told(other)
    if "weights file" in mine and mine["weights file"] == theirs.get("weights file"):
        del mine["model"], theirs["model"]
    return tuple(
        Difference(name=name, one=mine.get(name), other=theirs.get(name))
        for name in dict.fromkeys([*mine, *theirs])
        if mine.get(name) != theirs.get(name)
    )


def differing_words(found: Sequence[Difference]) -> str:
    """Return it as one sentence: "differs only in: KV type (f16, q8_0)"."""
    if not found:
        return "the same launch configuration, as far as it is told"
    said = "; ".join(f"{each.name} ({each.one or 'not told'}, {each.other or 'not told'})" for each in found)
    return f"differs {'only ' if len(found) == 1 else ''}in: {said}"


def _told(setting: Setting) -> dict[str, str]:
    """Return what is known of a side, by the name under which it is shown."""
    contestant = setting.contestant
    told = {"model": contestant.model, "server": contestant.server}
    facts = {name: fact.value for name, fact in contestant.facts.items()}
    if any(name in facts for name in _FILE):
        told["weights file"] = ", ".join(str(facts[name]) for name in _FILE if name in facts)
    for name in sorted(facts.keys() - set(_FILE)):
        if not name.startswith(_CONTRADICTED):
            told[_named(name)] = str(facts[name])
    told["thinking"] = _said(contestant.thinking.model_dump(exclude_defaults=True)) or "default"
    told["sampling"] = _said(contestant.sampling.model_dump(exclude_defaults=True)) or "server"
    told["launch"] = " ".join(_launch(contestant)) or "none"
    told["driver"] = setting.driver
    told |= {_named(name): _value(setting.environment.get(name)) for name in _MACHINE}
    told["box"] = ", ".join(setting.boxes)
    told["codestone"] = ", ".join(setting.codestone)
    return {name: value for name, value in told.items() if value}


def _launch(contestant: Contestant) -> Iterator[str]:
    """Yield the words of its command that tell no fact and no place, or its embedded settings."""
    if contestant.launch is None:
        return
    if contestant.launch.embedded:
        yield _said(contestant.launch.embedded)
    telling = set(told_by_flags(contestant.server, contestant.launch.argv)) & set(contestant.facts)
    flags = {flag for each in known().flag if each.fact in telling for flag in each.flags} | _PLACE
    skip = False
    for word in contestant.launch.argv:
        name, equals, _ = word.partition("=")
        if name in flags:
            skip = not equals
        elif skip:
            skip = False
        else:
            yield word


def _said(settings: Mapping[str, Any], above: str = "") -> str:
    """Return settings as ``name value``, what lies within an object as ``outer.inner``."""
    parts = []
    for name, value in settings.items():
        if isinstance(value, Mapping):
            parts.append(_said(value, f"{above}{name}."))
        else:
            parts.append(f"{above}{name} {str(value).lower()}")
    return ", ".join(part for part in parts if part)


def _named(name: str) -> str:
    return _WORDS.get(name, name.replace("_", " "))


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "" if value is None else str(value)
