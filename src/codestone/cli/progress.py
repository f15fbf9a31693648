"""Progress of a run on stderr, so that a report on stdout can be piped: for people, programs, or nobody.

``auto`` and ``lines`` write a line for each trial (``progress_lines.py``), ``auto`` on a terminal with a
live table below them; ``json`` writes an object a line; ``quiet`` writes nothing: errors and the final
report are others' business.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Literal, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from codestone.cli.progress_json import JsonProgress
from codestone.cli.progress_lines import (
    FAIL,
    NOT_MEASURED,
    PASS,
    TIMED,
    Labels,
    retry_line,
    trial_line,
    verdict,
)
from codestone.cli.progress_table import LiveTable
from codestone.endpoint.chat import OnText
from codestone.reports._safe import visible
from codestone.speed_record import Outcome
from codestone.trial import Ending, TrialKey

Mode = Literal["auto", "lines", "json", "quiet"]

_STYLES = {PASS: "green", TIMED: "green", FAIL: "red", NOT_MEASURED: "yellow"}
_REDRAWS_PER_S = 4


class Quiet:
    """Hears everything and says nothing."""

    def expects(self, keys: Iterable[TrialKey]) -> None:
        """Hear which trials there will be."""

    def begins(self, key: TrialKey, *, number: int, of: int | None, epochs: int | None) -> OnText | None:
        """Hear that a trial begins."""

    def ends(self, outcome: Outcome, *, number: int, of: int | None, epochs: int | None) -> None:
        """Hear that a trial ended."""

    def retries(self, key: TrialKey, *, ending: Ending, detail: str, again_s: float) -> None:
        """Hear that a trial is asked again."""

    def forecast(self, words: str) -> None:
        """Hear how long the rest may take."""

    def say(self, text: str) -> None:
        """Hear one line of news."""


class Progress:
    """Lines for people; on a terminal a live table below them, unless ``table`` is False."""

    def __init__(self, *, table: bool = True) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._labels = Labels()
        self._table = LiveTable(self._labels) if table and self._console.is_terminal else None
        self._live = self._table and Live(
            console=self._console,
            get_renderable=self._table.drawing,
            refresh_per_second=_REDRAWS_PER_S,
            transient=True,
            redirect_stdout=False,
        )

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def expects(self, keys: Iterable[TrialKey]) -> None:
        """Hear which trials there will be: each contestant's share of them is shown."""
        if self._table:
            self._table.expects(keys)

    def begins(
        self,
        key: TrialKey,
        *,
        number: int,  # noqa: ARG002 - the line at its end has it
        of: int | None,  # noqa: ARG002
        epochs: int | None,  # noqa: ARG002
    ) -> OnText | None:
        """Show what is asked; on a terminal also how fast text comes."""
        return self._table.begins(key) if self._table else None

    def ends(self, outcome: Outcome, *, number: int, of: int | None, epochs: int | None) -> None:
        """Write the trial's line."""
        label = self._labels.of(outcome.key)
        line = Text(trial_line(outcome, label=label, number=number, of=of, epochs=epochs))
        word = verdict(outcome)
        start = line.plain.find(f" {word}")
        line.stylize(_STYLES[word], start, start + 1 + len(word))
        if self._table:
            self._table.ends(outcome)
        self._print(line)

    def retries(self, key: TrialKey, *, ending: Ending, detail: str, again_s: float) -> None:
        """Write why a trial is asked again, and when."""
        if self._table:
            self._table.retries(key, ending=ending, again_s=again_s)
        label = self._labels.of(key)
        self._print(Text(retry_line(key, label=label, ending=ending, detail=detail, again_s=again_s)))

    def forecast(self, words: str) -> None:
        """Show how long the rest may take: in the table, or as a line where there is none."""
        if self._table:
            self._table.forecast(words)
        else:
            self.say(f"time left: {words}")

    def say(self, text: str) -> None:
        """Write news, whatever a server said in it made harmless."""
        self._print(Text(visible(text, lines=True)))

    def _print(self, line: Text) -> None:
        if self._live:
            self._live.refresh()  # the line is written with the table below it as it was drawn last
        self._console.print(line, soft_wrap=True)


@contextmanager
def make_progress(mode: Mode = "auto") -> Iterator[Progress | JsonProgress | Quiet]:
    """Yield what watches a run in that mode; a live table is taken down at the end."""
    match mode:
        case "auto" | "lines":
            with Progress(table=mode == "auto") as progress:
                yield progress
        case "json":
            yield JsonProgress()
        case "quiet":
            yield Quiet()
