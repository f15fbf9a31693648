import json
import signal
import subprocess
import sys
import textwrap

import pytest

from codestone.errors import StoreError
from codestone.store.records import Store
from codestone.testing.records import make_attempt, make_exchange, make_record

PLAN = {"title": "quick"}


@pytest.fixture
def run(tmp_path):
    """Return where a run is to lie."""
    return tmp_path / "runs" / "one"


def created(run):
    """Begin a run."""
    return Store.create(run, PLAN, {"cores": 2})


def test_what_was_written_comes_back(run):
    """Records, attempts, plan and environment survive closing, in their order."""
    records = [make_record(epoch=2, earned=65), make_record(epoch=1)]
    with created(run) as store:
        for record in records:
            store.append(record)
        store.append_attempt(make_attempt(epoch=3))
    with Store.open(run) as store:
        assert store.records() == tuple(records)
        assert store.attempts() == (make_attempt(epoch=3),)
        assert store.plan == PLAN
        assert store.environment == {"cores": 2}
        assert store.finished() == {record.key for record in records}


def test_an_attempt_leaves_its_trial_pending(run):
    """Only a record means finished."""
    with created(run) as store:
        store.append_attempt(make_attempt())
        assert store.finished() == frozenset()


def test_a_run_is_begun_in_an_empty_directory_only(run):
    """An old run is never written over."""
    created(run).close()
    with pytest.raises(StoreError, match="not empty") as caught:
        created(run)
    assert "--resume" in caught.value.hint


def test_a_directory_without_a_plan_is_no_run(tmp_path):
    """Said before anything is created there."""
    with pytest.raises(StoreError, match=r"no plan\.json"):
        Store.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_plan_bytes_are_written_verbatim(run):
    """What was planned stands on disk to the byte."""
    Store.create(run, b'{ "a": 1 }', make_record()).close()
    assert (run / "plan.json").read_bytes() == b'{ "a": 1 }'
    assert json.loads((run / "environment.json").read_bytes())["task_title"] == "Add two numbers"


def test_a_last_line_torn_at_every_byte_is_cut_on_opening(run):
    """The trial in flight is lost, and nothing else; it can be appended again."""
    with created(run) as store:
        store.append(make_record(epoch=1))
        store.append(make_record(epoch=2))
    path = run / "records.jsonl"
    data = path.read_bytes()
    first = data.index(b"\n") + 1
    for end in range(first, len(data)):
        path.write_bytes(data[:end])
        with Store.open(run) as store:
            assert store.records() == (make_record(epoch=1),)
        assert path.read_bytes() == data[:first]
    with Store.open(run) as store:
        store.append(make_record(epoch=2))
    assert path.read_bytes() == data


def test_a_torn_attempt_is_cut_too(run):
    """attempts.jsonl keeps the same promise."""
    with created(run) as store:
        store.append_attempt(make_attempt())
    path = run / "attempts.jsonl"
    path.write_bytes(path.read_bytes() + b'{"schema')
    with Store.open(run) as store:
        assert store.attempts() == (make_attempt(),)


def test_reading_beside_a_writer_changes_nothing(run):
    """A report of a running run takes no lock and leaves a line alone that is being written."""
    with created(run) as store:
        store.append(make_record())
        path = run / "records.jsonl"
        path.write_bytes(path.read_bytes() + b'{"half')
        with Store.open(run, read_only=True) as reader:
            assert reader.records() == (make_record(),)
            with pytest.raises(StoreError, match="not open for writing"):
                reader.append(make_record(epoch=2))
            with pytest.raises(StoreError, match="not open for writing"):
                reader.write_artifact(make_record().key, "reply.md", b"")
        assert path.read_bytes().endswith(b'{"half')


def test_a_bad_line_in_the_middle_is_named(run):
    """Damage is never taken for a pending trial."""
    with created(run) as store:
        store.append(make_record(epoch=1))
        store.append(make_record(epoch=2))
    path = run / "records.jsonl"
    path.write_bytes(b"{" + path.read_bytes())
    with pytest.raises(StoreError, match=r"records\.jsonl:1"):
        Store.open(run)
    path.write_bytes(path.read_bytes()[1:])
    Store.open(run).close()


def test_a_whole_last_line_that_is_no_record_is_not_cut(run):
    """A newer version's record is refused and kept: cutting it would lose a night."""
    with created(run) as store:
        store.append(make_record())
    path = run / "records.jsonl"
    data = path.read_bytes()
    for change in (b'"schema_version":2', b'"schema_version":1,"unknown":1'):
        path.write_bytes(data.replace(b'"schema_version":1', change))
        with pytest.raises(StoreError, match=r"records\.jsonl:1"):
            Store.open(run)
        assert change in path.read_bytes()


