"""From what was asked and what was found to a contestant: one launch configuration with its name."""

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from codestone.contestants import facts as known_facts
from codestone.contestants.facts import alike, merged, told
from codestone.contestants.known import PresetSpec, preset, server_of, told_by_flags, way
from codestone.contestants.spec import ContestantSpec, FactsSpec, LaunchSpec, ThinkingSpec
from codestone.endpoint import embedded, weights
from codestone.endpoint.discover import Found, Served
from codestone.errors import ToolchainMissing, UsageError
from codestone.store.paths import named
from codestone.trial import Contestant, Launch, Sampling, Thinking

Report = Callable[[str], None]
Presets = Iterable[PresetSpec]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known of one contestant, by who says so."""

    server: Mapping[str, object]
    file: Mapping[str, object]
    declared: Mapping[str, object]


def at_endpoint(
    spec: ContestantSpec, found: Found, served: Served, *, presets: Presets, report: Report
) -> Contestant:
    """Return the contestant that ``found`` serves as ``served``."""
    file = _file(spec.file) or known_facts.file_told(found.base_url, served.meta)
    known = _Known(
        server=told(served.meta),
        file=known_facts.in_file(file, digest=spec.sha256) if file else {},
        declared=_declared(spec.facts),
    )
    contestant = Contestant(
        name="unnamed",
        model=served.id,
        base_url=found.base_url,
        server=found.server,
        scripted=found.scripted,
        thinking=thinking(spec, server=found.server, model=served.id, report=report),
        sampling=sampling(spec, presets),
    )
    return _whole(contestant, spec, known, report=report)


def to_launch(spec: ContestantSpec, *, presets: Presets, report: Report) -> Contestant:
    """Return the contestant that the run will start: nothing is started to find out about it.

    Raises ToolchainMissing where the program, or the extra ``embedded``, is not there.
    """
    assert spec.launch is not None
    launch = launch_of(spec.launch)
    require_startable(launch, report)
    model = spec.model or embedded.ALIAS
    server = kind_of(spec.launch)
    contestant = Contestant(
        name="unnamed",
        model=model,
        base_url="",
        server=server,
        scripted=server == "scripted",
        thinking=thinking(spec, server=server, model=model, report=report),
        sampling=sampling(spec, presets),
        launch=launch,
    )
    return _whole(contestant, spec, _known_of_launch(spec, launch, model, report=report), report=report)


def _known_of_launch(spec: ContestantSpec, launch: Launch, model: str, *, report: Report) -> _Known:
    assert spec.launch is not None
    flags, declared = told_by_flags(kind_of(spec.launch), launch.argv), _declared(spec.facts)
    for name in sorted(flags.keys() & declared.keys()):
        if not alike(name, flags[name], declared[name]):
            report(f"{model}: {name} is declared as {declared[name]}, its command has {flags[name]}")
    named_there = flags.pop("file", None)  # no file where it is an id, as vLLM has it
    weights_there = named_there if str(named_there).endswith(".gguf") else None
    file = _file(spec.file or launch.embedded.get("file") or weights_there)
    return _Known(
        server=_told_by_us(launch),
        file=_in_file(file, launch, digest=spec.sha256),
        declared={**flags, **declared},
    )


def launch_of(spec: LaunchSpec) -> Launch:
    """Return how it is started, as a contestant keeps it."""
    settings = spec.embedded.model_dump(exclude_none=True) if spec.embedded else {}
    return Launch(argv=spec.argv, embedded=settings, load_s=spec.load_s)


def kind_of(spec: LaunchSpec) -> str:
    """Return the kind of server that a launch starts."""
    return spec.server or (server_of(spec.argv) if spec.argv else embedded.KIND)


def require_startable(launch: Launch, report: Report) -> None:
    """Fetch the embedded model's weights, or see that the program is there; raise ToolchainMissing."""
    if not launch.argv:
        if not launch.embedded.get("file"):
            embedded.prepare(report)
        embedded.build()
    elif shutil.which(launch.argv[0]) is None:
        raise ToolchainMissing(launch.argv[0], hint="[contestant.launch] begins with it: put it on PATH.")


