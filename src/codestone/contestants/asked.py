"""Who is to be measured, as the user said it: in a file or in flags, both read to the same terms."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import get_args

from codestone.contestants.configure import launch_of
from codestone.contestants.known import PresetSpec, SamplingSpec, preset
from codestone.contestants.reach import Look, chosen, key_from
from codestone.contestants.spec import ContestantSpec, EmbeddedSpec, LaunchSpec, Mode, read_contestants
from codestone.endpoint import embedded
from codestone.endpoint.discover import Found, discover
from codestone.endpoint.url import address
from codestone.errors import UnknownName, UsageError
from codestone.trial import Contestant

Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Who is to be measured, as the user said it: in a file, or in flags."""

    endpoint: str | None = None
    key_env: str | None = None
    models: tuple[str, ...] = ()
    file: Path | None = None
    thinking: str = "default"
    sampling: str = "server"
    temperature: float | None = None


def specs_of(
    asked: Asked, look: Look, *, report: Report
) -> tuple[tuple[ContestantSpec, ...], tuple[PresetSpec, ...]]:
    """Return the configurations that were asked for, and the presets that the file brings along."""
    if asked.file is None:
        return _of_flags(asked, look, report), ()
    return _of_file(asked, asked.file)


def key_of(contestant: Contestant, asked: Asked) -> str | None:
    """Return the API key of a contestant's endpoint; it comes from the environment and is written nowhere.

    The file names a variable for each endpoint, ``asked.key_env`` is for all others. Raises UsageError
    where the variable is not set.
    """
    specs = read_contestants(asked.file).contestant if asked.file else ()
    own = (spec.key_env for spec in specs if spec.key_env and _is_of(spec, contestant))
    return key_from(next(own, asked.key_env))


def _of_file(asked: Asked, file: Path) -> tuple[tuple[ContestantSpec, ...], tuple[PresetSpec, ...]]:
    said = [
        f"--{field.name.removesuffix('s').replace('_', '-')}"
        for field in fields(asked)
        if field.name not in {"file", "key_env"} and getattr(asked, field.name) != field.default
    ]
    if said:
        raise UsageError(
            f"{', '.join(said)} cannot be combined with --contestants",
            hint=f"Say it in {file}, where it is clear for which contestant it holds.",
        )
    spec = read_contestants(file)
    return spec.contestant, spec.preset


def _of_flags(asked: Asked, look: Look, report: Report) -> tuple[ContestantSpec, ...]:
    """Return what flags mean, in the file's terms: what answers here, else the embedded model."""
    settings = _settings(asked)
    found = _found(asked, look, report)
    if found is None:
        report("no server answers here: using the embedded model (small, and no judge of your own models)")
        return (_embedded(asked.models).model_copy(update=settings),)
    return tuple(
        ContestantSpec(model=model.id, endpoint=found.base_url).model_copy(update=settings)
        for model in chosen(found, asked.models)
    )


def _embedded(wanted: Sequence[str]) -> ContestantSpec:
    """Return the embedded model as it is usually served; raise UnknownName where another was named."""
    for pattern in wanted:
        if not fnmatchcase(embedded.ALIAS, pattern):
            raise UnknownName("model", pattern, [embedded.ALIAS])
    return ContestantSpec(launch=LaunchSpec(embedded=EmbeddedSpec()))


def _found(asked: Asked, look: Look, report: Report) -> Found | None:
    if asked.endpoint is not None:
        return look.at(asked.endpoint, key_from(asked.key_env))
    answering = discover()
    if not answering:
        return None
    if len(answering) > 1:
        report(f"{len(answering)} servers answer here, taking the first; others with --endpoint:")
    report(f"found {answering[0].server} at {answering[0].base_url}")
    look.take(answering[0], answering[0].base_url)
    return answering[0]


def _settings(asked: Asked) -> dict[str, object]:
    """Return thinking and sampling of the flags; raise UsageError where they contradict each other."""
    if asked.thinking not in get_args(Mode):
        raise UnknownName("mode of thinking", asked.thinking, get_args(Mode))
    kind, _, name = asked.sampling.partition(":")
    if kind == "preset":
        preset(name)
    elif asked.sampling not in {"server", "fixed"}:
        raise UsageError(f"--sampling is server, fixed or preset:NAME, not {asked.sampling!r}")
    if asked.temperature is None:
        if asked.sampling == "fixed":
            raise UsageError(
                "--sampling fixed needs --temperature", hint="More settings: --contestants FILE."
            )
        return {"thinking": asked.thinking, "sampling": asked.sampling}
    if kind == "preset":
        raise UsageError(f"--temperature and --sampling {asked.sampling} contradict each other")
    by = SamplingSpec(temperature=asked.temperature)
    return {"thinking": asked.thinking, "sampling": "fixed", "sampling_by": by}


def _is_of(spec: ContestantSpec, contestant: Contestant) -> bool:
    if spec.endpoint is None or contestant.launch is not None:
        return spec.launch is not None and launch_of(spec.launch) == contestant.launch
    return address(spec.endpoint).origin == address(contestant.base_url).origin
