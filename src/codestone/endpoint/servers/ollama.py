"""Ollama."""

from codestone.endpoint.servers import Get, Known, Listing, names_its_server, told

_DETAILS = {"family": "arch", "parameter_size": "parameter_size", "quantization_level": "quantization"}


def recognise(listing: Listing, get: Get) -> Known | None:
    """Return Ollama's version, each model's weights and quantisation, and what it has loaded."""
    if names_its_server(listing):
        return None
    every = told(get("/api/version"), "version")
    if not every:
        return None
    kept = told(get("/api/tags"), "models").get("models")
    entries = [entry for entry in kept if isinstance(entry, dict)] if isinstance(kept, list) else []
    models = {str(entry.get("name")): _facts(entry) for entry in entries}
    return Known(every=every, models=models, now=told(get("/api/ps"), "models"))


def _facts(model: dict[str, object]) -> dict[str, object]:
    details = model.get("details")
    details = details if isinstance(details, dict) else {}
    own = {"weights_digest": model.get("digest"), "weights_bytes": model.get("size")}
    named = {name: details.get(key) for key, name in _DETAILS.items()}
    return {name: value for name, value in {**own, **named}.items() if value}
