"""LM Studio."""

from codestone.endpoint.servers import Get, Known, Listing, names_its_server, told

_STABLE = ("type", "publisher", "arch", "compatibility_type", "quantization", "max_context_length")


def recognise(listing: Listing, get: Get) -> Known | None:
    """Return each model's architecture, quantisation and largest context; ``now`` has what is loaded."""
    if names_its_server(listing):
        return None
    known = told(get("/api/v0/models"), "data").get("data")
    if not isinstance(known, list):
        return None
    models = {model["id"]: model for model in known if isinstance(model, dict) and "id" in model}
    return Known(
        models={name: {key: model[key] for key in _STABLE if key in model} for name, model in models.items()},
        now={"models": known},
    )
