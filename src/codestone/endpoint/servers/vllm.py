"""vLLM. A model's context is ``max_model_len`` of its entry in the list."""

from codestone.endpoint.servers import Get, Known, Listing, owned_by, told


def recognise(listing: Listing, get: Get) -> Known | None:
    """Return vLLM's version."""
    return Known(every=told(get("/version"), "version")) if owned_by(listing, "vllm") else None