def test_two_records_of_one_trial_are_refused(run):
    """While writing, and while reading what somebody else has put together."""
    with created(run) as store:
        store.append(make_record())
        with pytest.raises(StoreError, match="already holds"):
            store.append(make_record(earned=0))
    path = run / "records.jsonl"
    path.write_bytes(path.read_bytes() * 2)
    with pytest.raises(StoreError, match=r"records\.jsonl:2: a second record"):
        Store.open(run)


def test_a_second_run_cannot_write_into_the_directory(run):
    """One directory has one writer; the other is told what to do."""
    with created(run), pytest.raises(StoreError, match="another run is writing") as caught:
        Store.open(run)
    assert caught.value.exit_code == 6
    Store.open(run).close()


def test_a_record_that_could_not_be_read_again_is_not_written(run):
    """JSON has no NaN: the store says so before the line is there, not when it is opened."""
    with created(run) as store:
        with pytest.raises(StoreError, match="cannot be written as JSON"):
            store.append(make_record(exchanges=[make_exchange(timings={"prompt_n": float("nan")})]))
        assert store.records() == ()
    assert (run / "records.jsonl").read_bytes() == b""


def test_artifacts_lie_in_the_trials_directory(run):
    """Whole files, in folders too, and written again where a trial is run again."""
    key = make_record().key
    with created(run) as store:
        store.write_artifact(key, "workspace/main.py", b"old")
        path = store.write_artifact(key, "workspace/main.py", b"new")
        assert path == store.trial_directory(key) / "workspace" / "main.py"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("name", ["", ".", "../x", "a/../../x", "/etc/x", "a\0b"])
def test_no_artifact_leaves_its_directory(run, name):
    """Names may come from a model."""
    with created(run) as store, pytest.raises(StoreError, match="not a path inside"):
        store.write_artifact(make_record().key, name, b"")


def test_no_artifact_follows_a_link_out(run, tmp_path):
    """A symbolic link in a workspace opens no way out of it."""
    key = make_record().key
    with created(run) as store:
        home = store.trial_directory(key)
        home.mkdir(parents=True)
        (home / "out").symlink_to(tmp_path)
        with pytest.raises(StoreError, match="not a path inside"):
            store.write_artifact(key, "out/x", b"")
    assert not (tmp_path / "x").exists()


def python(code, *arguments):
    """Start a Python process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)], stdout=subprocess.PIPE, text=True
    )


def test_a_disk_without_space_leaves_nothing_half_written(run):
    """A limit on file size stands for the full disk: exit 6, the line before is whole, artifacts too."""
    created(run).close()
    child = python(
        """
        import resource, sys
        from pathlib import Path
        from codestone.errors import StoreError
        from codestone.store.records import Store
        from codestone.testing.records import make_record

        with Store.open(Path(sys.argv[1])) as store:
            store.append(make_record(epoch=1))
            size = (Path(sys.argv[1]) / "records.jsonl").stat().st_size
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, size + 100))
            for write in (
                lambda: store.append(make_record(epoch=2)),
                lambda: store.write_artifact(make_record().key, "reply.md", b"x" * (size + 200)),
            ):
                try:
                    write()
                except StoreError as error:
                    print(error.exit_code, error.hint)
            print(len(store.records()))
        """,
        run,
    )
    output, _ = child.communicate(timeout=60)
    lines = output.splitlines()
    assert [line[:2] for line in lines] == ["6 ", "6 ", "1"]
    assert "--resume" in lines[0]
    with Store.open(run) as store:
        assert store.records() == (make_record(epoch=1),)
        assert list(store.trial_directory(make_record().key).iterdir()) == []


def test_kill_minus_nine_loses_at_most_the_record_in_flight(run):
    """What was acknowledged is there; the lock is free; the run can go on."""
    child = python(
        """
        import sys
        from pathlib import Path
        from codestone.store.records import Store
        from codestone.testing.records import make_record

        with Store.create(Path(sys.argv[1]), {}, {}) as store:
            for epoch in range(1, 100000):
                store.append(make_record(epoch=epoch))
                print(epoch, flush=True)
        """,
        run,
    )
    acknowledged = [int(child.stdout.readline()) for _ in range(10)]
    with pytest.raises(StoreError, match="another run"):
        Store.open(run)
    child.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in child.stdout.read().split()]
    child.wait(timeout=60)
    child.stdout.close()
    with Store.open(run) as store:
        epochs = [record.key.epoch for record in store.records()]
        assert epochs[: len(acknowledged)] == acknowledged
        assert len(epochs) <= len(acknowledged) + 1
        store.append(make_record(epoch=len(epochs) + 1))
