"""Run a plan: pass by pass, within a pass contestant by contestant, every trial that has no record yet."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import count

from codestone.engine.budget import Budget
from codestone.engine.desk import Desk
from codestone.engine.interrupt import Interrupt
from codestone.engine.plan import Plan
from codestone.engine.stint import Bench, Numbers, Stint, Watch
from codestone.stats.forecast import Forecast, words
from codestone.store.records import Store
from codestone.trial import Attempt, TrialKey, TrialRecord

Estimate = Callable[[Sequence[TrialKey]], Forecast]
"""How long these trials may take, by what has been seen so far."""


def run(  # noqa: PLR0913 - what a run is made of
    plan: Plan,
    store: Store,
    bench: Bench,
    *,
    watch: Watch,
    estimate: Estimate,
    budget: Budget,
    interrupt: Interrupt,
) -> None:
    """Run pass after pass until the plan is done, or the budget: no pass is begun that will not fit.

    The first pass is begun in any case. Without a number of passes it goes on as long as they fit, and ends
    after one in which nothing could be measured. Ctrl-C loses at most the trial in flight.
    """
    numbers = Numbers(of=plan.size, epochs=plan.epochs)

    def told(outcome: TrialRecord | Attempt) -> None:
        number = numbers.places[outcome.key]
        watch.ends(outcome, number=number, of=numbers.of, epochs=numbers.epochs)

    stint = partial(
        Stint, bench=bench, store=store, watch=watch, budget=budget, interrupt=interrupt, numbers=numbers
    )
    begun = len(store.finished())
    watch.expects([key for key in plan.after(0) if key not in store.finished()])
    with Desk(store, interrupt=interrupt, told=told) as desk:
        for epoch in count(1) if plan.epochs is None else range(1, plan.epochs + 1):
            keys = [key for key in plan.one_pass(epoch) if key not in store.finished()]
            if not keys:
                continue
            expected = estimate(keys)
            if epoch == 1 or plan.epochs is None:
                watch.forecast(words(estimate([*keys, *plan.after(epoch)])))
            if budget.spent or (epoch > 1 and not budget.has_room(expected.likely_s)):
                watch.say(f"pass {epoch} does not fit the budget: {words(expected)} of work")
                return
            numbers.add(keys, after=begun)
            begun += len(keys)
            if plan.epochs is None:
                watch.expects(keys)
            for contestant in plan.contestants:
                its = [key for key in keys if key.contestant == contestant.name]
                stint(contestant=contestant, desk=desk).run(its)
            if plan.epochs is None:
                desk.clear()
                if store.finished().isdisjoint(keys):
                    watch.say(f"pass {epoch}: nothing could be measured, so no other is begun")
                    return
            if rest := plan.after(epoch):
                watch.forecast(words(estimate(rest)))
