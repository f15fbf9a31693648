"""How often the trials of each row could be measured, and what kept the others from it. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from codestone.stats.spread import proportion
from codestone.stats.standings import Entrant
from codestone.stats.summary import FailureCount, Reliability
from codestone.trial import Attempt, Ending, TrialKey


def reliability(
    finished: Iterable[TrialKey], attempts: Sequence[Attempt], *, labels: Mapping[Entrant, str]
) -> tuple[Reliability, ...]:
    """Return the rows of which an attempt ended by no doing of the model, the least reliable first.

    A trial counts as measured where any attempt at it was; those that nobody has begun do not count.
    """
    measured: defaultdict[Entrant, set[TrialKey]] = defaultdict(set)
    failed: defaultdict[Entrant, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        failed[attempt.key.contestant, attempt.key.driver].append(attempt)
    for key in finished if failed else ():
        entrant = key.contestant, key.driver
        if entrant in failed:
            measured[entrant].add(key)
    rows = [
        _row(label, measured[entrant], failed[entrant])
        for entrant, label in labels.items()
        if failed[entrant]
    ]
    return tuple(sorted(rows, key=lambda row: (row.measured.k / row.measured.n, -row.attempts)))


def _row(label: str, measured: set[TrialKey], failed: Sequence[Attempt]) -> Reliability:
    begun = measured | {attempt.key for attempt in failed}
    counts = Counter(attempt.ending for attempt in failed)
    return Reliability(
        label=label,
        measured=proportion(len(measured), len(begun)),
        attempts=len(failed),
        endings=tuple(
            FailureCount(ending=ending, doing=ending.doing, words=ending.words, n=counts[ending])
            for ending in Ending
            if counts[ending]
        ),
    )
