"""``compare A B``: which two are meant, what both have, and what came of it. Reads run directories only."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from codestone.engine.differing import Setting, differences, differing_words
from codestone.engine.plan import Plan
from codestone.engine.report import plan_of
from codestone.errors import UnknownName, UsageError
from codestone.stats.cells import place_of, task_id
from codestone.stats.compared import Compared, ComparedPair, ComparedSide
from codestone.stats.intervals import CONFIDENCE, RESAMPLES, SEED
from codestone.stats.paired import Contender, compare, trials_of
from codestone.stats.summary import Comparison, Method
from codestone.stats.task_pairs import pace_ratios, record_couples, task_pairs
from codestone.store.records import Store
from codestone.trial import Contestant, TrialRecord

SYNTAX = "RUN, RUN:CONTESTANT or RUN:CONTESTANT@DRIVER; :CONTESTANT is one of A's run."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """A run directory as it was read."""

    shown: str
    directory: Path
    plan: Plan
    environment: dict[str, object]
    records: Sequence[TrialRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One contestant of a run with one driver, and its records of the tasks as the plan has them."""

    run: _Run
    contestant: Contestant
    driver: str
    records: Sequence[TrialRecord]

    @property
    def identity(self) -> tuple[Path, str, str]:
        return self.run.directory, self.contestant.name, self.driver

    @property
    def setting(self) -> Setting:
        return Setting(
            contestant=self.contestant,
            driver=self.driver,
            environment=self.run.environment,
            boxes=tuple(sorted({record.versions.box for record in self.records})),
            codestone=tuple(sorted({record.versions.codestone for record in self.records})),
        )


def compared(a: str, b: str) -> Compared:
    """Return everything that is told of A beside B; see SYNTAX for what both may be.

    Raises UsageError where it is not clear which two are meant, UnknownName for a contestant that a run
    does not have, StoreError where a run cannot be read.
    """
    first, pattern_a = _place(a, None)
    second, pattern_b = _place(b, first)
    run_a = _read(first)
    run_b = run_a if first.absolute() == second.absolute() else _read(second)
    pairs = _pairs(_sides(run_a, pattern_a), _sides(run_b, pattern_b))
    common = [(_common(one, other), _common(other, one)) for one, other in pairs]
    comparisons = compare([_contenders(pair, both) for pair, both in zip(pairs, common, strict=True)])
    return Compared(
        method=Method(confidence=CONFIDENCE, resamples=RESAMPLES, seed=SEED),
        pairs=tuple(
            _compared(pair, both, comparison)
            for pair, both, comparison in zip(pairs, common, comparisons, strict=True)
        ),
    )


def _place(text: str, first: Path | None) -> tuple[Path, str]:
    """Return run directory and pattern; the longest directory before a colon is the run."""
    if first is not None and text.startswith(":"):
        return first, text[1:]
    ends = [len(text), *(place for place in range(len(text) - 1, 0, -1) if text[place] == ":")]
    for end in ends:
        if Path(text[:end]).is_dir():
            return Path(text[:end]), text[end + 1 :]
    raise UsageError(f"{text!r} names no run directory", hint=SYNTAX)


def _read(directory: Path) -> _Run:
    with Store.open(directory, read_only=True) as store:
        return _Run(
            shown=str(directory),
            directory=directory.absolute(),
            plan=plan_of(store),
            environment=store.environment,
            records=store.records(),
        )


def _sides(run: _Run, pattern: str) -> list[_Side]:
    """Return whom a pattern means, in the plan's order; an empty one means all of the run."""
    name, at, driver = pattern.rpartition("@")
    if not at or driver not in run.plan.drivers:
        name, driver = pattern, ""
    contestants = [each for each in run.plan.contestants if _means(name, each)]
    if not contestants:
        raise UnknownName("contestant", name, [each.name for each in run.plan.contestants])
    digests = {
        task_id(task.suite, task.task, task.variant): task.digest
        for task in run.plan.tasks
        if not task.skipped
    }
    found: defaultdict[tuple[str, str], list[TrialRecord]] = defaultdict(list)
    for record in run.records:
        contestant, by, task = place_of(record.key)
        if digests.get(task) == record.task_digest:
            found[contestant, by].append(record)
    return [
        _Side(run=run, contestant=each, driver=by, records=found[each.name, by])
        for each in contestants
        for by in run.plan.drivers
        if driver in {"", by}
    ]


