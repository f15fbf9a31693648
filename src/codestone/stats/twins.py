"""Contestants that are one model but for one thing: thinking, quantisation, or being distilled. Pure.

    thinking   the same weights; one thinks in its replies, the other does not (what was sent is not asked)
    quant      the same model, thinking alike, in two quantisations
    distill    one has ``distill_of``; the other is the model that it was made from, not distilled

What else is told to differ between them is named: such a difference may be its doing. Scripts have no twins.
Not covered: a model that is served under a name of one's own, of which neither file nor base model is told.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, permutations
from typing import Literal, NamedTuple

from codestone.stats.pace import weights_gb
from codestone.stats.paired import Contender, compare
from codestone.stats.summary import ThinkingSeen, Twin
from codestone.trial import Contestant

Kind = Literal["thinking", "quant", "distill"]

_QUANT = re.compile(
    r"(?<![a-z0-9])(?:ud[-_])?(i?q\d[a-z0-9_]*|bf16|fp?16|f32|mxfp\d\w*|nvfp\d|fp\d+|int\d+|\d+-?bit|awq|gptq)"
    r"(?![a-z0-9])"
)
_MODE = re.compile(r"(?<![a-z0-9])(?:non?-?)?think(?:ing)?(?![a-z0-9])")
_FILE = ("sha256", "file", "file_bytes", "weights_bytes")
_TOLD_OF_FILE = {*_FILE, "model_name", "quant", "distill_of", "base_model"}
_CONTRADICTED = ("declared_", "file_")
_NEAR = 0.05


class Entry(NamedTuple):
    """One contestant with one driver, and its trials."""

    contestant: Contestant
    driver: str
    contender: Contender


class _Pair(NamedTuple):
    kind: Kind
    one: Entry
    other: Entry
    one_is: str
    other_is: str


def twins(entries: Sequence[Entry], *, thinking: Mapping[str, ThinkingSeen]) -> tuple[Twin, ...]:
    """Return every pair, kind by kind; each kind's comparisons are corrected for how many it has."""
    models = [entry for entry in entries if not entry.contestant.scripted]
    thinks = {name: _thinks(seen) for name, seen in thinking.items()}
    kinds = (_thinking(models, thinks), _quants(models, thinks), _distilled(models, thinks))
    return tuple(twin for pairs in kinds for twin in _compared(list(pairs)))


def stem(model: str) -> str:
    """Return a model's name without folder, quantisation and mode: what its variants have in common."""
    name = re.split(r"[/\\]", model.lower())[-1].removesuffix(".gguf").replace(":", "-").replace(" ", "-")
    bare = _MODE.sub("", _QUANT.sub("", name))
    return "-".join(part for part in re.split(r"[^a-z0-9.]+", bare) if part not in {"", "gguf"})


def quant_of(contestant: Contestant) -> str | None:
    """Return the quantisation as it is told, else as the model's id or file has it."""
    told = _fact(contestant, "quant")
    if told is not None:
        return told
    names = (contestant.model, _fact(contestant, "file") or "")
    return next((found[1] for name in names if (found := _QUANT.search(name.lower()))), None)


def _thinking(models: Sequence[Entry], thinks: Mapping[str, bool | None]) -> Iterator[_Pair]:
    for one, other in permutations(models, 2):
        alike = one.driver == other.driver and _weights(one.contestant) == _weights(other.contestant)
        if alike and thinks[one.contestant.name] and thinks[other.contestant.name] is False:
            yield _Pair("thinking", one, other, "thinks", "does not")


def _quants(models: Sequence[Entry], thinks: Mapping[str, bool | None]) -> Iterator[_Pair]:
    """Yield the pairs with the smaller file first, where both sizes are told."""
    for pair in combinations(models, 2):
        one, other = sorted(pair, key=lambda entry: weights_gb(entry.contestant) or 0.0)
        quants = quant_of(one.contestant), quant_of(other.contestant)
        if (
            _alike(one, other, thinks)
            and _same_model(one.contestant, other.contestant)
            and _fact(one.contestant, "distill_of") == _fact(other.contestant, "distill_of")
            and quants[0]
            and quants[1]
            and _plain(quants[0]) != _plain(quants[1])
        ):
            yield _Pair("quant", one, other, quants[0], quants[1])


