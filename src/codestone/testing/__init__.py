"""Public fakes for tests and demonstrations: a scripted endpoint that plays answers and faults on time.

    with ScriptedEndpoint(reply("hello")) as server:
        Client(server.base_url).chat(...)

From a shell: ``python -m codestone.testing --help``.
"""

from codestone.testing.endpoint import Played, ScriptedEndpoint, Sent
from codestone.testing.script import (
    Finish,
    Play,
    Request,
    Script,
    Step,
    calling,
    chunk,
    event,
    reply,
    schedule,
)

__all__ = [
    "Finish",
    "Play",
    "Played",
    "Request",
    "Script",
    "ScriptedEndpoint",
    "Sent",
    "Step",
    "calling",
    "chunk",
    "event",
    "reply",
    "schedule",
]
