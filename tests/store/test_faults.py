"""What goes wrong with a disk, met through the command line: exit code 6, a remedy, and nothing lost."""

import contextlib
import os
import shutil
import subprocess
import sys

import pytest

from codestone.store.records import Store
from codestone.testing import ScriptedEndpoint
from codestone.testing.profiles import plays

EPOCHS = 12


class Bench:
    """A scripted model that answers rightly, and the command line to ask it."""

    def __init__(self, folder, suites, server):
        self.folder, self.out, self._suites, self._server = folder, folder / "run", suites, server

    def begin(self, *, epochs=EPOCHS, out=None, shell=""):
        """Start a new run; ``shell`` is said before it by sh."""
        return self("run", "small", f"-n{epochs}", *self._asked(), "--out", out or self.out, shell=shell)

    def resume(self, directory=None):
        """Go on with a run."""
        return self("run", "--resume", directory or self.out)

    def command(self, *args):
        """Return the command that these words are."""
        words = [sys.executable, "-m", "codestone", *map(str, args)]
        return words if args[0] == "report" else [*words, "--tasks", str(self._suites)]

    def running(self, *, epochs):
        """Start a new run and yield it as a process."""
        command = self.command("run", "small", f"-n{epochs}", *self._asked(), "--out", self.out)
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def __call__(self, *args, shell=""):
        """Run a command to its end."""
        command = self.command(*args)
        if shell:
            command = ["sh", "-c", f'{shell}; exec "$@"', "sh", *command]
        return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)

    def _asked(self):
        return "--endpoint", self._server.base_url, "--model", "oracle"


@pytest.fixture
def bench(tmp_path, small_suite, small_task):
    """Return the bench; its server is up until the test ends."""
    with ScriptedEndpoint(plays([small_task], ("oracle",))) as server:
        yield Bench(tmp_path, small_suite.parent, server)


def refused(ran, *words):
    """Assert that it was refused as the store's fault, with these words."""
    assert ran.returncode == 6, ran.stderr
    assert "hint:" in ran.stderr
    for word in words:
        assert word in ran.stderr, ran.stderr


def complete(directory, epochs=EPOCHS):
    """Assert that each trial has one record, that nothing half-written lies about; return the lines."""
    lines = (directory / "records.jsonl").read_bytes().splitlines()
    with Store.open(directory, read_only=True) as store:
        assert sorted(one.key.epoch for one in store.records()) == list(range(1, epochs + 1))
        assert store.attempts() == ()
    assert not list(directory.rglob(".partial-*"))
    return lines


