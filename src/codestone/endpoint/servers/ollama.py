"""Ollama."""

from codestone.endpoint.servers import Get, Known, Listing, names_its_server, told


def recognise(listing: Listing, get: Get) -> Known | None:
    """Return Ollama's version, and in its own words the models that it has loaded."""
    if names_its_server(listing):
        return None
    every = told(get("/api/version"), "version")
    return Known(every=every, now=told(get("/api/ps"), "models")) if every else None
