import pytest

from codestone.testing.records import make_attempt, make_contestant, make_record
from codestone.trial import CheckResult, Ending


@pytest.mark.parametrize("earned", [0, 45, 65, 90, 100])
def test_a_record_earns_what_it_is_asked_to(earned):
    """Score and checks agree."""
    record = make_record(earned=earned)
    assert record.score.earned == earned
    assert sum(check.points for check in record.checks) == record.score.possible == 100
    assert record.score.passed == sum(check.passed for check in record.checks)


def test_fields_of_key_and_record_are_told_apart():
    """A key's field goes to the key, everything else to the record."""
    record = make_record(epoch=3, task="fizz", contestant="other", ending=Ending.EMPTY)
    assert (record.key.epoch, record.key.task, record.key.contestant) == (3, "fizz", "other")
    assert record.contestant.name == "other"
    assert record.ending is Ending.EMPTY


def test_checks_bring_their_score_along():
    """A test that is about checks says nothing of the score."""
    check = CheckResult(id="a", passed=True, points=40, evidence="")
    assert make_record(checks=[check]).score.earned == 40


def test_a_whole_contestant_names_the_key():
    """Key and contestant never disagree."""
    contestant = make_contestant("scripted", scripted=True)
    assert make_attempt(contestant=contestant).key.contestant == "scripted"
    assert make_attempt(contestant=contestant).contestant == contestant
