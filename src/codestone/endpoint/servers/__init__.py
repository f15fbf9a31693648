"""Kinds of servers, one module each; ``plain`` is what none of them recognises.

A module has one documented function:

    recognise(listing, get) -> Known, or None where the server is of another kind

``listing`` is the list of models of GET /v1/models, ``get`` asks the same server for another path and
returns status and decoded body (status 0 where it did not answer). The module's name with hyphens is
the name of the kind.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Listing = Sequence[Mapping[str, Any]]
Get = Callable[[str], tuple[int, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What only a server of this kind tells.

    ``every`` holds for each of its models and stays so while the server runs, ``models`` by model id
    likewise; ``now`` may be otherwise in a minute (what is loaded) and is no property of a contestant.
    """

    every: Mapping[str, object] = field(default_factory=dict)
    models: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    now: Mapping[str, object] = field(default_factory=dict)


def owned_by(listing: Listing, owner: str) -> bool:
    """Whether a model of the list says that ``owner`` serves it."""
    return any(model.get("owned_by") == owner for model in listing)


def names_its_server(listing: Listing) -> bool:
    """Whether the owner of a model tells the kind, so that no path need be asked for it."""
    return any(owned_by(listing, owner) for owner in ("llamacpp", "llama-swap", "vllm", "codestone-scripted"))


def told(answer: tuple[int, object], *names: str) -> dict[str, object]:
    """Return those fields of a JSON object that was answered with 200; nothing where it was not."""
    status, body = answer
    return {n: body[n] for n in names if n in body} if status == 200 and isinstance(body, dict) else {}
