"""Speed trials of scripted models with known rates."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from codestone.endpoint.client import Client
from codestone.engine.budget import Budget
from codestone.engine.interrupt import Interrupt
from codestone.engine.plan import Plan
from codestone.engine.report import summary_of
from codestone.engine.speed.run import run_speed
from codestone.engine.speed.trials import planned_speed
from codestone.engine.stint import Bench, Patience
from codestone.store.records import Store
from codestone.testing.records import make_contestant
from codestone.trial import Fact, Launch, Versions


@dataclass
class Heard:
    """Watches a run and keeps what it was told."""

    said: list = field(default_factory=list)
    outcomes: list = field(default_factory=list)
    places: list = field(default_factory=list)
    again: list = field(default_factory=list)

    def expects(self, keys):
        self.said.append(len([*keys]))

    def begins(self, key, *, number, of, epochs):
        self.places.append((number, of, epochs))

    def ends(self, outcome, *, number, of, epochs):
        self.outcomes.append(outcome)

    def retries(self, key, *, ending, detail, again_s):
        self.again.append(ending)

    def forecast(self, words):
        self.said.append(words)

    def say(self, text):
        self.said.append(text)


@dataclass
class Trials:
    """One run directory with speed trials and nothing else; ``go`` again goes on with it."""

    directory: Path
    watch: Heard = field(default_factory=Heard)
    served: list = field(default_factory=list)

    def go(  # noqa: PLR0913 - what a run has
        self, urls, *, context=32_768, launched=False, epochs=None, budget_s=None, patience=None, **changes
    ):
        """Time every model of ``urls`` (model id to base URL) and return its rows of the summary."""
        contestants = tuple(
            make_contestant(
                name,
                model=name,
                base_url="" if callable(url) else url,
                facts={} if context is None else {"context_served": Fact(value=context, source="server")},
                launch=Launch() if launched else None,
                **changes,
            )
            for name, url in urls.items()
        )
        plan = Plan(title="speed", tasks=(), contestants=contestants, speed=planned_speed(epochs))
        store = (
            Store.open(self.directory) if self.directory.exists() else Store.create(self.directory, plan, {})
        )

        @contextmanager
        def serve(contestant):
            self.served.append(contestant.model)
            url = urls[contestant.model]
            with Client(url() if callable(url) else url) as client:
                yield client

        bench = Bench(
            tasks={},
            serve=serve,
            versions=Versions(codestone="0", python="3", box="?"),
            seed=lambda _: 7,
            patience=patience or Patience(away_s=0, loading_s=0, pause_s=0),
        )
        with store, Interrupt() as interrupt:
            run_speed(plan, store, bench, watch=self.watch, budget=Budget(budget_s), interrupt=interrupt)
            return summary_of(store).speed_trials


@pytest.fixture
def trials(tmp_path) -> Trials:
    """Speed trials in a new directory."""
    return Trials(tmp_path / "run")
