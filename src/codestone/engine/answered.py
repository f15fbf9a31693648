"""A trial before it is asked, and between its two halves: answered, not yet graded."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from codestone.drivers import Transcript
from codestone.endpoint.chat import Timeouts
from codestone.sandbox import Backend
from codestone.task import Task
from codestone.trial import Contestant, TrialKey, Versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """All that one trial needs. ``seed`` goes to the grader's random inputs, and to a seeded sampler.

    ``backend`` makes the boxes; None: what this machine has. ``timeouts`` None: the client's own.
    """

    key: TrialKey
    task: Task
    contestant: Contestant
    seed: int
    versions: Versions
    backend: Backend | None = None
    timeouts: Timeouts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A trial between its two halves: the contestant is done, nothing is graded. ``folder`` is ours."""

    trial: Trial
    transcript: Transcript
    generation_ns: int
    folder: Path
    started: str
    owner: tempfile.TemporaryDirectory[str] = field(repr=False)

    @property
    def workspace(self) -> Path:
        """What the contestant left."""
        return self.folder / "workspace"

    def discard(self) -> None:
        """Remove the folder; a second call does nothing."""
        self.owner.cleanup()
