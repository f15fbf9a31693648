"""llama-swap: a proxy that starts and stops the servers behind it, one model at a time."""

from collections.abc import Mapping
from typing import Any

from codestone.endpoint.servers import Get, Known, Listing, owned_by, told


def recognise(listing: Listing, get: Get) -> Known | None:
    """Return the models that are loaded."""
    return Known(now=told(get("/running"), "running")) if owned_by(listing, "llama-swap") else None


class LoadingBanner:
    """Tells llama-swap's ``sendLoadingState`` text from a model's thinking.

    llama-swap sends it before the model is up, as ``{"choices":[{"delta":{"reasoning_content":…}}]}``
    with nothing else in the chunk: a bar, ``llama-swap loading model: NAME``, remarks and dots,
    ``Done! (1.23s)``, a bar, a blank line.
    """

    _BAR = "━━━━━"

    def __init__(self) -> None:
        self._bars = 0

    def loading_text(self, chunk: Mapping[str, Any]) -> str | None:
        """Return the chunk's text if it is part of the banner."""
        match chunk:
            case {
                "choices": [{"delta": {"reasoning_content": str(text), **more_delta}, **more_choice}],
                **more,
            }:
                bare = not (more_delta or more_choice or more)
            case _:
                return None
        if not bare or (self._bars == 2 and text.strip()):
            return None
        if self._bars == 0 and not text.startswith((self._BAR, "llama-swap loading model:")):
            return None
        if self._bars == 0 or text.startswith(self._BAR):
            self._bars += 1
        return text
