"""``kill -9`` at every kind of moment: nothing is lost, nothing comes twice, nothing stays alive."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from codestone.store.records import Store
from codestone.testing import ScriptedEndpoint
from codestone.testing.profiles import plays

HERE = Path(__file__).parent
LIMIT_S = 60
"""For what is killed to be gone; it takes milliseconds."""

SERVED = [
    *(("stream: a piece of text", number) for number in (1, 7, 14, 20, 29)),
    *(("grading: before the box", number) for number in (1, 3)),
    *(("grading: the box is open", number) for number in (1, 4)),
    *(("grading: a worker is started", number) for number in (2, 5)),
    *(("grading: the verdict is there", number) for number in (1, 4)),
    *(("artifact: in the middle of one", number) for number in (6, 9)),
    *(("artifact: one is written", number) for number in (1, 4)),
    *(("between artifact and append", number) for number in (1, 2, 4)),
    *(("append: half a line", number) for number in (1, 2, 4)),
    *(("append: all but the line feed", number) for number in (1, 3)),
    *(("append: written, not yet synced", number) for number in (1, 4)),
    *(("append: done", number) for number in (1, 3)),
]
LAUNCHED = [
    *(("load: the server is started", number) for number in (1, 2)),
    *(("load: it is asked whether it is ready", number) for number in (1, 4)),
    *(("load: it is ready", number) for number in (1, 2)),
    ("unload: it is told to end", 1),
]
RESUMING = [
    ("open: a torn line is cut", 1),
    ("open: the store is open", 1),
    ("open: before the contestants are looked at", 1),
    ("stream: a piece of text", 3),
    ("grading: the box is open", 1),
    ("between artifact and append", 1),
    ("append: half a line", 1),
    ("append: done", 2),
]


@dataclass
class Machine:
    """Runs the command, and sees to it that nothing of it is left."""

    suites: Path
    directory: Path
    who: tuple[str, ...]

    def run(self, point: str = "never", number: int = 1) -> bool:
        """Begin the run, or go on with it where it was begun; return whether it came to its end."""
        begun = (self.directory / "plan.json").exists()
        where = (
            ["--resume", self.directory]
            if begun
            else ["small", "-n", "2", "--out", self.directory, *self.who]
        )
        argv = [sys.executable, HERE / "victim.py", point, str(number), "run", *where]
        argv += ["--tasks", self.suites, "--progress", "lines"]
        if not begun and self.directory.exists():
            assert not list(self.directory.glob("*.jsonl.*"))
        ran = subprocess.run(
            [sys.executable, HERE / "overseer.py", str(LIMIT_S), *argv],
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        told = json.loads(ran.stdout)
        assert told["left"] == [], ran.stderr
        if os.WIFSIGNALED(told["status"]):
            assert os.WTERMSIG(told["status"]) == signal.SIGKILL, ran.stderr
            return False
        assert os.WEXITSTATUS(told["status"]) == 0, ran.stderr
        return True

    def records(self) -> list[bytes]:
        """Return the whole lines of records.jsonl; none where there is no such file."""
        path = self.directory / "records.jsonl"
        return path.read_bytes().splitlines(keepends=True) if path.exists() else []

    def result(self) -> list[tuple[str, int, float]]:
        """Return model, epoch and points of every record, sorted; the store itself refuses twins."""
        with Store.open(self.directory, read_only=True) as store:
            assert store.records()
            for record in store.records():
                home = store.trial_directory(record.key)
                assert (home / "reply.md").is_file()
                assert (home / "workspace/adder.py").is_file()
            return sorted((r.contestant.model, r.key.epoch, r.score.earned) for r in store.records())


WHOLE = [("oracle", 1, 4.0), ("oracle", 2, 4.0), ("wrong", 1, 1.0), ("wrong", 2, 1.0)]


@pytest.fixture
def served(small_suite, small_task, tmp_path):
    """A machine whose two contestants are served already."""
    with ScriptedEndpoint(plays([small_task])) as server:
        who = ("--endpoint", server.base_url, "--model", "oracle", "--model", "wrong")
        yield Machine(suites=small_suite.parent, directory=tmp_path / "run", who=who)


@pytest.fixture
def launched(small_suite, tmp_path):
    """A machine that starts and stops the servers of its two contestants itself."""
    file = tmp_path / "contestants.toml"
    argv = [sys.executable, "-m", "codestone.testing", "--port", "{port}", "--tasks", str(small_suite.parent)]
    file.write_text(
        "\n".join(
            f'[[contestant]]\nmodel = {json.dumps(name)}\n[contestant.launch]\nserver = "scripted"\n'
            f"argv = {json.dumps([*argv, '--profile', name])}\n"
            for name in ("oracle", "wrong")
        )
    )
    return Machine(suites=small_suite.parent, directory=tmp_path / "run", who=("--contestants", str(file)))


def survives(machine: Machine, point: str, number: int) -> None:
    """Kill it there, go on, and see that all is there, what was written before as it was."""
    assert not machine.run(point, number), f"the run never came to {point!r} for the {number}th time"
    before = [line for line in machine.records() if line.endswith(b"\n")]
    assert machine.run()
    assert machine.result() == WHOLE
    assert machine.records()[: len(before)] == before


@pytest.mark.parametrize(("point", "number"), SERVED)
def test_a_run_that_was_killed_goes_on_as_if_nothing_had_been(served, point, number):
    """Streaming, grading, writing artifacts, appending: at most the trial in flight is asked again."""
    survives(served, point, number)


@pytest.mark.parametrize(("point", "number"), LAUNCHED)
def test_a_run_that_was_killed_while_it_served_leaves_no_server_behind(launched, point, number):
    """The server is a child of ours, and dies with us."""
    survives(launched, point, number)


@pytest.mark.parametrize(("point", "number"), RESUMING)
def test_a_run_may_be_killed_again_while_it_goes_on(served, point, number):
    """The first kill leaves a torn line, so that the second meets the repair too."""
    assert not served.run("append: half a line", 2)
    survives(served, point, number)


def test_a_run_that_nobody_kills_is_what_the_others_are_compared_with(served):
    """And the victim is the product: it ends as the product does."""
    assert served.run()
    assert served.result() == WHOLE


def test_every_kind_of_moment_is_met_at_least_three_times():
    """Thirty in all: load, stream, grading, between artifact and append, in the append, going on."""
    kinds = ("load", "stream", "grading", "between", "append")
    met = {kind: sum(point.startswith(kind) for point, _ in (*SERVED, *LAUNCHED)) for kind in kinds}
    assert min(met.values()) >= 3
    assert len(RESUMING) >= 3
    assert len(SERVED) + len(LAUNCHED) + len(RESUMING) >= 30
