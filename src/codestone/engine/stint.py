"""One contestant's part of one pass: served once, every trial asked, what a server broke asked again."""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Protocol

from codestone.drivers import Transcript
from codestone.endpoint.chat import OnText, Timeouts
from codestone.endpoint.client import Client
from codestone.endpoint.repetition import both
from codestone.engine.answered import Answered, Trial
from codestone.engine.budget import Budget
from codestone.engine.desk import Desk
from codestone.engine.interrupt import Interrupt
from codestone.engine.outcome import unasked
from codestone.engine.trial import answer, settle
from codestone.errors import EndpointError
from codestone.sandbox import Backend
from codestone.speed_record import Outcome
from codestone.store.records import Store
from codestone.task import Task
from codestone.trial import Contestant, Ending, Retry, TrialKey, Versions

LAUNCHES = 3
"""How often a server of ours is started in one stint: it may die twice."""
LONGEST_PAUSE_S = 30.0


class Watch(Protocol):
    """Told of a run's progress. ``number`` counts trials from 1.

    ``of`` trials and ``epochs`` are None where the budget decides how many there will be.
    """

    def expects(self, keys: Sequence[TrialKey]) -> None:
        """Hear which trials the next pass has."""

    def begins(self, key: TrialKey, *, number: int, of: int | None, epochs: int | None) -> OnText | None:
        """Hear that a trial begins; return what wants to see its text, if anything does."""

    def ends(self, outcome: Outcome, *, number: int, of: int | None, epochs: int | None) -> None:
        """Hear that a trial ended; with overlap from another thread, and after the next one began."""

    def retries(self, key: TrialKey, *, ending: Ending, detail: str, again_s: float) -> None:
        """Hear that a trial is asked again in so many seconds."""

    def forecast(self, words: str) -> None:
        """Hear how long the rest may take."""

    def say(self, text: str) -> None:
        """One line of news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The place of each trial in the run, from 1; ``of`` and ``epochs`` as ``Watch`` has them."""

    places: dict[TrialKey, int] = field(default_factory=dict)
    of: int | None
    epochs: int | None

    def add(self, keys: Sequence[TrialKey], *, after: int) -> None:
        """Give a pass's trials the places after ``after``."""
        self.places.update({key: place for place, key in enumerate(keys, start=after + 1)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a server is waited for within one trial, in seconds; pauses double from ``pause_s`` on."""

    away_s: float = 60.0
    loading_s: float = 900.0
    pause_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a run works with; tasks by "suite/task".

    ``serve`` makes a contestant answer for the length of a context, ``timeouts`` says how long its replies
    may take, ``overlaps`` whether its answers may be graded while it is asked on.
    """

    tasks: Mapping[str, Task]
    serve: Callable[[Contestant], AbstractContextManager[Client]]
    versions: Versions
    seed: Callable[[TrialKey], int]
    timeouts: Callable[[Contestant, Task], Timeouts] = lambda contestant, task: Timeouts()  # noqa: ARG005
    overlaps: Callable[[Contestant], bool] = lambda contestant: False  # noqa: ARG005
    backend: Backend | None = None
    patience: Patience = Patience()


@dataclass(slots=True, kw_only=True)
class Stint:
    """The trials of one contestant in one pass. ``numbers`` has the place of each key in the run."""

    contestant: Contestant
    bench: Bench
    store: Store
    desk: Desk
    watch: Watch
    budget: Budget
    interrupt: Interrupt
    numbers: Numbers
    _again: list[TrialKey] = field(default_factory=list)
    _away: bool = False

    def run(self, keys: Sequence[TrialKey]) -> None:
        """Ask every key; what the server broke gets a second chance when all others are done."""
        if keys and not self.budget.spent:
            self._serve_for(deque(keys), again=False)
        if self._again:
            self._serve_for(deque(self._again), again=True)

    def _serve_for(self, left: deque[TrialKey], *, again: bool) -> None:
        """Serve, and ask until none is left; a server of ours that died meanwhile is started anew."""
        for _ in range(LAUNCHES):
            try:
                with self.bench.serve(self.contestant) as client:
                    self._ask(left, client, again=again)
            except EndpointError as error:
                self._not_loaded(left, error.message, again=again)
                return
            if not left or self.budget.spent:
                return
        self._not_loaded(left, f"its server ended {LAUNCHES} times", again=True)

    def _ask(self, left: deque[TrialKey], client: Client, *, again: bool) -> None:
        """Ask in order; return early when the server that we launched is gone."""
        while left and not self.budget.spent:
            answered = self._patiently(self._trial(left[0]), client)
            ending = answered.transcript.ending
            if self.contestant.launch is not None and ending is Ending.UNREACHABLE:
                self._retried(answered, again_s=0.0)
                return
            key = left.popleft()
            if ending.retry is Retry.ONCE and not again:
                self._again.append(key)
            self.desk.take(answered, overlap=self.bench.overlaps(self.contestant))

    def _patiently(self, trial: Trial, client: Client) -> Answered:
        """Ask; where the server is away or loading, wait a bounded time and ask anew, each attempt kept."""
        waited_s, pause_s = 0.0, self.bench.patience.pause_s
        while True:
            answered = self._within_budget(self._answer(trial, client))
            ending = answered.transcript.ending
            if ending.retry is not Retry.WAIT:
                self._away = False
                return answered
            if self.contestant.launch is not None and ending is Ending.UNREACHABLE:
                return answered
            if self._away or waited_s >= self._patience_s(ending) or self.budget.spent:
                self._away = True  # the other trials need not wait as long again
                return answered
            self._retried(answered, again_s=pause_s)
            threading.Event().wait(pause_s)
            waited_s, pause_s = waited_s + pause_s, min(2 * pause_s, LONGEST_PAUSE_S)

    def _within_budget(self, answered: Answered) -> Answered:
        """Take a silence that the budget ended for what it is: nobody's fault."""
        if self.budget.spent and answered.transcript.ending in {Ending.OUT_OF_TIME, Ending.STALLED}:
            ended = replace(answered.transcript, ending=Ending.CANCELLED, detail=self.budget.words)
            return replace(answered, transcript=ended)
        return answered

    def _patience_s(self, ending: Ending) -> float:
        patience = self.bench.patience
        return patience.loading_s if ending is Ending.LOADING else patience.away_s

    def _answer(self, trial: Trial, client: Client) -> Answered:
        number = self.numbers.places[trial.key]
        on_text = self.watch.begins(trial.key, number=number, of=self.numbers.of, epochs=self.numbers.epochs)
        try:
            return answer(trial, client, on_text=both(self.budget.listen, on_text))
        except KeyboardInterrupt:
            with self.interrupt.held():
                self.store.append_attempt(unasked(trial, Ending.CANCELLED, "interrupted by the user"))
            raise

    def _retried(self, answered: Answered, *, again_s: float) -> None:
        """Write the attempt down, and say that there will be another."""
        transcript: Transcript = answered.transcript
        with self.interrupt.held():
            settle(answered, self.store)
        self.watch.retries(
            answered.trial.key, ending=transcript.ending, detail=transcript.detail, again_s=again_s
        )

    def _not_loaded(self, left: deque[TrialKey], why: str, *, again: bool) -> None:
        """Say of each trial that the model could not be loaded; they stay pending."""
        self._again += () if again else left
        while left:
            key = left.popleft()
            attempt = unasked(self._trial(key), Ending.LOAD_FAILED, why.splitlines()[0])
            self.store.append_attempt(attempt)
            self.watch.ends(
                attempt,
                number=self.numbers.places[key],
                of=self.numbers.of,
                epochs=self.numbers.epochs,
            )

    def _trial(self, key: TrialKey) -> Trial:
        task = self.bench.tasks[f"{key.suite}/{key.task}"]
        return Trial(
            key=key,
            task=task,
            contestant=self.contestant,
            seed=self.bench.seed(key),
            versions=self.bench.versions,
            backend=self.bench.backend,
            timeouts=self.budget.bounds(self.bench.timeouts(self.contestant, task)),
        )
