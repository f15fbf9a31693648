"""From a run directory to its summary and its report files."""

from collections.abc import Sequence
from pathlib import Path

from codestone import plugins
from codestone.engine.plan import Plan
from codestone.stats.planned import Planned
from codestone.stats.summarise import summarise
from codestone.stats.summary import Summary
from codestone.store.files import write_whole
from codestone.store.paths import trial_path
from codestone.store.records import Store

FILES = {"markdown": "report.md", "json": "report.json"}


def read(directory: Path) -> Summary:
    """Return the summary of a run directory, whether its run has ended or not."""
    with Store.open(directory, read_only=True) as store:
        return summary_of(store)


def summary_of(store: Store) -> Summary:
    """Return the summary of a run: a function of its records, its attempts and its plan."""
    plan = Plan.model_validate(store.plan)
    environment = store.environment
    planned = Planned(
        title=plan.title,
        started=environment.get("started"),
        directory=str(store.directory),
        environment=environment,
        epochs=plan.epochs,
        contestants=plan.contestants,
        drivers=plan.drivers,
        tasks=plan.tasks,
    )
    return summarise(
        store.records(), store.attempts(), planned=planned, artifacts=lambda key: str(trial_path(key))
    )


def write_reports(store: Store, summary: Summary) -> Sequence[Path]:
    """Write the reports that every run leaves behind; return their paths."""
    paths = []
    for report, name in FILES.items():
        path = store.directory / name
        write_whole(path, plugins.find("reports", report).render(summary).encode())
        paths.append(path)
    return paths
