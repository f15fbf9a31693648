"""Which planted bugs were fixed, by whom, and how hard each was for the models of the run. Pure.

A bug is fixed in a trial where all checks that show its fix pass, and is not where one fails that was told.
It is not known where the only checks that failed could not be run, because the answer does not compile.

Its difficulty is observed: the share of the models' different answers that fixed it, *easy* from EASY_FROM
up, *hard* below HARD_BELOW, *medium* between, not known with fewer than KNOWN_FROM answers. Copies of a
model's answer count once, and scripts not at all. Not covered: how hard it is for other models.
"""

from collections.abc import Iterable, Mapping, Sequence

from codestone.stats.answer_summary import BugCell, BugRow, Difficulty
from codestone.stats.figures import Proportion
from codestone.stats.spread import proportion
from codestone.stats.standings import Entrant
from codestone.trial import TrialRecord

OfTask = Mapping[Entrant, Sequence[TrialRecord]]
"""The records of one task, by contestant and driver; entrants without one have an empty row."""

EASY_FROM = 0.8
HARD_BELOW = 0.5
KNOWN_FROM = 10


def bug_rows(task: str, records: OfTask) -> tuple[BugRow, ...]:
    """Return a row for each bug of a task, in the order of the checks; none where no check names one."""
    checks: dict[str, list[str]] = {}
    first = next((row[0] for row in records.values() if row), None)
    for check in first.checks if first else ():
        if check.bug is not None:
            checks.setdefault(check.bug, []).append(check.id)
    return tuple(_row(task, bug, ids, records=records) for bug, ids in checks.items())


def difficulty_of(fixed: Proportion) -> Difficulty:
    """Return the word for how often different answers of models fixed a bug."""
    if fixed.n < KNOWN_FROM:
        return "not known"
    share = fixed.k / fixed.n
    return "easy" if share >= EASY_FROM else "hard" if share < HARD_BELOW else "medium"


def _row(task: str, bug: str, checks: Sequence[str], *, records: OfTask) -> BugRow:
    verdicts = {entrant: [_fixed(record, bug) for record in row] for entrant, row in records.items()}
    answers = {
        (*entrant, record.reply_digest): verdict
        for entrant, row in records.items()
        for record, verdict in zip(row, verdicts[entrant], strict=True)
        if verdict is not None and not record.contestant.scripted
    }
    fixed = _proportion(answers.values())
    return BugRow(
        task=task,
        bug=bug,
        checks=tuple(checks),
        fixed=fixed,
        difficulty=difficulty_of(fixed),
        cells=tuple(
            BugCell(contestant=contestant, driver=driver, n=len(row), fixed=_proportion(row))
            for (contestant, driver), row in verdicts.items()
        ),
    )


def _fixed(record: TrialRecord, bug: str) -> bool | None:
    """Return whether a trial's answer fixed the bug; None where that is not known."""
    shown = [check for check in record.checks if check.bug == bug]
    if any(check.told and not check.passed for check in shown):
        return False
    return all(check.passed for check in shown) or None


def _proportion(verdicts: Iterable[bool | None]) -> Proportion:
    told = [verdict for verdict in verdicts if verdict is not None]
    return proportion(sum(told), len(told))
