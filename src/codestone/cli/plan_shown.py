"""How an outlook is shown: as text of at most 80 columns where names allow it, and as JSON."""

from collections.abc import Iterator
from dataclasses import asdict
from textwrap import wrap
from typing import Any

from codestone.engine.outlook import Outlook
from codestone.reports._safe import visible
from codestone.stats.forecast import Forecast, duration, words
from codestone.stats.gap_words import gap_words
from codestone.stats.planned import PlannedSpeed
from codestone.stats.power import detectable_gap
from codestone.trial import Contestant

SCHEMA_VERSION = 1
_WIDTH = 80
_INDENT = 9


def lines(seen: Outlook) -> Iterator[str]:
    """Yield the lines of the text."""
    plan = seen.plan
    passes = _count(plan.epochs or 1, "pass", "passes")
    matrix = [
        _count(len(plan.contestants), "contestant", "contestants"),
        _count(len(plan.drivers), "driver", "drivers"),
        _count(len(seen.tasks), "task", "tasks"),
        passes,
    ]
    trials = f": {' x '.join(matrix)} = {_count(plan.size or 0, 'trial', 'trials')}" if plan.tasks else ""
    yield visible(f"{plan.title}{trials}")
    yield ""
    for contestant in plan.contestants:
        yield visible(f"{contestant.name}  {_where(contestant)}")
        yield f"  {visible(_speed(contestant, seen))}"
    yield from [""] * bool(plan.tasks)
    names = [f"{task.suite}/{task.task}" for task in plan.tasks]
    for name, task in zip(names, plan.tasks, strict=True):
        told = f"skipped: {task.skipped}" if task.skipped else f"{task.possible:>3g} points  {task.title}"
        yield visible(f"{name:<{max(map(len, names))}}  {told}")
    yield ""
    if plan.tasks:
        yield from _paragraph("points", _points(seen))
    if plan.speed is not None and seen.speed is not None:
        yield from _paragraph("speed", _speed_trials(plan.speed, len(plan.contestants), seen.speed))
    yield from _paragraph("time", _time(seen))
    if seen.budget_s is not None:
        yield from _paragraph("budget", _budget(seen, seen.budget_s))
    if plan.tasks:
        yield from _paragraph("gap", _gap(seen))


def as_json(seen: Outlook) -> dict[str, Any]:
    """Return the same as JSON values; None is not measured, shares lie in 0 to 1, durations are seconds."""
    plan = seen.plan
    gap = detectable_gap(tasks=len(seen.tasks), epochs=plan.epochs or 1, spread=seen.spread)
    return {
        "schema_version": SCHEMA_VERSION,
        "title": plan.title,
        "contestants": [contestant.model_dump(mode="json") for contestant in plan.contestants],
        "drivers": list(plan.drivers),
        "tasks": [task.model_dump(mode="json") for task in plan.tasks],
        "epochs": plan.epochs,
        "trials": plan.size,
        "points": seen.points,
        "speed": None
        if plan.speed is None
        else {**plan.speed.model_dump(), "estimate": seen.speed and asdict(seen.speed)},
        "estimate": {"whole": asdict(seen.whole), "one_pass": asdict(seen.one_pass)},
        "probes": {name: asdict(probe) for name, probe in seen.probes.items()},
        "records_seen": seen.records,
        "gap": {
            "share": gap,
            "spread": asdict(seen.spread),
            "words": gap_words(tasks=len(seen.tasks), epochs=plan.epochs or 1, spread=seen.spread),
        },
        "budget": None if seen.budget_s is None else {"seconds": seen.budget_s, "passes": seen.passes},
    }


def _where(contestant: Contestant) -> str:
    if contestant.launch is None:
        return f"{contestant.server} at {contestant.base_url}"
    return f"{contestant.server}, started by the run"


def _speed(contestant: Contestant, seen: Outlook) -> str:
    probe = seen.probes.get(contestant.name)
    if probe is None:
        return "speed not probed (--probe)"
    if probe.tokens_per_s is None:
        return f"speed not measured: {probe.why}"
    prompt = probe.prompt_tokens_per_s
    return f"{probe.tokens_per_s:.3g} tokens/s" + (
        "" if prompt is None else f", prompt at least {prompt:.3g} tokens/s"
    )


def _speed_trials(planned: PlannedSpeed, contestants: int, expected: Forecast) -> str:
    runs = _count(planned.epochs, "timed run", "timed runs")
    of = f"{_count(len(planned.trials), 'speed trial', 'speed trials')} x {runs}"
    after = "alone on the machine, after all that is graded"
    return f"{_count(contestants, 'contestant', 'contestants')} x {of}, {after}: {words(expected)}"


def _points(seen: Outlook) -> str:
    return f"{seen.points:g} for each contestant in a pass" + (
        ", with each driver" if len(seen.plan.drivers) > 1 else ""
    )


def _time(seen: Outlook) -> str:
    told = sum(probe.tokens_per_s is not None for probe in seen.probes.values())
    known = [_count(seen.records, "earlier trial", "earlier trials")] if seen.records else []
    known += [f"a probe of {_count(told, 'contestant', 'contestants')}"] if told else []
    source = " and ".join(known) or "nothing but the output budgets: --probe, --seen RUN"
    whole, one_pass = words(seen.whole), words(seen.one_pass)
    alone = "" if seen.plan.epochs == 1 else f"; one pass {one_pass}"
    return f"{whole}{alone}; from {source}. Loading models and waiting for servers come on top."


def _budget(seen: Outlook, budget_s: float) -> str:
    fits = _count(seen.passes or 1, "pass fits", "passes fit")
    if seen.one_pass.likely_s > budget_s:
        return f"{duration(budget_s)} may not be enough for one pass: the report will say what is missing."
    return f"{fits} into {duration(budget_s)} by the likely estimate, re-estimated after each pass."


def _gap(seen: Outlook) -> str:
    spread = seen.spread
    said = gap_words(tasks=len(seen.tasks), epochs=seen.plan.epochs or 1, spread=spread)
    known = bool(spread.between_df or spread.within_df)
    basis = "the usual ones, corrected by those trials" if known else "assumed"
    between, within = f"{100 * spread.between:.0f}", f"{100 * spread.within:.0f}"
    return (
        f"{said}. At 80 % power and 95 % confidence, with a spread of {between} points between tasks"
        f" and {within} from pass to pass ({basis})."
    )


def _paragraph(name: str, text: str) -> Iterator[str]:
    first, *rest = wrap(text, _WIDTH - _INDENT, break_long_words=False, break_on_hyphens=False)
    yield f"{name:<{_INDENT}}{first}"
    yield from (" " * _INDENT + line for line in rest)


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"
