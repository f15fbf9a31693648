"""Progress for programs: one JSON object a line on stderr. Documented in docs/how-to/plan-a-night.md."""

import json
import sys
from collections.abc import Iterable
from threading import Lock
from typing import Any

from codestone.cli.progress_lines import detail_of, ending_of, generation_s, verdict
from codestone.speed_record import Outcome
from codestone.trial import Ending, TrialKey, TrialRecord

SCHEMA_VERSION = 1


class JsonProgress:
    """Writes each event as it comes, from whatever thread, a line at a time."""

    def __init__(self) -> None:
        self._lock = Lock()

    def expects(self, keys: Iterable[TrialKey]) -> None:
        """Write ``expects``: how many trials there will be."""
        self._write("expects", trials=len([*keys]))

    def begins(self, key: TrialKey, *, number: int, of: int | None, epochs: int | None) -> None:
        """Write ``begins``."""
        self._write("begins", number=number, of=of, epochs=epochs, key=key.model_dump())

    def ends(self, outcome: Outcome, *, number: int, of: int | None, epochs: int | None) -> None:
        """Write ``ends`` with the verdict; points and checks only where the trial was measured."""
        score = outcome.score.model_dump() if isinstance(outcome, TrialRecord) else None
        self._write(
            "ends", number=number, of=of, epochs=epochs, key=outcome.key.model_dump(),
            verdict=verdict(outcome).lower().replace(" ", "-"), score=score,
            generation_s=generation_s(outcome), ending=ending_of(outcome), doing=ending_of(outcome).doing,
            detail=detail_of(outcome),
        )  # fmt: skip

    def retries(self, key: TrialKey, *, ending: Ending, detail: str, again_s: float) -> None:
        """Write ``retries``."""
        self._write("retries", key=key.model_dump(), ending=ending, detail=detail, again_s=again_s)

    def forecast(self, words: str) -> None:
        """Write ``forecast``."""
        self._write("forecast", words=words)

    def say(self, text: str) -> None:
        """Write ``says``."""
        self._write("says", text=text)

    def _write(self, event: str, **fields: Any) -> None:
        line = json.dumps({"schema_version": SCHEMA_VERSION, "event": event, **fields})
        with self._lock:
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()