def _means(pattern: str, contestant: Contestant) -> bool:
    """Whether a pattern means a contestant: by name, by the start of its name, or by its model."""
    names = (contestant.name, contestant.model)
    return contestant.name.startswith(pattern) or any(fnmatchcase(name, pattern) for name in names)


def _pairs(ones: Sequence[_Side], others: Sequence[_Side]) -> list[tuple[_Side, _Side]]:
    """Return which two are compared: one with each of the others, or in two runs those that both have."""
    if len(ones) == 1 or len(others) == 1:
        pairs = [(one, other) for one in ones for other in others if one.identity != other.identity]
        if not pairs:
            raise UsageError(f"A and B are both {ones[0].contestant.name}", hint=SYNTAX)
        return pairs
    by_name = {(side.contestant.name, side.driver): side for side in others}
    same = [(one, by_name.get((one.contestant.name, one.driver))) for one in ones]
    pairs = [(one, other) for one, other in same if other is not None and one.identity != other.identity]
    if not pairs:
        names = ", ".join(dict.fromkeys(side.contestant.name for side in (*ones, *others)))
        raise UsageError("it is not clear which two are meant", hint=f"{SYNTAX} Here: {names}.")
    return pairs


def _common(side: _Side, other: _Side) -> list[TrialRecord]:
    """Return the records of a side whose task is the same version on the other, in the same epoch."""
    there = {(place_of(each.key).task, each.key.epoch, each.task_digest) for each in other.records}
    return [
        each for each in side.records if (place_of(each.key).task, each.key.epoch, each.task_digest) in there
    ]


def _contenders(
    pair: tuple[_Side, _Side], common: tuple[list[TrialRecord], list[TrialRecord]]
) -> tuple[Contender, Contender]:
    one, other = _labels(*pair)
    return (
        Contender(label=one, trials=trials_of(common[0])),
        Contender(label=other, trials=trials_of(common[1])),
    )


def _labels(one: _Side, other: _Side) -> tuple[str, str]:
    """Return what both are called, with whatever tells them apart."""
    mine, theirs = one.contestant.name, other.contestant.name
    if mine == theirs and one.driver == other.driver:
        return f"{mine} in {one.run.directory.name}", f"{theirs} in {other.run.directory.name}"
    if one.driver != other.driver:
        return f"{mine} · {one.driver}", f"{theirs} · {other.driver}"
    return mine, theirs


def _compared(
    pair: tuple[_Side, _Side], common: tuple[list[TrialRecord], list[TrialRecord]], comparison: Comparison
) -> ComparedPair:
    one, other = pair
    found = differences(one.setting, other.setting)
    couples = record_couples(*common)
    return ComparedPair(
        one=_shown(one, comparison.one),
        other=_shown(other, comparison.other),
        differs=found,
        differs_words=differing_words(found),
        comparison=comparison,
        tasks=task_pairs(couples),
        paces=pace_ratios(couples),
        left_out=tuple(_left_out(one, other)),
    )


def _shown(side: _Side, label: str) -> ComparedSide:
    return ComparedSide(
        run=side.run.shown,
        label=label,
        contestant=side.contestant.name,
        driver=side.driver,
        scripted=side.contestant.scripted,
        boxed=all(record.versions.box != "none" for record in side.records),
    )


def _left_out(one: _Side, other: _Side) -> Iterator[str]:
    """Yield a sentence for each task of which something is not compared."""
    mine, theirs = _epochs(one), _epochs(other)
    for task in sorted({*mine, *theirs}):
        a, b = mine.get(task, {}), theirs.get(task, {})
        if not a or not b:
            yield f"{task}: measured only in {'A' if a else 'B'}"
            continue
        if not {*a.values()} & {*b.values()}:
            yield f"{task}: another version of the task in each"
            continue
        for name, only in (("A", a.keys() - b.keys()), ("B", b.keys() - a.keys())):
            if only:
                epochs = ", ".join(map(str, sorted(only)))
                yield f"{task}: {'epoch' if len(only) == 1 else 'epochs'} {epochs} only in {name}"


def _epochs(side: _Side) -> dict[str, dict[int, str]]:
    """Return the digest of each task by epoch."""
    found: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for record in side.records:
        found[place_of(record.key).task][record.key.epoch] = record.task_digest
    return found
