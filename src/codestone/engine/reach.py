"""Find what answers: the endpoint that was named, else a server on this machine, else the embedded model."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase

import orjson

from codestone.endpoint import embedded
from codestone.endpoint.discover import Found, Served, discover, inspect
from codestone.endpoint.url import address
from codestone.errors import UnknownName, UsageError
from codestone.store.paths import named
from codestone.trial import Contestant, Fact

Report = Callable[[str], None]


def key_from(variable: str | None) -> str | None:
    """Return the API key from a named environment variable; raise UsageError when it is not set."""
    if variable is None:
        return None
    if variable not in os.environ:
        raise UsageError(
            f"the environment variable {variable} is not set",
            hint=f"export {variable}=… or leave out --key-env",
        )
    return os.environ[variable]


class Look:
    """What endpoints serve; each is asked once."""

    def __init__(self) -> None:
        self._found: dict[str, Found] = {}

    def at(self, url: str, key: str | None) -> Found:
        """Return what is served there; raise EndpointError where nothing answers."""
        place = address(url).base_url
        if place not in self._found:
            self.take(inspect(url, key), place)
        return self._found[place]

    def take(self, found: Found, place: str) -> None:
        """Keep what is known already."""
        self._found[place] = self._found[found.base_url] = found


def chosen(found: Found, wanted: Sequence[str]) -> tuple[Served, ...]:
    """Return the models that ``wanted`` names (ids, or patterns such as "qwen*"), each once.

    Raises UsageError when there are several and none was named, UnknownName when one is not there.
    """
    known = [model.id for model in found.models]
    if not wanted:
        if len(known) != 1:
            raise UsageError(
                f"{found.base_url} serves {len(known)} models, and none was named",
                hint=f"--model ID, repeatable, or --model '*' for all. Known: {', '.join(known)}",
            )
        wanted = known
    ids: list[str] = []
    for pattern in wanted:
        matching = [name for name in known if name == pattern or fnmatchcase(name, pattern)]
        if not matching:
            raise UnknownName("model", pattern, known)
        ids += [name for name in matching if name not in ids]
    return tuple(next(model for model in found.models if model.id == name) for name in ids)


@contextlib.contextmanager
def reach(url: str | None, *, key: str | None, report: Report) -> Iterator[Found]:
    """Yield what was found. Raises EndpointError, naming what was tried, when a named endpoint is down."""
    if url is not None:
        yield inspect(url, key)
        return
    found = discover()
    if found:
        if len(found) > 1:
            report(f"{len(found)} servers answer here, taking the first; others with --endpoint:")
        report(f"found {found[0].server} at {found[0].base_url}")
        yield found[0]
        return
    report("no server answers here: using the embedded model (small, and no judge of your own models)")
    with embedded.serve(report=report) as served:
        yield served


def contestants_of(found: Found, wanted: Sequence[str]) -> tuple[Contestant, ...]:
    """Return the contestants that ``wanted`` names (ids, or patterns such as "qwen*"), in the server's order.

    Raises UsageError when there are several models and none was named, UnknownName when one is not there.
    """
    known = [model.id for model in found.models]
    if not wanted:
        if len(known) != 1:
            raise UsageError(
                f"{found.base_url} serves {len(known)} models, and none was named",
                hint=f"--model ID, repeatable, or --model '*' for all. Known: {', '.join(known)}",
            )
        wanted = known
    chosen = []
    for pattern in wanted:
        matching = [name for name in known if name == pattern or fnmatchcase(name, pattern)]
        if not matching:
            raise UnknownName("model", pattern, known)
        chosen += [name for name in matching if name not in chosen]
    return tuple(_contestant(found, name) for name in chosen)


def _contestant(found: Found, model: str) -> Contestant:
    meta = next(entry.meta for entry in found.models if entry.id == model)
    facts = {name: Fact(value=value, source="server") for name, value in meta.items() if _telling(value)}
    identity = orjson.dumps(
        [found.server, {n: f.value for n, f in facts.items()}], option=orjson.OPT_SORT_KEYS
    )
    return Contestant(
        name=named(model, identity.decode()),
        model=model,
        base_url=found.base_url,
        server=found.server,
        scripted=found.scripted,
        facts=facts,
    )


def _telling(value: object) -> bool:
    return isinstance(value, str | int | float | bool)
