from codestone.stats.reliability import reliability
from codestone.testing.records import make_attempt, make_record
from codestone.trial import Doing, Ending

LABELS = {(name, "single"): name for name in ("m1", "m2", "m3")}


def rows(finished, attempts):
    return reliability([record.key for record in finished], attempts, labels=LABELS)


def test_a_trial_counts_as_measured_where_any_attempt_at_it_was():
    """Two of the three trials that were begun; each failed attempt is counted with whose doing it was."""
    attempts = [
        make_attempt(contestant="m1", epoch=1),
        make_attempt(contestant="m1", epoch=3),
        make_attempt(contestant="m1", epoch=3, ending=Ending.BOX_FAILED),
    ]
    (row,) = rows([make_record(contestant="m1", epoch=n) for n in (1, 2)], attempts)
    assert (row.label, row.measured.k, row.measured.n, row.attempts) == ("m1", 2, 3, 3)
    assert [(each.ending, each.doing, each.n) for each in row.endings] == [
        (Ending.UNREACHABLE, Doing.SERVER, 2),
        (Ending.BOX_FAILED, Doing.OURS, 1),
    ]


def test_the_least_reliable_stands_first_and_who_never_failed_not_at_all():
    """m3 was always measured; m2 never."""
    finished = [make_record(contestant=name) for name in ("m1", "m3")]
    attempts = [make_attempt(contestant="m1", epoch=2), make_attempt(contestant="m2")]
    found = rows(finished, attempts)
    assert [(row.label, row.measured.k, row.measured.n) for row in found] == [("m2", 0, 1), ("m1", 1, 2)]
    assert rows(finished, []) == ()
