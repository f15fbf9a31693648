"""``summarise``: records → Summary. Pure: the same records give the same summary, in whatever order."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from codestone.errors import StoreError
from codestone.speed_record import SpeedRecord
from codestone.stats.bugs import OfTask, bug_rows
from codestone.stats.cells import Gathered, Place, Where, cell, place_of, task_id
from codestone.stats.facts import fact_rows
from codestone.stats.intervals import CONFIDENCE, RESAMPLES, SEED
from codestone.stats.paired import Contender, compare_all, trials_of
from codestone.stats.planned import Planned, PlannedTask
from codestone.stats.reliability import reliability
from codestone.stats.speed_trials import is_of_speed, speed_trials
from codestone.stats.standings import Entrant, labels, standings
from codestone.stats.summary import (
    Cell,
    Failure,
    Method,
    RunFacts,
    ServingRow,
    SpeedTrials,
    Standing,
    Summary,
    TaskRow,
    ThinkingSeen,
)
from codestone.stats.thinking import Asked, seen_of
from codestone.stats.twins import Entry, twins
from codestone.trial import Attempt, TrialKey, TrialRecord

Records = Sequence[TrialRecord]
Attempts = Sequence[Attempt]


def summarise(
    records: Records,
    attempts: Attempts,
    *,
    planned: Planned,
    artifacts: Where | None = None,
    speed: Sequence[SpeedRecord] = (),
) -> Summary:
    """Return every number that a report may show; ``speed`` holds the records of speed trials.

    ``artifacts`` says where a trial's artifacts lie, relative to the run directory. Raises StoreError
    for a record or attempt that the plan does not hold, and for two records of one trial.
    """
    attempts = sorted(attempts, key=lambda a: (_order(a.key), a.started, a.ending, a.detail, a.number or 0))
    graded = [attempt for attempt in attempts if not is_of_speed(attempt)]
    gathered = _gathered(records, graded, planned)
    cells = _cells(gathered, planned, artifacts)
    fresh = _by_entrant(records, planned)
    rows = standings(planned, cells=_asked(cells, planned), records=fresh) if planned.tasks else ()
    contenders = [
        Contender(label=row.label, trials=trials_of(fresh.get((row.contestant, row.driver), ())))
        for row in rows
    ]
    thinking = _thinking(planned, [*records, *speed])
    by_task = _by_task(gathered, planned)
    timed = speed_trials(speed, [a for a in attempts if is_of_speed(a)], planned)
    return Summary(
        run=_run(planned, records, attempts, rows=rows, speed=speed, timed=timed),
        method=Method(confidence=CONFIDENCE, resamples=RESAMPLES, seed=SEED),
        contestants=planned.contestants,
        thinking=thinking,
        serving=_serving(planned),
        tasks=_task_rows(planned, cells.values()),
        standings=rows,
        comparisons=compare_all(contenders),
        twins=twins(
            _entries(planned, rows, contenders), thinking={each.contestant: each for each in thinking}
        ),
        cells=tuple(one for row in cells.values() for one in row),
        bugs=tuple(row for task, its in by_task for row in bug_rows(_id(task), its)),
        facts=tuple(row for task, its in by_task for row in fact_rows(_id(task), its, titles=task.facts)),
        failures=_failures(attempts, [*records, *speed], planned, where=artifacts),
        reliability=reliability((record.key for record in records), graded, labels=labels(planned)),
        speed_trials=timed,
    )


def _order(key: TrialKey) -> tuple[str, str, str, str, str, int]:
    return (key.suite, key.task, key.variant, key.contestant, key.driver, key.epoch)


def _id(task: PlannedTask) -> str:
    return task_id(task.suite, task.task, task.variant)


def _gathered(records: Records, attempts: Attempts, planned: Planned) -> dict[Place, Gathered]:
    """Return what came back for each cell; raise StoreError for a line without one, or that comes twice."""
    by_epoch: defaultdict[Place, dict[int, TrialRecord]] = defaultdict(dict)
    for record in records:
        place, epoch = place_of(record.key), record.key.epoch
        if epoch in by_epoch[place]:
            raise StoreError(f"two records of one trial: {', '.join(place)}")
        by_epoch[place][epoch] = record
    failed = Counter(place_of(attempt.key) for attempt in attempts)
    places = [
        Place(contestant.name, driver, _id(task))
        for contestant in planned.contestants
        for driver in planned.drivers
        for task in planned.tasks
    ]
    strays = {*by_epoch, *failed}.difference(places)
    if strays:
        raise StoreError(f"a record does not belong to this run's plan: {', '.join(min(strays))}")
    return {
        place: Gathered(
            records=[record for _, record in sorted(by_epoch[place].items())], attempts=failed[place]
        )
        for place in places
    }


def _cells(
    gathered: Mapping[Place, Gathered], planned: Planned, where: Where | None
) -> dict[Entrant, list[Cell]]:
    """Return the cells of each row, in the order of the plan's tasks."""
    return {
        (contestant.name, driver): [
            cell(place, gathered[place], task=task, epochs=planned.epochs, where=where)
            for task in planned.tasks
            for place in [Place(contestant.name, driver, _id(task))]
        ]
        for contestant in planned.contestants
        for driver in planned.drivers
    }


