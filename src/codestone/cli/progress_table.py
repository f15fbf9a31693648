"""The live table of a run: a row for each contestant, what it does now, and how long the rest may take."""

from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from time import perf_counter_ns

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from codestone.cli.progress_lines import Labels, part, task_of
from codestone.endpoint.chat import OnText
from codestone.speed_record import Outcome
from codestone.timing import Channel
from codestone.trial import Ending, TrialKey, TrialRecord

NOT_YET = "\N{EN DASH}"
_SILENCE_NS = 2_000_000_000
_FASTEST = 1e6
"""Characters per second above which text came at once, and has no rate."""
_DOING = {Channel.CONTENT: "writing", Channel.REASONING: "thinking", Channel.TOOL: "calling a tool"}


@dataclass(slots=True)
class _Asked:
    """A trial in flight. Its counters are written by the thread that reads its reply, without a lock."""

    key: TrialKey
    begun_ns: int
    first_ns: int | None = None
    last_ns: int = 0
    channel: Channel = Channel.CONTENT
    characters: int = 0
    answered: bool = False
    again: str = ""

    def doing(self) -> str:
        """Return what happens, with characters per second while text comes."""
        now_ns, task = perf_counter_ns(), task_of(self.key)
        if self.answered:
            return f"{task} being graded"
        if self.again:
            return f"{task} {self.again}"
        if self.first_ns is None:
            return f"{task} waiting {(now_ns - self.begun_ns) / 1e9:.0f} s for text"
        if now_ns - self.last_ns > _SILENCE_NS:  # a server that pauses, or an answer that is being graded
            return f"{task} last text {(now_ns - self.last_ns) / 1e9:.0f} s ago"
        rate = self.characters * 1e9 / max(1, self.last_ns - self.first_ns)
        return f"{task} {_DOING[self.channel]}{f' {rate:.0f} chars/s' if rate < _FASTEST else ''}"


@dataclass(slots=True)
class _Row:
    done: int = 0
    of: int | None = None
    earned: float = 0.0
    possible: float = 0.0


class LiveTable:
    """What is known of a run while it runs; every method may be called from any thread."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self._lock = Lock()
        self._rows: dict[str, _Row] = {}
        self._asked: dict[TrialKey, _Asked] = {}
        self._finished: set[TrialKey] = set()
        self._left = ""

    def expects(self, keys: Iterable[TrialKey]) -> None:
        """Know beforehand which trials there will be."""
        with self._lock:
            for key in keys:
                row = self._row(key)
                row.of = (row.of or 0) + 1

    def begins(self, key: TrialKey) -> OnText:
        """Take a trial in; what began before it and has not ended is being graded."""
        asked = _Asked(key, perf_counter_ns())
        with self._lock:
            self._row(key)
            for earlier in self._asked.values():
                earlier.answered = True
            self._asked[key] = asked

        def on_text(text: str, channel: Channel) -> None:
            asked.last_ns = perf_counter_ns()
            if asked.first_ns is None:
                asked.first_ns = asked.last_ns
            asked.channel = channel
            asked.characters += len(text)

        return on_text

    def ends(self, outcome: Outcome) -> None:
        """Take a trial out, with its points; one that is asked again later counts once."""
        with self._lock:
            self._asked.pop(outcome.key, None)
            row = self._row(outcome.key)
            row.done += outcome.key not in self._finished
            self._finished.add(outcome.key)
            if isinstance(outcome, TrialRecord):
                row.earned += outcome.score.earned
                row.possible += outcome.score.possible

    def retries(self, key: TrialKey, *, ending: Ending, again_s: float) -> None:
        """Show that a trial waits for another attempt."""
        with self._lock:
            if key in self._asked:
                self._asked[key].again = f"again in {again_s:.0f} s: {ending.words}"

    def forecast(self, words: str) -> None:
        """Show how long the rest may take."""
        with self._lock:
            self._left = words

    def drawing(self) -> RenderableType:
        """Return the table as it stands."""
        with self._lock:
            table = Table(box=None, pad_edge=False, header_style="dim", expand=True)
            table.add_column("contestant", no_wrap=True, ratio=None)
            table.add_column("done", no_wrap=True, justify="right")
            table.add_column("points", no_wrap=True, justify="right")
            table.add_column("now", no_wrap=True, overflow="ellipsis", ratio=1)
            for label, row in self._rows.items():
                points = f"{row.earned:.4g}/{row.possible:g}" if row.possible else NOT_YET
                cells = (label, part(row.done, row.of), points, self._now(label))
                table.add_row(*(Text(cell) for cell in cells))
            left = [Text(f"time left: {self._left}", style="dim")] if self._left else []
            return Group(table, *left)

    def _now(self, label: str) -> str:
        own = [asked for asked in self._asked.values() if self._labels.of(asked.key) == label]
        own.sort(key=lambda asked: asked.answered)  # what is being read comes first
        return ", ".join(asked.doing() for asked in own)

    def _row(self, key: TrialKey) -> _Row:
        return self._rows.setdefault(self._labels.of(key), _Row())