def _distilled(models: Sequence[Entry], thinks: Mapping[str, bool | None]) -> Iterator[_Pair]:
    """Yield each distillate with its base model; with that of its own quantisation, where there is one."""
    for one in models:
        if _fact(one.contestant, "distill_of") is None:
            continue
        bases = [
            other
            for other in models
            if _fact(other.contestant, "distill_of") is None
            and _alike(one, other, thinks)
            and _is_base(other.contestant, of=one.contestant)
        ]
        own = [other for other in bases if _plain_quant(other) == _plain_quant(one)]
        for other in own or bases:
            yield _Pair("distill", one, other, "distilled", "its base model")


def _compared(pairs: Sequence[_Pair]) -> Iterator[Twin]:
    found = compare([(pair.one.contender, pair.other.contender) for pair in pairs])
    for pair, comparison in zip(pairs, found, strict=True):
        yield Twin(
            kind=pair.kind,
            one_is=pair.one_is,
            other_is=pair.other_is,
            also=_also(pair.one.contestant, pair.other.contestant, kind=pair.kind),
            comparison=comparison,
        )


def _thinks(seen: ThinkingSeen) -> bool | None:
    """Return whether its replies think; None without a reply, or where only some of them do."""
    if seen.thought is None or not seen.replies:
        return None
    return True if 2 * seen.thought >= seen.replies else False if seen.thought == 0 else None


def _alike(one: Entry, other: Entry, thinks: Mapping[str, bool | None]) -> bool:
    """Return whether driver and thinking do not tell the two apart."""
    modes = thinks[one.contestant.name], thinks[other.contestant.name]
    return one.driver == other.driver and (None in modes or modes[0] == modes[1])


def _same_model(one: Contestant, other: Contestant) -> bool:
    """Return whether two are one model: by their ids, or by base model and size where these are told."""
    if stem(one.model) == stem(other.model):
        return True
    bases = _fact(one, "base_model"), _fact(other, "base_model")
    names = _fact(one, "model_name"), _fact(other, "model_name")
    return (
        bases[0] is not None
        and bases[1] is not None
        and stem(bases[0]) == stem(bases[1])
        and (None in names or stem(names[0] or "") == stem(names[1] or ""))
        and _near(one, other)
    )


def _is_base(contestant: Contestant, *, of: Contestant) -> bool:
    base = _fact(of, "base_model")
    names = (contestant.model, _fact(contestant, "model_name"), _fact(contestant, "base_model"))
    return base is not None and stem(base) in {stem(name) for name in names if name}


def _weights(contestant: Contestant) -> tuple[str, ...]:
    """Return what tells the weights: digest, else file and size, else server and model."""
    digest, file, size = (_fact(contestant, name) for name in _FILE[:3])
    if digest is not None:
        return ("sha256", digest)
    if file is not None:
        return ("file", file, size or "")
    return ("model", contestant.server, stem(contestant.model), _plain(quant_of(contestant) or ""))


def _also(one: Contestant, other: Contestant, *, kind: Kind) -> tuple[str, ...]:
    """Return what else differs, as far as it is told on both sides."""
    names = sorted(one.facts.keys() & other.facts.keys() - _TOLD_OF_FILE)
    also = [
        name.replace("_", " ")
        for name in names
        if not name.startswith(_CONTRADICTED) and one.facts[name].value != other.facts[name].value
    ]
    also += ["server"] * (one.server != other.server) + ["sampling"] * (one.sampling != other.sampling)
    quants = _plain(quant_of(one) or "") != _plain(quant_of(other) or "")
    return tuple(also + ["quant"] * (kind == "distill" and quants))


def _plain_quant(entry: Entry) -> str:
    return _plain(quant_of(entry.contestant) or "")


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _fact(contestant: Contestant, name: str) -> str | None:
    fact = contestant.facts.get(name)
    return None if fact is None or fact.value in (None, "") else str(fact.value)


def _near(one: Contestant, other: Contestant) -> bool:
    """Return whether their sizes are one, or not told on one side."""
    sizes = [fact.value for each in (one, other) if (fact := each.facts.get("parameters")) is not None]
    numbers = [value for value in sizes if isinstance(value, int | float)]
    return len(numbers) < 2 or abs(numbers[0] - numbers[1]) <= _NEAR * max(map(abs, numbers))
