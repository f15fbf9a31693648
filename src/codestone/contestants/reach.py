"""Reach endpoints, each asked once, and choose among the models that they serve."""

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase

from codestone.endpoint.discover import Found, Served, inspect
from codestone.endpoint.url import address
from codestone.errors import UnknownName, UsageError


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
