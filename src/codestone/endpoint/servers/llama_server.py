"""llama-server, the HTTP server of llama.cpp, with one model or as a router of several."""

import hashlib

from codestone.endpoint.servers import Get, Known, Listing, owned_by, told


def recognise(listing: Listing, get: Get) -> Known | None:
    """Return what /props tells: build, model file, slots, digest of the chat template, context of one slot.

    A router loads and unloads models itself: its list has a ``status`` a model, and /props speaks of none.
    """
    if not owned_by(listing, "llamacpp"):
        return None
    status = {model["id"]: model["status"] for model in listing if "status" in model}
    if status:
        return Known(every={"router": True}, now={"status": status})
    answer = get("/props")
    every = told(answer, "build_info", "model_path", "total_slots")
    template = told(answer, "chat_template").get("chat_template")
    if isinstance(template, str):
        every["chat_template_sha256"] = hashlib.sha256(template.encode()).hexdigest()
    settings = told(answer, "default_generation_settings").get("default_generation_settings")
    if isinstance(settings, dict) and "n_ctx" in settings:
        every["n_ctx_slot"] = settings["n_ctx"]
    return Known(every=every)
