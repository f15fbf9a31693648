"""Who is measured: the contestants of a file or of flags, with what is known of them before any is asked.

A contestant that is served already is inspected at its endpoint. One that the run starts itself is not
started for this: its facts are its command, its file and what was declared, so that it is the same
contestant whether its server runs or not. A name is a slug and a digest over the whole configuration:
model, kind of server, what the server tells and what was declared, the file's size, thinking, sampling,
launch. Not over what changes from one start to the next: where it answers, and what is loaded.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from codestone.contestants.asked import Asked, key_of, specs_of
from codestone.contestants.configure import at_endpoint, require_startable, to_launch
from codestone.contestants.facts import differences, merged, told
from codestone.contestants.known import PresetSpec
from codestone.contestants.reach import Look, chosen, key_from
from codestone.contestants.spec import ContestantSpec
from codestone.endpoint import launched
from codestone.endpoint.discover import Found, inspect
from codestone.errors import UsageError
from codestone.trial import Contestant

__all__ = ["Asked", "again", "key_of", "lineup", "served"]

Report = Callable[[str], None]


@contextlib.contextmanager
def lineup(asked: Asked, *, report: Report) -> Iterator[tuple[Contestant, ...]]:
    """Yield the contestants in their order; ``report`` hears what was found, and every contradiction.

    Raises TaskError (the file), UsageError (several models and none named, two that are one), UnknownName
    (a model, a preset), EndpointError (an endpoint that does not answer), ToolchainMissing (a program).
    """
    look = Look()
    specs, presets = specs_of(asked, look, report=report)
    contestants = tuple(
        contestant for spec in specs for contestant in _contestants(spec, asked, look, presets, report)
    )
    _require_distinct(contestants)
    yield contestants


def again(planned: Sequence[Contestant], asked: Asked, *, report: Report) -> tuple[Contestant, ...]:
    """Return a plan's contestants where they answer now: at ``asked.endpoint``, where that was said.

    Raises UsageError where one is served otherwise than it was, EndpointError where one does not answer.
    """
    places = {contestant.base_url for contestant in planned if contestant.launch is None}
    if asked.endpoint is not None and len(places) > 1:
        raise UsageError(f"the run has contestants at {len(places)} endpoints: --endpoint names one")
    look = Look()
    return tuple(_again(contestant, asked, look, report) for contestant in planned)


@contextlib.contextmanager
def served(contestant: Contestant, *, key: str | None, report: Report, log: Path | None) -> Iterator[str]:
    """Yield the base URL at which the contestant answers now; see ``endpoint.launched``.

    Of a server that was started for it ``report`` hears every contradiction to what was known before.
    """
    with launched.served(contestant, key=key, report=report, log=log) as url:
        if contestant.launch is not None:
            for sentence in _contradictions(contestant, inspect(url, key)):
                report(f"{contestant.name}: {sentence}")
        yield url


def _contradictions(contestant: Contestant, found: Found) -> tuple[str, ...]:
    (model,) = chosen(found, [contestant.model])
    by = {source: _of_source(contestant, source) for source in ("file", "declared")}
    _, contradictions = merged(server=told(model.meta), file=by["file"], declared=by["declared"])
    return contradictions


def _of_source(contestant: Contestant, source: str) -> dict[str, object]:
    return {name: fact.value for name, fact in contestant.facts.items() if fact.source == source}


def _contestants(
    spec: ContestantSpec, asked: Asked, look: Look, presets: Sequence[PresetSpec], report: Report
) -> Iterator[Contestant]:
    if spec.endpoint is None:
        yield to_launch(spec, presets=presets, report=report)
        return
    found = look.at(spec.endpoint, key_from(spec.key_env or asked.key_env))
    for model in chosen(found, [spec.model or "*"]):
        yield at_endpoint(spec, found, model, presets=presets, report=report)


def _require_distinct(contestants: Sequence[Contestant]) -> None:
    twice = [name for name, count in Counter(each.name for each in contestants).items() if count > 1]
    if twice:
        raise UsageError(
            f"the same configuration more than once: {', '.join(twice)}",
            hint="Tell them apart with `name`, or leave one out.",
        )


def _again(contestant: Contestant, asked: Asked, look: Look, report: Report) -> Contestant:
    if contestant.launch is not None:
        require_startable(contestant.launch, report)
        return contestant
    found = look.at(asked.endpoint or contestant.base_url, key_of(contestant, asked))
    (model,) = chosen(found, [contestant.model])
    changed = list(differences(contestant.facts, told(model.meta)))
    if found.server != contestant.server:
        changed.insert(0, f"the server was {contestant.server}, is {found.server}")
    if changed:
        raise UsageError(
            f"{contestant.model} at {found.base_url} is served otherwise than when the run was planned: "
            f"{'; '.join(changed)}",
            hint="Another configuration is another contestant. Serve it as before, or start a new run.",
        )
    return contestant.model_copy(update={"base_url": found.base_url})