def _task_rows(planned: Planned, rows: Iterable[Sequence[Cell]]) -> tuple[TaskRow, ...]:
    stale: Counter[str] = Counter()
    for row in rows:
        stale.update({one.task: one.stale for one in row})
    return tuple(
        TaskRow(
            id=_id(task),
            title=task.title,
            possible=task.possible,
            skipped=task.skipped,
            stale=stale[_id(task)],
        )
        for task in planned.tasks
    )


def _asked(cells: dict[Entrant, list[Cell]], planned: Planned) -> dict[Entrant, list[Cell]]:
    """Return the cells without the tasks that nobody was asked: they are in nobody's total."""
    skipped = {_id(task) for task in planned.tasks if task.skipped}
    return {entrant: [one for one in row if one.task not in skipped] for entrant, row in cells.items()}


def _by_entrant(records: Records, planned: Planned) -> dict[Entrant, list[TrialRecord]]:
    """Return the records of the tasks that were asked, as these are today, by entrant.

    In the order in which they came: walking 100,000 records as they lie in memory takes half of the time.
    """
    asked = [task for task in planned.tasks if not task.skipped]
    digests = {(task.suite, task.task, task.variant): task.digest for task in asked}
    found: defaultdict[Entrant, list[TrialRecord]] = defaultdict(list)
    for record in records:
        key = record.key
        if record.task_digest == digests.get((key.suite, key.task, key.variant)):
            found[key.contestant, key.driver].append(record)
    return found


def _by_task(gathered: Mapping[Place, Gathered], planned: Planned) -> list[tuple[PlannedTask, OfTask]]:
    """Return the records of each task that was asked, by entrant; each entrant has a row."""
    return [
        (
            task,
            {
                (each.name, driver): gathered[Place(each.name, driver, _id(task))].of(task.digest)
                for each in planned.contestants
                for driver in planned.drivers
            },
        )
        for task in planned.tasks
        if not task.skipped
    ]


def _entries(
    planned: Planned, rows: Sequence[Standing], contenders: Sequence[Contender]
) -> tuple[Entry, ...]:
    """Return each row of the ranking with its contestant and its trials, in the order of the ranking."""
    by_name = {each.name: each for each in planned.contestants}
    return tuple(
        Entry(by_name[row.contestant], row.driver, contender)
        for row, contender in zip(rows, contenders, strict=True)
    )


def _thinking(planned: Planned, records: Sequence[Asked]) -> tuple[ThinkingSeen, ...]:
    """Return what the replies of each contestant show, stale ones and those of speed trials too."""
    asked: defaultdict[str, list[Asked]] = defaultdict(list)
    for record in records:
        asked[record.key.contestant].append(record)
    return tuple(seen_of(each, asked[each.name]) for each in planned.contestants)


def _serving(planned: Planned) -> tuple[ServingRow, ...]:
    return tuple(
        ServingRow(contestant=each.name, scripted=each.scripted, findings=planned.serving[each.name])
        for each in planned.contestants
        if planned.serving.get(each.name)
    )


def _failures(
    attempts: Attempts,
    records: Sequence[TrialRecord | SpeedRecord],
    planned: Planned,
    *,
    where: Where | None,
) -> tuple[Failure, ...]:
    finished = {record.key for record in records} if attempts else set()
    called = labels(planned)
    return tuple(
        Failure(
            label=called.get((attempt.key.contestant, attempt.key.driver), attempt.key.contestant),
            task=place_of(attempt.key)[2],
            epoch=attempt.key.epoch,
            ending=attempt.ending,
            doing=attempt.ending.doing,
            words=attempt.ending.words,
            detail=attempt.detail,
            started=attempt.started,
            settled=attempt.key in finished,
            artifacts=f"{where(attempt.key)}/attempt-{attempt.number}" if where and attempt.number else None,
        )
        for attempt in attempts
    )


def _run(  # noqa: PLR0913 - all that a run consists of
    planned: Planned,
    records: Records,
    attempts: Attempts,
    *,
    rows: Sequence[Standing],
    speed: Sequence[SpeedRecord],
    timed: Sequence[SpeedTrials],
) -> RunFacts:
    graded = [attempt for attempt in attempts if not is_of_speed(attempt)]
    versions = {line.versions for lines in (records, graded) for line in lines}
    by = [(version.codestone, version.python) for version in versions]
    by += [(record.codestone, record.python) for record in speed]
    generations = Counter(record.generation for record in records)
    generation = max(generations, default=0)
    return RunFacts(
        title=planned.title,
        started=planned.started,
        directory=planned.directory,
        codestone=tuple(sorted({codestone for codestone, _ in by})),
        python=tuple(sorted({python for _, python in by})),
        boxes=tuple(sorted({version.box for version in versions})),
        environment=planned.environment,
        epochs=planned.epochs,
        drivers=planned.drivers,
        scripted=tuple(contestant.name for contestant in planned.contestants if contestant.scripted),
        planned=sum(row.trials for row in rows) + sum(row.planned for row in timed),
        measured=sum(row.trials_measured for row in rows) + sum(row.n for row in timed),
        attempts=len(attempts),
        generation=generation,
        regraded=planned.regraded,
        regraded_trials=generations[generation] if generation else 0,
    )
