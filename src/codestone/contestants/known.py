"""What is known of servers and models elsewhere: ``known.toml`` as types, and the questions to it."""

import tomllib
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field

from codestone.errors import UnknownName
from codestone.task import Data, Slug
from codestone.trial import Sampling


class SamplingSpec(Data):
    """What requests say about sampling; what is left out is not sent."""

    temperature: float | None = Field(default=None, ge=0, description="0 takes the likeliest token.")
    top_p: float | None = Field(default=None, gt=0, le=1, description="Share of probability kept.")
    top_k: int | None = Field(default=None, ge=0, description="Tokens kept; 0 for all.")
    min_p: float | None = Field(
        default=None, ge=0, le=1, description="Least probability kept, as a share of the likeliest token's."
    )
    presence_penalty: float | None = Field(default=None, description="Against words used already.")
    max_tokens: int | None = Field(default=None, gt=0, description="In place of each task's output budget.")
    seeded: bool = Field(default=True, description="Whether each epoch's own seed is sent.")
    request: dict[str, Any] = Field(default={}, description="Anything else to lay into each request.")

    def sampling(self, mode: str) -> Sampling:
        """Return it as a contestant has it."""
        own = self.model_dump(exclude={"name", "seeded", "request"}, exclude_none=True)
        return Sampling(mode=mode, request={**own, **self.request}, seeded=self.seeded)


class PresetSpec(SamplingSpec):
    """One `[[preset]]`: sampling with a name."""

    name: Slug = Field(description="`preset:NAME` refers to it.")


class Way(Data):
    """What a request says to have a model think, or not."""

    request: dict[str, Any] = Field(default={})
    prefix: str = ""


class WaySpec(Data):
    """One ``[[way]]``: how thinking is switched by these servers for these models."""

    servers: tuple[str, ...]
    models: tuple[str, ...]
    on: Way
    off: Way
    note: str = ""


class FlagSpec(Data):
    """One ``[[flag]]``: which words of a command line tell a fact."""

    fact: str
    servers: tuple[str, ...]
    flags: tuple[str, ...]


class CommandSpec(Data):
    """One ``[[command]]``: which kind of server a command with such a word starts."""

    words: tuple[str, ...]
    server: str


class KnownSpec(Data):
    """The whole of known.toml."""

    way: tuple[WaySpec, ...]
    preset: tuple[PresetSpec, ...]
    flag: tuple[FlagSpec, ...]
    command: tuple[CommandSpec, ...]


@cache
def known() -> KnownSpec:
    """Return what is shipped."""
    return KnownSpec.model_validate(tomllib.loads(Path(__file__).with_name("known.toml").read_text("utf-8")))


def presets(own: Iterable[PresetSpec] = ()) -> tuple[PresetSpec, ...]:
    """Return the presets of a file and the shipped ones; the file's win."""
    by_name = {preset.name: preset for preset in (*known().preset, *own)}
    return tuple(by_name.values())


def preset(name: str, own: Iterable[PresetSpec] = ()) -> PresetSpec:
    """Return the preset of that name; raise UnknownName."""
    by_name = {each.name: each for each in presets(own)}
    if name not in by_name:
        raise UnknownName("preset", name, list(by_name))
    return by_name[name]


def way(server: str, model: str) -> WaySpec | None:
    """Return how thinking is switched there; None where nothing is known."""
    return next(
        (each for each in known().way if _fits(server, each.servers) and _fits(model.lower(), each.models)),
        None,
    )


def server_of(argv: Sequence[str]) -> str:
    """Return the kind of server that a command starts, told by its words; "plain" for another."""
    return next(
        (each.server for each in known().command if any(_fits(word, each.words) for word in argv)), "plain"
    )


def told_by_flags(server: str, argv: Sequence[str]) -> dict[str, object]:
    """Return the facts that the command line of such a server tells: ``-c 8192`` and ``--ctx-size=8192``."""
    facts: dict[str, object] = {}
    for place, word in enumerate(argv):
        name, equals, value = word.partition("=")
        following = argv[place + 1] if place + 1 < len(argv) else ""
        for each in known().flag:
            if (
                name in each.flags
                and _fits(server, each.servers)
                and (value := value if equals else following)
            ):
                facts[each.fact] = int(value) if value.isdecimal() else value
    return facts


def _fits(text: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)