def thinking(spec: ContestantSpec, *, server: str, model: str, report: Report) -> Thinking:
    """Return what requests say about thinking; raise UsageError where no way is known to switch it."""
    if spec.thinking == "default":
        return Thinking(sent_back=spec.reasoning_sent_back)
    if spec.thinking_by is not None:
        request, prefix = _request(spec.thinking_by), spec.thinking_by.prefix
    else:
        known = way(server, model)
        if known is None:
            raise UsageError(
                f"no way is known to turn thinking {spec.thinking} for {model} on {server}",
                hint="Say how in [contestant.thinking_by] of a file for --contestants.",
            )
        if known.note:
            report(f"{model}: {known.note}")
        switch = known.on if spec.thinking == "on" else known.off
        request, prefix = switch.request, switch.prefix
    return Thinking(mode=spec.thinking, request=request, prefix=prefix, sent_back=spec.reasoning_sent_back)


def _request(by: ThinkingSpec) -> dict[str, Any]:
    request: dict[str, Any] = {}
    if by.chat_template_kwargs:
        request["chat_template_kwargs"] = by.chat_template_kwargs
    if by.think is not None:
        request["think"] = by.think
    if by.reasoning_effort is not None:
        request["reasoning_effort"] = by.reasoning_effort
    return {**request, **by.request}


def sampling(spec: ContestantSpec, presets: Presets) -> Sampling:
    """Return what requests say about sampling; raise UnknownName for a preset that nobody declared."""
    if spec.sampling_by is not None:
        return spec.sampling_by.sampling("fixed")
    kind, _, name = spec.sampling.partition(":")
    return preset(name, presets).sampling(spec.sampling) if kind == "preset" else Sampling()


def _declared(spec: FactsSpec) -> dict[str, object]:
    facts: dict[str, object] = spec.model_dump(exclude_none=True)
    counts = {name: round(value) for name, value in facts.items() if isinstance(value, float)}
    return {**facts, **counts}


def _told_by_us(launch: Launch) -> dict[str, object]:
    """Return what is certain of the embedded model's server, which we start ourselves."""
    if launch.argv:
        return {}
    return {"build": embedded.build(), "context_served": launch.embedded.get("context_tokens", 4096)}


def _in_file(file: Path | None, launch: Launch, *, digest: bool) -> dict[str, object]:
    if file is not None:
        return {"file": file.name, **known_facts.in_file(file, digest=digest)}
    if launch.argv:
        return {}
    ours = weights.SMOLLM2
    kept = known_facts.in_file(weights.path(ours))
    return {"file": ours.name, "weights": ours.requirement, "sha256": ours.sha256, **kept}


def _file(path: object) -> Path | None:
    return Path(path).expanduser() if isinstance(path, str) else None


def _whole(contestant: Contestant, spec: ContestantSpec, known: _Known, *, report: Report) -> Contestant:
    """Give it its facts, its contradictions said, and its name."""
    facts, contradictions = merged(server=known.server, file=known.file, declared=known.declared)
    for sentence in contradictions:
        report(f"{spec.name or contestant.model}: {sentence}")
    name = named(_said(contestant, spec), _identity(contestant, known))
    return contestant.model_copy(update={"name": name, "facts": facts})


def _said(contestant: Contestant, spec: ContestantSpec) -> str:
    """Return what a reader tells it by."""
    if spec.name is not None:
        return (
            spec.name
            if contestant.model == (spec.model or contestant.model)
            else f"{spec.name} {contestant.model}"
        )
    thinking_mode, sampling_mode = contestant.thinking.mode, contestant.sampling.mode
    words = [contestant.model]
    words += [f"thinking-{thinking_mode}"] if thinking_mode != "default" else []
    words += [sampling_mode] if sampling_mode != "server" else []
    return " ".join(words)


_IN_NAME = {"file_bytes", "sha256"}
"""Facts of the file that are known with and without the extra ``gguf``, which reads its header."""


def _identity(contestant: Contestant, known: _Known) -> str:
    """Return the whole configuration as text, without what changes from one start to the next."""
    launch = contestant.launch and contestant.launch.model_dump(exclude={"load_s"})
    whole = [
        contestant.model,
        contestant.server,
        known.server,
        known.declared,
        {name: value for name, value in known.file.items() if name in _IN_NAME},
        contestant.thinking.model_dump(),
        contestant.sampling.model_dump(),
        launch,
    ]
    return orjson.dumps(whole, option=orjson.OPT_SORT_KEYS).decode()
