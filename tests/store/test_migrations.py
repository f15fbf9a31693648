import pytest

from codestone.errors import StoreError
from codestone.store.migrations import UPGRADES, upgraded
from codestone.trial import RECORD_VERSION


def test_todays_line_is_left_as_it_is():
    """Version 1 is the first and needs no step."""
    assert upgraded({"schema_version": 1, "a": 2}) == {"schema_version": 1, "a": 2}


def test_every_version_before_today_has_its_step():
    """No released record becomes unreadable."""
    assert set(UPGRADES) == set(range(1, RECORD_VERSION))


def test_old_lines_go_through_every_step_in_order():
    """Each function sees the version that it was written for."""
    steps = {1: lambda line: {**line, "seen": [1]}, 2: lambda line: {**line, "seen": [*line["seen"], 2]}}
    line = upgraded({"schema_version": 1}, upgrades=steps, newest=3)
    assert line == {"schema_version": 3, "seen": [1, 2]}


def test_a_newer_version_is_refused_with_the_remedy():
    """An old Codestone does not guess at a new record."""
    with pytest.raises(StoreError, match="newer") as caught:
        upgraded({"schema_version": RECORD_VERSION + 1})
    assert "Update Codestone" in caught.value.hint


@pytest.mark.parametrize(
    "value", [{}, {"schema_version": "1"}, {"schema_version": True}, {"schema_version": 0}, [], 3]
)
def test_what_is_no_record_is_refused(value):
    """A line without a version is none of ours."""
    with pytest.raises(StoreError):
        upgraded(value)
