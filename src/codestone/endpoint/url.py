"""Base URLs as people type them, in one form."""

import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from codestone.errors import UsageError

_HINT = "A base URL looks like http://localhost:8080/v1 (the /v1 may be left out)."
_ROUTES = ("/chat/completions", "/completions", "/models")
_VERSION = re.compile(r"/v\d+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where an endpoint is: ``root`` is the path before the API, ``api`` the path of the API itself."""

    scheme: str
    host: str
    port: int
    root: str
    api: str

    @property
    def origin(self) -> str:
        """Scheme, host and port, as a request's ``Host`` and a person's browser have it."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """Host and port; the port is left out where the scheme implies it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _default_port(self.scheme) else f"{host}:{self.port}"

    @property
    def base_url(self) -> str:
        """The one form in which a base URL is stored and shown."""
        return self.origin + self.api

    def path(self, path: str) -> str:
        """Return the request target: ``/v1/…`` is put under the API, everything else under the root."""
        return self.api + path.removeprefix("/v1") if path.startswith("/v1/") else self.root + path

    def unversioned(self) -> "Address":
        """Return the same server with an API that has no ``/v1``."""
        return replace(self, api=self.root)


def address(base_url: str) -> Address:
    """Read a base URL: scheme, ``/v1`` and trailing slash optional; raise UsageError for nonsense."""
    text = base_url.strip()
    if not text or re.search(r"[\s\x00-\x1f\x7f]", text):
        raise _refusal(base_url, "it is empty or has a blank in it")
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        port = parts.port
    except ValueError as error:
        raise _refusal(base_url, str(error)) from None
    if parts.scheme not in {"http", "https"}:
        raise _refusal(base_url, f"scheme {parts.scheme!r} is neither http nor https")
    if not parts.hostname or not _is_host(parts.hostname):
        raise _refusal(base_url, "it names no host")
    if "@" in parts.netloc:
        raise _refusal(
            base_url, "a user name or password does not belong in it", hint="Hand the key over separately."
        )
    if parts.query or parts.fragment:
        raise _refusal(base_url, "it has a query or a fragment")
    root, api = _paths(parts.path)
    return Address(
        scheme=parts.scheme,
        host=parts.hostname,
        port=_default_port(parts.scheme) if port is None else port,
        root=root,
        api=api,
    )


def _paths(path: str) -> tuple[str, str]:
    """Return the paths of root and API."""
    path = re.sub(r"/+", "/", path).rstrip("/")
    for route in _ROUTES:
        path = path.removesuffix(route)
    if version := _VERSION.search(path):
        return path[: version.start()], path
    return path, f"{path}/v1"


def _is_host(host: str) -> bool:
    return bool(re.fullmatch(r"[0-9A-Za-z._~-]+|[0-9A-Fa-f:.]+(%[\w.-]+)?", host)) and host.strip(".") != ""


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _refusal(base_url: str, why: str, *, hint: str = _HINT) -> UsageError:
    return UsageError(f"{base_url!r} is no base URL: {why}", hint=hint)
