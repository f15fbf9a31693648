import json
import shutil
import signal
import subprocess
import sys
import textwrap
import threading

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
    for change in (b'"schema_version":3', b'"schema_version":2,"unknown":1'):
        path.write_bytes(data.replace(b'"schema_version":2', change))
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


def test_a_folder_is_kept_whole_and_replaces_an_older_one(run, tmp_path):
    """An earlier answer of the same trial, whose record was never written, leaves no file in it."""
    key = make_record().key
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / "main.py").write_bytes(b"new")
    with created(run) as store:
        store.write_artifact(key, "workspace/older.py", b"old")
        path = store.write_folder(key, "workspace", tmp_path / "left")
        with pytest.raises(StoreError, match="not a path inside"):
            store.write_folder(key, "../workspace", tmp_path / "left")
    assert {file.name: file.read_bytes() for file in path.iterdir()} == {"main.py": b"new"}


def test_attempts_are_numbered_by_what_was_ever_used(run):
    """A folder without a line, left by a kill, is evidence; a line whose folder is gone counts as well."""
    key, other = make_record(epoch=1).key, make_record(epoch=2).key
    with created(run) as store:
        assert store.next_attempt(key) == 1
        store.append_attempt(make_attempt(epoch=1))
        assert (store.next_attempt(key), store.next_attempt(other)) == (2, 1)
        store.write_artifact(key, "attempt-2/reply.md", b"killed before its line")
        store.write_artifact(key, "attempt-x/reply.md", b"")
        assert (store.next_attempt(key), store.next_attempt(other)) == (3, 1)


def test_drafts_of_a_kill_are_removed_when_the_run_goes_on(run):
    """In every folder that the store writes into, and nowhere else: an answer may use the same name."""
    key = make_record().key
    with created(run) as store:
        home = store.trial_directory(key)
        store.write_artifact(key, "attempt-1/reply.md", b"")
        store.write_artifact(key, "workspace/.partial-of-the-answer", b"kept")
    drafts = [run / ".partial-a", home / ".partial-b", home / "attempt-1" / ".partial-c"]
    for draft in drafts:
        draft.write_bytes(b"half")
    (home / ".partial-folder").mkdir()
    Store.open(run, read_only=True).close()
    assert all(draft.exists() for draft in drafts)
    Store.open(run).close()
    assert not any(draft.exists() for draft in [*drafts, home / ".partial-folder"])
    assert (home / "workspace" / ".partial-of-the-answer").read_bytes() == b"kept"


@pytest.mark.parametrize("moved", [True, False])
def test_a_run_that_is_moved_or_deleted_is_noticed_before_anything_is_lost(run, moved):
    """Nothing is written into a file that nobody can find, and no new directory is begun in its place."""
    key = make_record().key
    with created(run) as store:
        store.append(make_record(epoch=1))
        run.rename(run.with_name("two")) if moved else shutil.rmtree(run)
        for write in (
            lambda: store.append(make_record(epoch=2)),
            lambda: store.append_attempt(make_attempt(epoch=2)),
            lambda: store.write_artifact(key, "reply.md", b""),
            lambda: store.write_folder(key, "workspace", run.parent),
            lambda: store.write_report("report.md", b""),
            lambda: store.regrade([make_record(epoch=1, generation=1)], written=""),
        ):
            with pytest.raises(StoreError, match="moved or deleted") as caught:
                write()
            assert f"--resume {run}" in caught.value.hint
        assert not run.exists()
        assert (store.plan, len(store.records())) == (PLAN, 1)
    if moved:
        with Store.open(run.with_name("two")) as store:
            assert store.records() == (make_record(epoch=1),)


def test_a_run_that_cannot_be_begun_leaves_nothing(run):
    """So the same command works once the cause is gone; a folder that was there stays."""
    with pytest.raises(TypeError):
        Store.create(run, {"plan": object()}, {})
    assert not run.exists()
    run.mkdir(parents=True)
    with pytest.raises(TypeError):
        Store.create(run, {"plan": object()}, {})
    assert list(run.iterdir()) == []
    created(run).close()


