import gc

import pytest
from pydantic import ValidationError

from codestone.bulk import Sharing, trimmed, uncollected
from codestone.testing.records import make_attempt, make_record
from codestone.trial import Attempt, TrialRecord


def line(record):
    return record.model_dump(mode="json")


@pytest.mark.parametrize(
    ("record", "kind"),
    [(make_record(earned=65), TrialRecord), (make_attempt(), Attempt)],
    ids=["record", "attempt"],
)
def test_a_line_is_read_as_pydantic_reads_it(record, kind):
    """Sharing changes nothing that can be seen, the line included."""
    written = line(record)
    before = line(record)
    found = Sharing().validated(written, kind)
    assert found == record == kind.model_validate(before)
    assert written == before
    assert found.model_dump(exclude_unset=True) == kind.model_validate(before).model_dump(exclude_unset=True)


def test_equal_parts_of_lines_are_one_object():
    """And different ones are not."""
    sharing = Sharing()
    one, other, third = (
        sharing.validated(line(make_record(epoch=epoch, earned=earned)), TrialRecord)
        for epoch, earned in ((1, 100), (2, 100), (3, 0))
    )
    assert one.contestant is other.contestant is third.contestant
    assert one.versions is other.versions
    assert one.checks[0] is other.checks[0]
    assert third.checks[0] is not one.checks[0]
    assert third.score == make_record(earned=0).score


@pytest.mark.parametrize(
    ("damage", "where"),
    [
        ({"contestant": {"name": "x"}}, ("contestant", "model")),
        ({"checks": [{"id": "a"}]}, ("checks", 0, "passed")),
        ({"versions": 3}, ("versions",)),
        ({"key": {"suite": 1}}, ("key", "suite")),
        ({"unknown": 1}, ("unknown",)),
    ],
)
def test_a_damaged_part_is_refused_with_its_place(damage, where):
    """As if the line had been read whole."""
    with pytest.raises(ValidationError) as caught:
        Sharing().validated({**line(make_record()), **damage}, TrialRecord)
    assert where in [fault["loc"] for fault in caught.value.errors()]


def test_trimmed_models_share_their_field_names_and_nothing_else():
    """A copy with a change has names of its own."""
    one, other = trimmed(make_record(epoch=1)), trimmed(make_record(epoch=2))
    assert one.model_fields_set is other.model_fields_set
    assert one != other
    assert one.model_copy(update={"generation": 1}).model_fields_set >= one.model_fields_set
    assert "generation" not in other.model_fields_set


def test_the_collector_rests_and_is_what_it_was_before():
    """Also after an exception, and where somebody has turned it off."""
    assert gc.isenabled()
    with pytest.raises(KeyError), uncollected():
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_is_made_meanwhile_is_old_and_not_frozen():
    """Nobody walks it at the next object, and the collector can still free it."""
    with uncollected():
        made = [[] for _ in range(1000)]
    assert any(each is made for each in gc.get_objects(generation=2))
    assert gc.get_freeze_count() == 0
