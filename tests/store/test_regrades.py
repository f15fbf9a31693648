import os
import signal
import subprocess
import sys
import textwrap

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.errors import StoreError
from codestone.store.records import Store
from codestone.store.regrades import Kept
from codestone.testing.records import make_record

WHEN = "2026-01-02T00:00:00Z"


@pytest.fixture
def run(tmp_path):
    """Return a run of three finished trials."""
    directory = tmp_path / "run"
    with Store.create(directory, {}, {}) as store:
        for epoch in (2, 1, 3):
            store.append(make_record(epoch=epoch, earned=65))
    return directory


def again(generation, *epochs, **changes):
    """Return new records of some trials."""
    return [make_record(epoch=epoch, generation=generation, **changes) for epoch in epochs]


def seen(run):
    """Return epoch, generation and points of every record, as a reader gets them."""
    with Store.open(run, read_only=True) as store:
        return [(one.key.epoch, one.generation, one.score.earned) for one in store.records()]


def test_the_newest_generation_counts_and_the_order_stays(run):
    """Records come in the order in which trials finished; records.jsonl is left alone."""
    old = (run / "records.jsonl").read_bytes()
    with Store.open(run) as store:
        path = store.regrade(again(1, 1, 2), written=WHEN)
        assert path == run / "regrades" / "1.jsonl"
        assert store.next_generation == 2
        store.regrade(again(2, 1, earned=0), written=WHEN)
        live = store.records()
    assert seen(run) == [(2, 1, 100), (1, 2, 0), (3, 0, 65)]
    assert [one.generation for one in live] == [1, 2, 0]
    assert (run / "records.jsonl").read_bytes() == old


def test_a_run_goes_on_after_a_regrading(run):
    """What is appended then is seen beside it, and no finished trial is pending again."""
    with Store.open(run) as store:
        store.regrade(again(1, 1, 2, 3), written=WHEN)
        store.append(make_record(epoch=4))
        assert len(store.finished()) == 4
    assert seen(run) == [(2, 1, 100), (1, 1, 100), (3, 1, 100), (4, 0, 100)]


def test_a_generation_tells_when_and_what_was_kept(run):
    """In its first line."""
    kept = Kept(key=make_record(epoch=3).key, why="the box broke")
    with Store.open(run) as store:
        path = store.regrade(again(1, 1, 2), written=WHEN, kept=[kept])
    head, *rest = map(orjson.loads, path.read_bytes().splitlines())
    assert (head["generation"], head["written"], head["records"], len(rest)) == (1, WHEN, 2, 2)
    assert head["kept"][0]["why"] == "the box broke"
    (generation,) = Store.open(run, read_only=True).generations
    assert generation.head.kept == (kept,)


@pytest.mark.parametrize(
    ("records", "message"),
    [
        (again(2, 1), "is of generation 2, not 1"),
        (again(1, 9), "no finished trial of this run"),
        (again(1, 1, 1), "a second record"),
        (again(1, 1, reply_digest="0" * 64), "no finished trial of this run"),
    ],
)
def test_what_is_no_regrading_of_this_run_is_not_written(run, records, message):
    """No number is skipped, no key is new, none comes twice, and the answer is the same."""
    with Store.open(run) as store, pytest.raises(StoreError, match=message):
        store.regrade(records, written=WHEN)
    assert not (run / "regrades").exists()
    assert [one[1] for one in seen(run)] == [0, 0, 0]


def test_a_trial_that_was_run_anew_keeps_its_own_verdict(run):
    """Its line was lost and it was asked again: the regrading is of another answer."""
    with Store.open(run) as store:
        store.regrade(again(1, 1, 2, 3), written=WHEN)
    path = run / "records.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    assert [one[0] for one in seen(run)] == [2, 1]
    with Store.open(run) as store:
        store.append(make_record(epoch=3, earned=0, started="2026-01-03T00:00:00Z"))
    assert seen(run)[-1] == (3, 0, 0)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:-1], "holds 1 of 2"),
        (lambda data: data[: data.rindex(b"\n", 0, -1) + 1], "holds 1 of 2"),
        (lambda _: b"", r"1\.jsonl: "),
        (lambda data: data.replace(b"\n{", b"\n", 1), r"1\.jsonl:2: not JSON"),
        (lambda data: data.replace(b'"generation":1', b'"generation":7'), "not generation 1"),
        (lambda data: data.replace(b'"task_title"', b'"title"', 1), r"1\.jsonl:2: "),
        (lambda data: data.replace(b'"written"', b'"when"'), r"1\.jsonl: "),
        (
            lambda data: data.replace(b'"epoch":2', b'"epoch":1'),
            r"1\.jsonl:3: a second record .* beside line 2",
        ),
    ],
)
def test_a_damaged_generation_is_named_with_the_remedy(run, damage, message):
    """It was written whole, so nothing of it is passed over; without the file the run is as before."""
    with Store.open(run) as store:
        path = store.regrade(again(1, 1, 2), written=WHEN)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StoreError, match=message) as caught:
        Store.open(run)
    assert "delete it and regrade" in caught.value.hint
    path.unlink()
    assert [one[1] for one in seen(run)] == [0, 0, 0]


def test_a_kill_while_a_generation_is_written_leaves_none(run):
    """At whatever byte: the draft is never read, and is gone when the run is next opened for writing."""
    code = """
        import os, signal, sys
        from pathlib import Path
        from codestone.store import files
        from codestone.store.records import Store

        class Killing:
            def __init__(self, file): self.file = file
            def __enter__(self): return self
            def __exit__(self, *_): self.file.close()
            def write(self, data):
                self.file.write(data[: len(data) * int(sys.argv[2]) // 100])
                self.file.flush()
                os.kill(os.getpid(), signal.SIGKILL)

        fdopen = os.fdopen
        files.os.fdopen = lambda *a: Killing(fdopen(*a))
        with Store.open(Path(sys.argv[1])) as store:
            records = [one.model_copy(update={"generation": 1}) for one in store.records()]
            store.regrade(records, written="2026-01-02T00:00:00Z")
        """
    for percent in (0, 50, 100):
        ran = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code), str(run), str(percent)], timeout=60, check=False
        )
        assert ran.returncode == -signal.SIGKILL
        (draft,) = os.listdir(run / "regrades")
        assert draft.startswith(".partial-")
        assert [one[1] for one in seen(run)] == [0, 0, 0]
        with Store.open(run) as store:
            assert store.next_generation == 1
        assert os.listdir(run / "regrades") == []


@given(st.lists(st.sets(st.integers(1, 3), min_size=1), max_size=4))
def test_each_trial_has_its_last_regrading(tmp_path_factory, generations):
    """Whichever trials each generation holds, while the store is open and after."""
    run = tmp_path_factory.mktemp("run")
    with Store.create(run, {}, {}) as store:
        for epoch in (1, 2, 3):
            store.append(make_record(epoch=epoch))
        for number, epochs in enumerate(generations, start=1):
            store.regrade(again(number, *sorted(epochs)), written=WHEN)
        live = store.records()
    last = {
        epoch: max((n for n, epochs in enumerate(generations, start=1) if epoch in epochs), default=0)
        for epoch in (1, 2, 3)
    }
    assert {one.key.epoch: one.generation for one in live} == last
    assert Store.open(run, read_only=True).records() == live