def mount(*args):
    """Mount, where that is allowed here; else skip."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount")
    done = subprocess.run(["mount", *map(str, args)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no mount here: {done.stderr.strip()}")


@contextlib.contextmanager
def mounted(where, *args):
    """Mount something there and take it away again."""
    mount(*args, where)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(where)], check=True)


def test_a_full_disk_stops_the_run_and_loses_nothing(bench):
    """On a small disk of its own: once there is room, the run goes on where it was."""
    disk = bench.folder / "disk"
    disk.mkdir()
    with mounted(disk, "-t", "tmpfs", "-o", "size=200k", "codestone-test"):
        out = disk / "run"
        refused(bench.begin(out=out), "No space left on device", "The disk is full", "--resume")
        before = (out / "records.jsonl").read_bytes().splitlines()
        assert 0 < len(before) < EPOCHS
        assert len(Store.open(out, read_only=True).records()) == len(before)
        assert not list(out.rglob(".partial-*"))
        refused(bench.resume(out), "The disk is full")
        mount("-o", "remount,size=16m", disk)
        ran = bench.resume(out)
        assert ran.returncode == 0, ran.stderr
        assert complete(out)[: len(before)] == before


def test_a_limit_on_file_sizes_stops_the_run_and_loses_nothing(bench):
    """As a full disk, for whoever may not mount one."""
    refused(bench.begin(shell="ulimit -S -f 16"), "File too large", "ulimit -f", "--resume")
    before = (bench.out / "records.jsonl").read_bytes().splitlines()
    assert 0 < len(before) < EPOCHS
    ran = bench.resume()
    assert ran.returncode == 0, ran.stderr
    assert complete(bench.out)[: len(before)] == before


def test_a_run_that_does_not_fit_at_all_leaves_no_directory(bench):
    """So that the same command works once there is room."""
    disk = bench.folder / "disk"
    disk.mkdir()
    with mounted(disk, "-t", "tmpfs", "-o", "size=4k", "codestone-test"):
        refused(bench.begin(epochs=1, out=disk / "run"), "The disk is full")
        assert list(disk.iterdir()) == []
        mount("-o", "remount,size=16m", disk)
        assert bench.begin(epochs=1, out=disk / "run").returncode == 0


def test_a_read_only_directory_is_refused_for_writing_and_can_be_read(bench):
    """A new run, a resumed one and a regrading say what to do; a report needs no right to write."""
    assert bench.begin(epochs=2).returncode == 0
    lines = complete(bench.out, 2)
    with mounted(bench.folder, "--bind", bench.folder):
        mount("-o", "remount,ro,bind", bench.folder)
        refused(bench.begin(out=bench.folder / "new"), "read-only", "--out")
        refused(bench.resume(), "read-only", "go on with a copy")
        refused(bench("regrade", bench.out), "read-only", "go on with a copy")
        assert bench("report", bench.out).returncode == 0
        assert bench("regrade", bench.out, "--dry-run").returncode == 0
    assert bench.resume().returncode == 0
    assert complete(bench.out, 2) == lines


def test_a_directory_without_the_right_to_write_is_refused_and_can_be_read(bench):
    """The same for whoever is not root and so needs the right."""
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    assert bench.begin(epochs=1).returncode == 0
    inside = [bench.out, *bench.out.rglob("*")]
    try:
        for path in inside:
            path.chmod(0o555 if path.is_dir() else 0o444)
        refused(bench.begin(out=bench.out / "new"), "Permission denied", "You may not write there", "--out")
        refused(bench.resume(), "Permission denied", "You may not write there")
        refused(bench("regrade", bench.out), "Permission denied", "You may not write there")
        assert bench("report", bench.out).returncode == 0
    finally:
        for path in inside:
            path.chmod(0o755)
    assert bench.resume().returncode == 0
    complete(bench.out, 1)


@pytest.mark.parametrize("moved", [True, False])
def test_a_directory_that_goes_away_in_the_middle_is_noticed(bench, moved):
    """The run stops at once, begins no new directory there, and goes on where the old one lies now."""
    elsewhere = bench.folder / "elsewhere"
    with bench.running(epochs=EPOCHS) as process:
        for line in process.stderr:
            if line.startswith("[1/"):
                break
        bench.out.rename(elsewhere)
        if not moved:
            shutil.rmtree(elsewhere)
        said = process.stderr.read()
        assert process.wait(60) == 6, said
    assert "moved or deleted" in said
    assert "hint:" in said
    assert not bench.out.exists()
    if moved:
        before = (elsewhere / "records.jsonl").read_bytes().splitlines()
        assert 0 < len(before) < EPOCHS
        assert bench.resume(elsewhere).returncode == 0
        assert complete(elsewhere)[: len(before)] == before


def test_a_run_in_use_is_refused_until_its_writer_ends(bench):
    """Reading is free meanwhile."""
    assert bench.begin(epochs=1).returncode == 0
    with Store.open(bench.out):
        refused(bench.resume(), "another run is writing", "Wait until it has finished")
        refused(bench("regrade", bench.out), "another run is writing")
        assert bench("report", bench.out).returncode == 0
    assert bench.resume().returncode == 0
    assert bench("regrade", bench.out).returncode == 0


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda data: data[: len(data) // 2], "not JSON"),
        (lambda data: data.replace(b'"title"', b'"tilte"', 1), "title: Field required"),
        (lambda _: b"[]", "plan.json"),
    ],
)
def test_a_damaged_plan_is_no_fault_of_ours(bench, damage, words):
    """Whoever reads it says so, exit code 6 and not 1; restored, the run is as it was."""
    assert bench.begin(epochs=1).returncode == 0
    plan = bench.out / "plan.json"
    data = plan.read_bytes()
    plan.write_bytes(damage(data))
    for ran in (bench.resume(), bench("regrade", bench.out), bench("report", bench.out)):
        refused(ran, "plan.json", words, "Restore plan.json")
    plan.write_bytes(data)
    assert bench.resume().returncode == 0
    complete(bench.out, 1)


def test_a_torn_last_line_is_run_again(bench):
    """A report passes over it; resuming cuts it, and its trial is asked once more."""
    assert bench.begin(epochs=3).returncode == 0
    path = bench.out / "records.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-200])
    report = bench("report", bench.out)
    assert report.returncode == 0
    assert "2 of 3 trials measured" in report.stdout
    assert bench.resume().returncode == 0
    assert complete(bench.out, 3)[:2] == whole.splitlines()[:2]


@pytest.mark.parametrize("garbage", [b"\0\0", b'{"schema_version": 2, "key": 3}'])
def test_garbage_in_the_middle_is_named_and_never_cut(bench, garbage):
    """Everyone refuses with the line; when it is deleted, its trial is run again and no other."""
    assert bench.begin(epochs=3).returncode == 0
    path = bench.out / "records.jsonl"
    first, _, third = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([first, garbage, third, b""]))
    for ran in (bench.resume(), bench("regrade", bench.out), bench("report", bench.out)):
        refused(ran, "records.jsonl:2: ", "delete this line and --resume")
    assert garbage in path.read_bytes()
    path.write_bytes(b"\n".join([first, third, b""]))
    assert bench.resume().returncode == 0
    assert complete(bench.out, 3)[:2] == [first, third]


def test_two_records_of_one_trial_are_named_and_neither_is_chosen(bench):
    """Both lines are told; when one is deleted, the run is as before."""
    assert bench.begin(epochs=2).returncode == 0
    path = bench.out / "records.jsonl"
    first, second = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([first, second, first.replace(b'"earned":4.0', b'"earned":0.0'), b""]))
    for ran in (bench.resume(), bench("regrade", bench.out), bench("report", bench.out)):
        refused(
            ran, "records.jsonl:3: a second record of small/add", "beside line 1", "Delete one of the two"
        )
    path.write_bytes(b"\n".join([first, second, b""]))
    assert bench.resume().returncode == 0
    assert complete(bench.out, 2) == [first, second]


def test_a_regrading_that_does_not_fit_is_not_there(bench):
    """The verdicts before it still count; once there is room, the same command works."""
    disk = bench.folder / "disk"
    disk.mkdir()
    with mounted(disk, "-t", "tmpfs", "-o", "size=16m", "codestone-test"):
        out = disk / "run"
        assert bench.begin(epochs=1, out=out).returncode == 0
        with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(b"\0" * 4096)
        refused(bench("regrade", out), "No space left on device", "The disk is full")
        assert not list(out.glob("regrades/*"))
        assert [one.generation for one in Store.open(out, read_only=True).records()] == [0]
        (disk / "filler").unlink()
        assert bench("regrade", out).returncode == 0
        assert [one.generation for one in Store.open(out, read_only=True).records()] == [1]
