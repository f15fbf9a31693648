"""From a run directory to its summary and its report files."""

from collections.abc import Sequence
from pathlib import Path

from codestone import plugins
from codestone.bulk import uncollected
from codestone.engine.exhibits import exhibits
from codestone.engine.plan import Plan
from codestone.reports import html
from codestone.speed_record import SPEED
from codestone.stats.planned import Planned, PlannedTask
from codestone.stats.summarise import summarise
from codestone.stats.summary import Summary
from codestone.store.paths import trial_path
from codestone.store.records import Store
from codestone.trial import TrialRecord

FILES = {"markdown": "report.md", "json": "report.json", "html": "report.html"}


def read(directory: Path) -> Summary:
    """Return the summary of a run directory, whether its run has ended or not."""
    with Store.open(directory, read_only=True) as store:
        return summary_of(store)


def summary_of(store: Store) -> Summary:
    """Return the summary of a run: a function of its records, its attempts and its plan."""
    plan = plan_of(store)
    generations = store.generations
    environment = store.environment
    planned = Planned(
        title=plan.title,
        started=environment.get("started"),
        directory=str(store.directory),
        environment=environment,
        epochs=plan.epochs or _begun(store),
        contestants=plan.contestants,
        drivers=plan.drivers,
        bands=plan.bands,
        tasks=plan.tasks,
        regraded=generations[-1].head.written if generations else None,
        serving=store.serving(),
        speed=plan.speed,
    )
    with uncollected():
        return summarise(
            store.records(),
            store.attempts(),
            planned=planned,
            artifacts=trial_path,
            speed=store.speed_records(),
        )


def _begun(store: Store) -> int:
    """Return how many passes were begun, where the budget decides how many there are."""
    keys = [*store.finished(), *(attempt.key for attempt in store.attempts())]
    return max((key.epoch for key in keys if key.suite != SPEED), default=1)


def plan_of(store: Store) -> Plan:
    """Return a run's plan; a task that was regraded stands in it as its last grading knew it.

    Raises StoreError where ``plan.json`` does not hold a plan.
    """
    plan = store.plan_as(Plan)
    regraded: dict[tuple[str, str, str], TrialRecord] = {}
    for record in sorted(store.records(), key=lambda record: record.generation):
        if record.generation:
            regraded[record.key.suite, record.key.task, record.key.variant] = record
    tasks = (_as_regraded(task, regraded.get((task.suite, task.task, task.variant))) for task in plan.tasks)
    return plan.model_copy(update={"tasks": tuple(tasks)})


def _as_regraded(task: PlannedTask, record: TrialRecord | None) -> PlannedTask:
    if record is None:
        return task
    digest, title, possible = record.task_digest, record.task_title, record.score.possible
    return task.model_copy(update={"digest": digest, "title": title, "possible": possible})


def drawn(report: str, summary: Summary, directory: Path) -> str:
    """Return a report of that name; the HTML page is handed what the trials left in the run directory."""
    if report == "html":
        return html.render(summary, artifacts=exhibits(directory, summary))
    text = plugins.find("reports", report).render(summary)
    assert isinstance(text, str), f"{report} drew {type(text)}"
    return text


def write_reports(store: Store, summary: Summary) -> Sequence[Path]:
    """Write the reports that every run leaves behind; return their paths."""
    return [
        store.write_report(name, drawn(report, summary, store.directory).encode())
        for report, name in FILES.items()
    ]
