"""One contestant's speed trials: served once, warmed up once, then timed, with nothing else going on."""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codestone.drivers import Transcript
from codestone.endpoint.chat import Ask, OnText
from codestone.endpoint.client import Client
from codestone.endpoint.repetition import both
from codestone.engine.artifacts import keep
from codestone.engine.asking import timed_asker
from codestone.engine.budget import Budget
from codestone.engine.interrupt import Interrupt
from codestone.engine.serving_checks.prompts import told_context
from codestone.engine.speed.measure import busy, load, measure, unmeasured
from codestone.engine.speed.sizing import Size
from codestone.engine.speed.trials import OUTPUT_TOKENS, TRIALS
from codestone.engine.speed.warm import WarmUpFailed, warm_up
from codestone.engine.stint import LAUNCHES, LONGEST_PAUSE_S, Bench, Watch
from codestone.engine.time_limit import timeouts_for
from codestone.errors import EndpointError
from codestone.speed_record import SpeedRecord
from codestone.store.records import Store
from codestone.task import Limits
from codestone.trial import Attempt, Contestant, Ending, Retry, TrialKey

_TIMEOUTS = timeouts_for(Limits(reply_tokens=OUTPUT_TOKENS), tokens_per_second=None)


@dataclass(slots=True, kw_only=True)
class SpeedStint:
    """The speed trials of one contestant; ``places`` has the number of each key, of all speed trials."""

    contestant: Contestant
    bench: Bench
    store: Store
    watch: Watch
    budget: Budget
    interrupt: Interrupt
    places: Mapping[TrialKey, int]
    epochs: int

    def run(self, keys: Sequence[TrialKey]) -> None:
        """Measure every key; a server of ours that died meanwhile is started anew, and warmed up again."""
        left = deque(keys)
        for _ in range(LAUNCHES):
            try:
                with self.bench.serve(self.contestant) as client:
                    self._warmed(left, client)
            except EndpointError as error:
                self._none(left, Ending.LOAD_FAILED, error.message.splitlines()[0])
                return
            if not left or self.budget.spent:
                return
        self._none(left, Ending.LOAD_FAILED, f"its server ended {LAUNCHES} times")

    def _warmed(self, left: deque[TrialKey], client: Client) -> None:
        """Warm up, then measure until none is left, or the server that we launched is gone."""
        self.watch.say(f"{self.contestant.name}: warming up for its speed trials{busy(load())}")
        sizes = self._sizes(left, client)
        while left and sizes is not None and not self.budget.spent:
            if self._gone(self._patiently(left[0], client, sizes[left[0].task])):
                return
            left.popleft()

    def _sizes(self, left: deque[TrialKey], client: Client) -> Mapping[str, Size] | None:
        """Warm up; where that fails for good, say it of every trial that is left, and return None.

        Nothing of it is counted, so what broke once is not kept.
        """
        ask = self._ask(left[0], client)
        waited_s, pause_s, once = 0.0, self.bench.patience.pause_s, True
        while True:
            try:
                return warm_up(ask, told_context(self.contestant.facts))
            except WarmUpFailed as failed:
                exchange = failed.reply.exchange
            except KeyboardInterrupt:
                self._write(left[0], Ending.CANCELLED, "interrupted by the user")
                raise
            if self._gone(exchange.ending):
                return None
            waits = self._waits(exchange.ending, waited_s)
            if not waits and not (once and exchange.ending.retry is Retry.ONCE):
                self._none(left, exchange.ending, f"warm-up: {exchange.detail or exchange.ending.words}")
                return None
            threading.Event().wait(pause_s)
            waited_s, pause_s = waited_s + pause_s, min(2 * pause_s, LONGEST_PAUSE_S)
            once = once and waits

    def _patiently(self, key: TrialKey, client: Client, size: Size) -> Ending | None:
        """Measure; where the server is away or loading, wait and ask anew; where it broke, once more.

        Every attempt is kept. Returns the ending that the trial was left with, None where it was measured.
        """
        number, of = self.places[key], len(self.places)
        on_text = self.watch.begins(key, number=number, of=of, epochs=self.epochs)
        ask = self._ask(key, client, on_text)
        waited_s, pause_s, once = 0.0, self.bench.patience.pause_s, True
        while True:
            outcome = self._once(key, ask, size)
            ending = outcome.ending if isinstance(outcome, Attempt) else None
            waits = ending is not None and self._waits(ending, waited_s)
            again = once and ending is not None and ending.retry is Retry.ONCE and not self.budget.spent
            if isinstance(outcome, SpeedRecord) or not (waits or again or self._gone(ending)):
                self.watch.ends(outcome, number=number, of=of, epochs=self.epochs)
                return ending
            wait_s = pause_s if waits else 0.0
            self.watch.retries(key, ending=outcome.ending, detail=outcome.detail, again_s=wait_s)
            if self._gone(ending):
                return ending
            threading.Event().wait(wait_s)
            waited_s, pause_s = waited_s + wait_s, min(2 * pause_s, LONGEST_PAUSE_S)
            once = once and waits

    def _once(self, key: TrialKey, ask: Ask, size: Size) -> SpeedRecord | Attempt:
        """Measure once, and write it down: a record last, so that its presence means finished."""
        if size.why_not:
            return self._write(key, Ending.REJECTED, size.why_not)
        try:
            outcome, transcript = measure(
                TRIALS[key.task], key, contestant=self.contestant, size=size, ask=ask
            )
        except KeyboardInterrupt:
            self._write(key, Ending.CANCELLED, "interrupted by the user")
            raise
        with self.interrupt.held():
            self._keep(outcome, transcript)
        return outcome

    def _keep(self, outcome: SpeedRecord | Attempt, transcript: Transcript) -> None:
        if isinstance(outcome, SpeedRecord):
            keep(self.store, outcome.key, transcript)
            self.store.append_speed(outcome)
            return
        number = self.store.next_attempt(outcome.key)
        keep(self.store, outcome.key, transcript, attempt=number)
        self.store.append_attempt(outcome.model_copy(update={"number": number}))

    def _gone(self, ending: Ending | None) -> bool:
        """Whether a server of ours has ended: then it is started anew, and not waited for."""
        return self.contestant.launch is not None and ending is Ending.UNREACHABLE

    def _waits(self, ending: Ending, waited_s: float) -> bool:
        patience = self.bench.patience
        most_s = patience.loading_s if ending is Ending.LOADING else patience.away_s
        patient = ending.retry is Retry.WAIT and not self._gone(ending)
        return patient and waited_s < most_s and not self.budget.spent

    def _none(self, left: deque[TrialKey], ending: Ending, detail: str) -> None:
        """Say of each trial that is left why it was not measured; they stay pending."""
        while left:
            key = left.popleft()
            attempt = self._write(key, ending, detail)
            self.watch.ends(attempt, number=self.places[key], of=len(self.places), epochs=self.epochs)

    def _write(self, key: TrialKey, ending: Ending, detail: str) -> Attempt:
        attempt = unmeasured(key, self.contestant, ending=ending, detail=detail)
        with self.interrupt.held():
            self.store.append_attempt(attempt)
        return attempt

    def _ask(self, key: TrialKey, client: Client, on_text: OnText | None = None) -> Ask:
        return timed_asker(
            self.contestant,
            client,
            seed=self.bench.seed(key),
            timeouts=_TIMEOUTS,
            on_text=both(self.budget.listen, on_text),
        )
