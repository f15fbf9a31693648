"""What the last runs of this folder know of models by their ids: how they were served, how long trials took.

Another launch configuration of the same model may be served otherwise and take longer: what is said from
here names the run that it comes from.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codestone.errors import CodestoneError
from codestone.serving import Finding
from codestone.trial import TrialRecord

RUNS = Path("runs")
MOST_RUNS = 3
MOST_BYTES = 4 << 20
"""Of the records of a run; one with more is left out, so that nobody waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What one run knows of one model; ``findings`` are those of its check, if there was one."""

    run: str
    findings: tuple[Finding, ...] = ()
    records: Sequence[TrialRecord] = field(default=(), repr=False)

    def state(self, finding: str) -> str:
        """Return "ok", "warning", "broken" or "not measured" of that finding; "" where it was not asked."""
        return next((found.state for found in self.findings if found.id == finding), "")


def earlier(folder: Path = RUNS) -> dict[str, Earlier]:
    """Return what the newest runs know, by model id; newer hides older, and scripts are no models."""
    known: dict[str, Earlier] = {}
    plans = sorted(folder.glob("*/plan.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for directory in [plan.parent for plan in plans[:MOST_RUNS]]:
        try:
            if (directory / "records.jsonl").stat().st_size <= MOST_BYTES:
                known = {**_of(directory), **known}
        except (CodestoneError, OSError):
            continue  # a run that cannot be read is no reason to show nothing
    return known


def _of(directory: Path) -> dict[str, Earlier]:
    from codestone.engine.plan import Plan  # noqa: PLC0415 - only where there are runs
    from codestone.store.records import Store  # noqa: PLC0415

    with Store.open(directory, read_only=True) as store:
        plan, serving, records = store.plan_as(Plan), store.serving(), store.records()
    return {
        contestant.model: Earlier(
            run=directory.name,
            findings=serving.get(contestant.name, ()),
            records=[record for record in records if record.key.contestant == contestant.name],
        )
        for contestant in plan.contestants
        if not contestant.scripted
    }
