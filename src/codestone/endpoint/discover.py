"""Which servers are there, of what kind, and what they serve."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from codestone import plugins
from codestone.endpoint.chat import Timeouts
from codestone.endpoint.client import Client
from codestone.endpoint.faults import one_line
from codestone.endpoint.servers import Get, Known, Listing
from codestone.endpoint.url import Address, address
from codestone.errors import EndpointError

DEFAULTS = tuple(
    f"http://127.0.0.1:{port}/v1"
    for port in (
        8080,  # llama-server
        8081,
        9292,  # llama-swap
        8090,
        11434,  # Ollama
        1234,  # LM Studio
        8000,  # vLLM
    )
)
_KINDS = "endpoint.servers"
_FALLBACK = "plain"


_PASSING = {"id", "object", "created", "status", "permission", "meta"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One model that an endpoint serves.

    ``meta`` is what the server tells of it and what stays true while it runs (llama.cpp's ``meta`` object
    and the facts of ``servers/`` laid into it); ``raw`` is its entry of /v1/models as it came.
    """

    id: str
    meta: Mapping[str, Any]
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One endpoint; ``now`` is what may be otherwise in a minute, such as what is loaded."""

    base_url: str
    server: str
    models: tuple[Served, ...]
    now: Mapping[str, object] = field(default_factory=dict)

    @property
    def scripted(self) -> bool:
        """Whether its answers come from a script, so that no model is measured."""
        return self.server == "scripted"


def discover(candidates: Sequence[str] = DEFAULTS, *, limit_s: float = 3.0) -> list[Found]:
    """Return the endpoints among ``candidates`` that answer within ``limit_s``, in their order."""
    with ThreadPoolExecutor(max_workers=max(1, len(candidates))) as pool:
        found = pool.map(lambda url: _found(url, limit_s), candidates)
        return [endpoint for endpoint in found if endpoint is not None]


def inspect(base_url: str, key: str | None = None, *, limit_s: float = 10.0) -> Found:
    """Return what is served at ``base_url``; raise EndpointError with every URL tried and what came back."""
    tried: list[str] = []
    last: EndpointError | None = None
    for where in _addresses(base_url):
        with Client(where, key=key, timeouts=_timeouts(limit_s)) as client:
            try:
                return _inspected(client)
            except EndpointError as error:
                last = error
                tried.append(error.message)
                if error.status is None:
                    break  # not reached: another path of the same server is not either
    assert last is not None
    raise EndpointError(
        "no models were listed. Tried:\n" + "\n".join(f"  {line}" for line in tried),
        url=last.url,
        status=last.status,
        body=last.body,
        hint=_hint(last.status),
    )


def _addresses(base_url: str) -> list[Address]:
    """Return the API's likely places: as given, and without /v1 where the user did not write it."""
    given = address(base_url)
    return [given] if base_url.rstrip("/").endswith(given.api) else [given, given.unversioned()]


def _inspected(client: Client) -> Found:
    url = client.address.origin + client.address.path("/v1/models")
    status, body = client.get_json("/v1/models")
    listed = body.get("data") if isinstance(body, dict) else None
    if status != 200 or not isinstance(listed, list):
        said = one_line(f"{url}: HTTP {status}, {str(body)[:120]}")
        raise EndpointError(said, url=url, status=status, body=str(body).encode()[:200])
    listing = [model for model in listed if isinstance(model, dict) and isinstance(model.get("id"), str)]
    server, known = _kind(listing, _getter(client))
    return Found(
        base_url=client.address.base_url,
        server=server,
        models=tuple(Served(id=model["id"], meta=_meta(model, known), raw=model) for model in listing),
        now=known.now,
    )


def _meta(model: Mapping[str, Any], known: Known) -> dict[str, Any]:
    entry = {name: value for name, value in model.items() if name not in _PASSING and value is not None}
    own = model.get("meta")
    return {
        **entry,
        **(own if isinstance(own, dict) else {}),
        **known.every,
        **known.models.get(model["id"], {}),
    }


def _kind(listing: Listing, get: Get) -> tuple[str, Known]:
    for name in plugins.names(_KINDS):
        known: Known | None = (
            None if name == _FALLBACK else plugins.find(_KINDS, name).recognise(listing, get)
        )
        if known is not None:
            return name.replace("_", "-"), known
    return _FALLBACK, Known()


def _getter(client: Client) -> Get:
    def get(path: str) -> tuple[int, object]:
        try:
            return client.get_json(path)
        except EndpointError:
            return 0, None

    return get


def _found(base_url: str, limit_s: float) -> Found | None:
    try:
        return inspect(base_url, limit_s=limit_s)
    except EndpointError:
        return None


def _timeouts(limit_s: float) -> Timeouts:
    return Timeouts(connect_s=min(limit_s, 5.0), first_s=limit_s, silence_s=limit_s, wall_s=limit_s)


def _hint(status: int | None) -> str:
    match status:
        case None:
            return "Is the server running, and is the port right?"
        case 401 | 403:
            return "The server wants an API key."
        case 503:
            return "The server may still be loading its model: try again in a minute."
        case _:
            return "The URL must be that of an OpenAI-compatible API, for example http://localhost:8080/v1."