@pytest.mark.parametrize(
    ("name", "hint"), [("plan.json", "start a new run"), ("environment.json", "write {} into it")]
)
def test_a_damaged_file_is_named_with_the_remedy(run, name, hint):
    """For who continues and for who reads; once it is restored, nothing is lost."""
    with created(run) as store:
        store.append(make_record())
    data = (run / name).read_bytes()
    (run / name).write_bytes(data[:-4])
    for read_only in (False, True):
        with pytest.raises(StoreError, match=f"{name}: not JSON") as caught:
            Store.open(run, read_only=read_only)
        assert hint in caught.value.hint
    (run / name).write_bytes(data)
    assert len(Store.open(run).records()) == 1


def test_a_plan_that_is_none_is_a_fault_of_the_run_and_not_ours(run):
    """Its first fault is named."""
    with created(run) as store, pytest.raises(StoreError, match=r"plan\.json: key: Field required"):
        store.plan_as(type(make_record()))


def test_one_thread_appends_while_others_read(run):
    """What a reader sees only grows: as many keys as records, each whole, in their order."""
    writing, count = threading.Event(), 200

    def append():
        for epoch in range(1, count + 1):
            store.append(make_record(epoch=epoch))
            store.append_attempt(make_attempt(epoch=epoch))
        writing.clear()

    with created(run) as store:
        writing.set()
        writer = threading.Thread(target=append)
        writer.start()
        before = 0
        while writing.is_set():
            finished, records = store.finished(), store.records()
            assert before <= len(finished) <= len(records) <= count
            assert [record.key.epoch for record in records] == list(range(1, len(records) + 1))
            assert finished <= {record.key for record in records}
            before = len(records)
        writer.join()
        assert len(store.records()) == len(store.attempts()) == count
    assert len(Store.open(run, read_only=True).records()) == count


def test_of_two_threads_with_one_trial_one_is_refused(run):
    """Looking and appending are one step: a key never comes twice, however close the call."""
    refused = []

    def append(barrier):
        for epoch in range(1, 41):
            barrier.wait(timeout=60)
            try:
                store.append(make_record(epoch=epoch))
            except StoreError:
                refused.append(epoch)

    with created(run) as store:
        barrier = threading.Barrier(2)
        threads = [threading.Thread(target=append, args=[barrier]) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(refused) == list(range(1, 41))
    assert len(Store.open(run, read_only=True).records()) == 40


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


@pytest.mark.parametrize("written", ["none", "half", "all but the line's end", "all"])
def test_kill_minus_nine_inside_an_append(run, written):
    """The line is there whole or not at all, and the run goes on with the next trial either way."""
    created(run).close()
    child = python(
        """
        import os, signal, sys
        from pathlib import Path
        from codestone.store.lines import Lines
        from codestone.store.records import Store
        from codestone.testing.records import make_record

        def killed(lines, data):
            cut = {"none": 0, "half": len(data) // 2, "all but the line's end": len(data) - 1}
            os.write(lines._descriptor, data[: cut.get(sys.argv[2], len(data))])
            os.kill(os.getpid(), signal.SIGKILL)

        with Store.open(Path(sys.argv[1])) as store:
            store.append(make_record(epoch=1))
            Lines._write = killed
            store.append(make_record(epoch=2))
        """,
        run,
        written,
    )
    child.communicate(timeout=60)
    assert child.returncode == -signal.SIGKILL
    expected = [1, 2] if written == "all" else [1]
    assert [one.key.epoch for one in Store.open(run, read_only=True).records()] == expected
    with Store.open(run) as store:
        store.append(make_record(epoch=expected[-1] + 1))
        assert [one.key.epoch for one in store.records()] == [*expected, expected[-1] + 1]
    assert len((run / "records.jsonl").read_bytes().splitlines()) == len(expected) + 1


def test_an_interrupt_inside_an_append_takes_its_half_line_back(run):
    """Ctrl-C is no kill: the same process may write on, and must not glue a line to a torn one."""
    created(run).close()
    child = python(
        """
        import os, sys
        from pathlib import Path
        from codestone.store.lines import Lines
        from codestone.store.records import Store
        from codestone.testing.records import make_record

        whole = Lines._write

        def interrupted(lines, data):
            whole(lines, data[:100])
            raise KeyboardInterrupt

        with Store.open(Path(sys.argv[1])) as store:
            Lines._write = interrupted
            try:
                store.append(make_record(epoch=1))
            except KeyboardInterrupt:
                print(len(store.finished()))
            Lines._write = whole
            store.append(make_record(epoch=2))
        """,
        run,
    )
    output, _ = child.communicate(timeout=60)
    assert output == "0\n"
    assert [one.key.epoch for one in Store.open(run).records()] == [2]
