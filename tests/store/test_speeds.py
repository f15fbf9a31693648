import json

import pytest

from codestone.errors import StoreError
from codestone.store.records import Store
from codestone.store.speeds import SPEEDS
from codestone.testing.records import make_record, make_speed_record


@pytest.fixture
def directory(tmp_path):
    """A run with two finished speed trials."""
    with Store.create(tmp_path / "run", {}, {}) as store:
        store.append_speed(make_speed_record())
        store.append_speed(make_speed_record(task="large-code"))
    return tmp_path / "run"


def test_what_was_written_is_read_again(directory):
    """In its order; records of graded trials are another file, and there is none without speed trials."""
    with Store.open(directory) as store:
        assert store.speed_records() == (make_speed_record(), make_speed_record(task="large-code"))
        assert store.finished_speed() == {record.key for record in store.speed_records()}
        assert (store.records(), store.finished()) == ((), frozenset())
        store.append(make_record())
    assert len((directory / SPEEDS).read_text().splitlines()) == 2
    with Store.create(directory.parent / "other", {}, {}) as store:
        assert store.speed_records() == ()
    assert not (directory.parent / "other" / SPEEDS).exists()


def test_no_trial_has_two_records(directory):
    """Neither appended, nor read."""
    with Store.open(directory) as store, pytest.raises(StoreError, match="already holds a record"):
        store.append_speed(make_speed_record())
    text = (directory / SPEEDS).read_text()
    (directory / SPEEDS).write_text(text + text)
    with pytest.raises(StoreError, match=rf"{SPEEDS}:3: a second record of speed/small-code"):
        Store.open(directory)


@pytest.mark.parametrize("torn", [b'{"schema_version": 1, "key"', b'{"schema_version": 1, "key"\n'])
def test_a_torn_last_line_is_passed_over_and_cut_by_the_next_one(directory, torn):
    """As in records.jsonl: kill -9 in the middle of a write loses the trial in flight."""
    whole = (directory / SPEEDS).read_bytes()
    (directory / SPEEDS).write_bytes(whole + torn)
    with Store.open(directory, read_only=True) as store:
        assert len(store.speed_records()) == 2
    assert (directory / SPEEDS).read_bytes() == whole + torn
    with Store.open(directory) as store:
        store.append_speed(make_speed_record(epoch=2))
    lines = (directory / SPEEDS).read_bytes().splitlines()
    assert b"\n".join(lines[:2]) + b"\n" == whole
    assert json.loads(lines[2])["key"]["epoch"] == 2
    assert len(Store.open(directory, read_only=True).speed_records()) == 3


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"schema_version": 2}', "newer than this Codestone reads"),
        (b'{"schema_version": 1, "key": 3}', f"{SPEEDS}:1: "),
        (b"[]", "not a JSON object"),
    ],
)
def test_a_bad_line_is_named(directory, line, words):
    """With the remedy."""
    (directory / SPEEDS).write_bytes(line + b"\n" + (directory / SPEEDS).read_bytes())
    with pytest.raises(StoreError, match=words) as raised:
        Store.open(directory)
    assert raised.value.hint


def test_a_store_for_reading_takes_none(directory):
    """Nor one that is closed."""
    store = Store.open(directory, read_only=True)
    with pytest.raises(StoreError, match="not open for writing"):
        store.append_speed(make_speed_record(epoch=9))
