"""Progress of a run on stderr: one line per finished trial, and on a terminal what happens right now."""

from time import perf_counter_ns
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from codestone.endpoint.chat import OnText
from codestone.timing import Channel
from codestone.trial import Attempt, TrialKey, TrialRecord

REDRAW_NS = 200_000_000


class Progress:
    """Watches a run; nothing of it is on stdout, so that a report can be piped."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._status = Status("starting", console=self._console) if self._console.is_terminal else None

    def __enter__(self) -> Self:
        if self._status:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status:
            self._status.stop()

    def say(self, text: str) -> None:
        """One line of news."""
        self._console.print(escape(text), soft_wrap=True)

    def begins(self, key: TrialKey, *, number: int, of: int) -> OnText | None:
        """Show what is asked, and on a terminal how much has come so far."""
        title = f"[{number}/{of}] {key.contestant} {key.task}"
        if not self._status:
            return None
        status, begun_ns, shown_ns, count = self._status, perf_counter_ns(), 0, 0
        status.update(escape(f"{title} waiting for the first token"))

        def on_text(text: str, channel: Channel) -> None:
            nonlocal shown_ns, count
            count += len(text)
            now_ns = perf_counter_ns()
            if now_ns - shown_ns > REDRAW_NS:
                shown_ns = now_ns
                doing = "thinking" if channel is Channel.REASONING else "writing"
                seconds = (now_ns - begun_ns) / 1e9
                status.update(escape(f"{title} {doing}, {count} characters, {seconds:.0f} s"))

        return on_text

    def ends(self, outcome: TrialRecord | Attempt, *, number: int, of: int) -> None:
        """Write the trial's line: what it was, its verdict, the reason."""
        key = outcome.key
        line = f"[{number}/{of}] {key.contestant} {key.suite}/{key.task} epoch {key.epoch} "
        if isinstance(outcome, Attempt):
            line += f"NOT MEASURED ({outcome.ending.words}: {outcome.detail})"
        else:
            score = outcome.score
            verdict = "PASS" if score.passed == score.checks else "FAIL"
            line += (
                f"{verdict} {score.passed}/{score.checks} checks, {score.earned:g}/{score.possible:g} points"
            )
            line += "" if outcome.ending == "answered" else f" ({outcome.ending.words})"
            line += f" {outcome.generation_ns / 1e9:.1f} s"
        self.say("".join(c if c.isprintable() else ascii(c)[1:-1] for c in line))
