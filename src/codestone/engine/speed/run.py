"""The speed trials of a run: after all that is graded, a contestant at a time, alone on the machine."""

from codestone.engine.budget import Budget
from codestone.engine.interrupt import Interrupt
from codestone.engine.plan import Plan
from codestone.engine.speed.expected import expected
from codestone.engine.speed.stint import SpeedStint
from codestone.engine.speed.trials import keys_of
from codestone.engine.stint import Bench, Watch
from codestone.stats.forecast import words
from codestone.store.records import Store
from codestone.trial import TrialKey


def pending(plan: Plan, store: Store) -> tuple[TrialKey, ...]:
    """Return the speed trials of the plan that have no record yet, in their order."""
    if plan.speed is None:
        return ()
    finished = store.finished_speed()
    return tuple(key for key in keys_of(plan.speed, plan.contestants) if key not in finished)


def run_speed(  # noqa: PLR0913 - what a run is made of
    plan: Plan, store: Store, bench: Bench, *, watch: Watch, budget: Budget, interrupt: Interrupt
) -> None:
    """Run them until all are measured, or the budget is spent.

    A contestant gets all of its runs before the next one begins: it is loaded and warmed up once, and its
    runs have one state of the server in common.
    """
    keys = pending(plan, store)
    if plan.speed is None or not keys:
        return
    places = {key: place for place, key in enumerate(keys_of(plan.speed, plan.contestants), start=1)}
    watch.expects(keys)
    watch.forecast(words(expected(keys, store.records(), speeds={})))
    for contestant in plan.contestants:
        own = [key for key in keys if key.contestant == contestant.name]
        if budget.spent:
            watch.say("the budget is used up: speed trials are left, and --resume does them")
            return
        if own:
            stint = SpeedStint(
                contestant=contestant,
                bench=bench,
                store=store,
                watch=watch,
                budget=budget,
                interrupt=interrupt,
                places=places,
                epochs=plan.speed.epochs,
            )
            stint.run(own)
