"""Where answers may be graded while the next one is generated: where the model needs no processor of ours."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from codestone.trial import Contestant

WHOLLY = ("all", "full", "whole", "every")
"""The declared fact ``offload`` begins with one of these where every layer is on an accelerator."""


def overlaps(contestant: Contestant, wanted: bool | None = None) -> bool:  # noqa: FBT001 - three-valued
    """Tell whether grading may overlap; ``wanted`` is what the user said, None for nothing.

    By itself only where the model runs on another machine, or was declared to be wholly on an accelerator.
    """
    if wanted is not None:
        return wanted
    offload = contestant.facts.get("offload")
    if offload is not None and str(offload.value).lower().startswith(WHOLLY):
        return True
    return contestant.launch is None and not _here(contestant.base_url)


def _here(base_url: str) -> bool:
    """Whether a URL leads to this machine; a name other than localhost is taken for another one."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
