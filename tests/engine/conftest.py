"""A run on a bench: real tasks, a scripted server, a store on disk; no discovery, no launch."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from codestone.endpoint.chat import Timeouts
from codestone.endpoint.client import Client
from codestone.engine.budget import Budget
from codestone.engine.interrupt import Interrupt
from codestone.engine.plan import Plan, planned, sampling_seed
from codestone.engine.run import run
from codestone.engine.stint import Bench, Patience
from codestone.stats.forecast import Forecast
from codestone.store.records import Store
from codestone.task import Task
from codestone.testing.records import make_contestant
from codestone.trial import Launch, Versions

QUICK = Timeouts(connect_s=30, first_s=60, silence_s=60, wall_s=120)


@dataclass
class Told:
    """Watches a run and keeps what it was told, in order."""

    said: list = field(default_factory=list)
    outcomes: list = field(default_factory=list)
    again: list = field(default_factory=list)
    events: list = field(default_factory=list)
    forecasts: list = field(default_factory=list)

    def expects(self, keys):
        self.events.append(("expects", len(keys)))

    def begins(self, key, *, number, of, epochs):
        self.events.append(("begins", number))

    def ends(self, outcome, *, number, of, epochs):
        self.events.append(("ends", number))
        self.outcomes.append(outcome)

    def retries(self, key, *, ending, detail, again_s):
        self.again.append(ending)

    def forecast(self, words):
        self.forecasts.append(words)

    def say(self, text):
        self.said.append(text)

    @property
    def endings(self) -> list:
        """(model, epoch, ending) of each outcome."""
        return [(o.contestant.model, o.key.epoch, str(o.ending)) for o in self.outcomes]


@dataclass
class Stand:
    """One run directory and what runs in it."""

    directory: Path
    task: Task
    watch: Told = field(default_factory=Told)
    served: list = field(default_factory=list)

    def go(  # noqa: PLR0913 - what a run has
        self,
        urls,
        *,
        epochs=1,
        launched=(),
        budget_s=None,
        likely_s=lambda _: 0.0,
        drivers=("single",),
        kind=Store,
        **bench,
    ) -> Store:
        """Run every model of ``urls`` (model id to base URL); a second call goes on with the same run."""
        contestants = tuple(
            make_contestant(
                name,
                model=name,
                base_url=url if isinstance(url, str) else "",
                launch=Launch() if name in launched else None,
            )
            for name, url in urls.items()
        )
        plan = Plan(
            title="t", tasks=(planned(self.task),), contestants=contestants, epochs=epochs, drivers=drivers
        )
        store = (
            kind.open(self.directory) if self.directory.exists() else kind.create(self.directory, plan, {})
        )

        @contextmanager
        def serve(contestant):
            self.served.append(contestant.model)
            url = urls[contestant.model]
            with Client(url() if callable(url) else url, timeouts=QUICK) as client:
                yield client

        made = {
            "tasks": {self.task.id: self.task},
            "serve": serve,
            "versions": Versions(codestone="0", python="3", box="?"),
            "seed": lambda key: sampling_seed(plan, key),
            "timeouts": lambda *_: QUICK,
            "patience": Patience(away_s=0, loading_s=0, pause_s=0),
            **bench,
        }
        with store, Interrupt() as interrupt:
            run(
                plan,
                store,
                Bench(**made),
                watch=self.watch,
                estimate=lambda keys: Forecast(low_s=0, likely_s=likely_s(keys), high_s=0),
                budget=Budget(budget_s),
                interrupt=interrupt,
            )
        return store


@pytest.fixture
def stand(small_task, tmp_path) -> Stand:
    """A run of the small task in a new directory."""
    return Stand(directory=tmp_path / "run", task=small_task)
