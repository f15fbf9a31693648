"""Without a box: what still holds, and that whoever reads a result is told."""

import json
import os
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestone.cli.progress import Quiet
from codestone.contestants.lineup import Asked
from codestone.engine.answer import grade_workspace
from codestone.engine.start import Request, start
from codestone.reports import json as json_report
from codestone.reports import markdown, terminal
from codestone.sandbox import BoxLimits, BoxSpec, Mount, open_box, run_in_box, without_box
from codestone.sandbox.in_place import command, rewritten, ulimits
from codestone.store.records import Store
from codestone.testing import ScriptedEndpoint
from codestone.testing.profiles import plays


def run(*argv, stdin=b"", files=None, mounts=(), **limits):
    spec = BoxSpec(argv=argv, files=files, mounts=mounts, limits=BoxLimits(**limits))
    return run_in_box(spec, stdin, backend=without_box())


def alive(marker):
    return marker in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout


def test_it_is_called_none():
    """And says what is not protected."""
    description = without_box().describe()
    assert str(description) == "none"
    assert description.in_force["files"].startswith("not protected")


def test_the_command_s_own_end():
    """Output, exit code, and 128 + n for a signal."""
    ended = run("sh", "-c", "cat; echo no >&2; exit 3", stdin=b"yes")
    assert (ended.stdout, ended.stderr, ended.end.returncode) == (b"yes", b"no\n", 3)
    assert run("sh", "-c", "kill -11 $$").end.returncode == 139
    assert run("/no/such/program").end.returncode == 127


def test_a_folder_of_its_own(tmp_path, monkeypatch):
    """The command works on a copy, with nothing of our environment, and the copy is gone afterwards."""
    monkeypatch.setenv("SECRET", "hunter2")
    (tmp_path / "a").write_text("1")
    ended = run("sh", "-c", "cat a; echo 2 > a; pwd; env", files=tmp_path)
    assert (tmp_path / "a").read_text() == "1"
    first, *_ = ended.stdout.decode().splitlines()
    assert first.startswith("1/")
    assert b"SECRET" not in ended.stdout
    assert not Path(first.removeprefix("1")).exists()


@pytest.mark.parametrize(
    ("limit", "code", "changes"),
    [
        ("wall", "sleep 60", {"wall_s": 0.3}),
        ("output", "yes", {"output_bytes": 10_000}),
        ("cpu", "while :; do :; done", {"cpu_s": 0.3}),
        ("memory", "exec {python} -c 'x = b\"1\" * (300 << 20); import time; time.sleep(60)'",
         {"memory_bytes": 100 << 20}),
        ("disk", "head -c 30000000 /dev/zero > a; sleep 60", {"disk_bytes": 10 << 20}),
        ("inodes", "for i in $(seq 60); do : > $i; done; sleep 60", {"inodes": 40}),
    ],
)  # fmt: skip
def test_what_is_watched(limit, code, changes):
    """Each limit that we can watch ends the command, and is named."""
    ended = run("sh", "-c", code.replace("{python}", sys.executable), **changes)
    assert (ended.end.limit, ended.end.returncode) == (limit, -9)


def test_what_each_process_is_refused():
    """File size and descriptors are limits of the kernel's."""
    assert run("sh", "-c", "head -c 9000 /dev/zero > a; wc -c < a", file_bytes=4096).stdout.strip() == b"4096"
    assert run("sh", "-c", "ulimit -n; ulimit -c", fds=33).stdout == b"33\n0\n"


def test_nothing_stays_behind():
    """A daemon that left its session is dead when the box is closed."""
    marker = f"7{os.getpid()}"
    spec = BoxSpec(argv=("sh", "-c", f"setsid sleep {marker} & echo; sleep {marker}"))
    with open_box(spec, backend=without_box(), own_stdout=True) as box:
        assert box.stdout.readline() == b"\n"
        assert alive(f"sleep {marker}")
    assert not alive(f"sleep {marker}")


def test_the_limits_as_words():
    """What the shell is told, to the letter; never more than our own hard limits."""
    limits = BoxLimits(fds=100, file_bytes=1 << 20, cpu_s=2.5)
    assert ulimits(limits) == "ulimit -c 0; ulimit -f 2048; ulimit -n 100; ulimit -t 4"
    spec = BoxSpec(argv=("a", "b c"), limits=limits)
    assert command(spec) == ["/bin/sh", "-c", f'{ulimits(limits)}; exec "$@"', "sh", "a", "b c"]


def test_places_of_the_box_are_rewritten(tmp_path):
    """As a word, as the start of a path, inside JSON; not as a part of another name."""
    mount = Mount(source=Path("/srv/workers"), target=PurePosixPath("/box"))
    words = ["/box/host.py", json.dumps(["node", "/box/w.cjs"]), "/boxes", "/a/box", "box", "/box"]
    assert rewritten(words, [mount]) == [
        "/srv/workers/host.py", '["node", "/srv/workers/w.cjs"]', "/boxes", "/a/box", "box", "/srv/workers",
    ]  # fmt: skip
    (tmp_path / "said").write_text("there")
    shown = Mount(source=tmp_path, target=PurePosixPath("/box"))
    assert run("cat", "/box/said", mounts=(shown,)).stdout == b"there"


@given(st.lists(st.text()))
def test_without_moved_mounts_every_word_stays(words):
    """Whatever it is."""
    assert rewritten(words, [Mount.same(Path("/opt"))]) == words


def test_grading_works_and_says_so(small_task, tmp_path):
    """The real path: same checks, same points as in a box, and ``sandbox: none``."""
    good = tmp_path / "good"
    good.mkdir()
    (good / "adder.py").write_text("def add(a, b):\n    return a + b\n")
    graded = grade_workspace(small_task, good, seed=1, backend=without_box())
    assert (graded.score.earned, graded.sandbox) == (4, "none")
    (good / "adder.py").write_text("import os\nos._exit(0)\n")
    assert grade_workspace(small_task, good, seed=1, backend=without_box()).score.earned == 0


def test_a_run_says_so_everywhere(small_suite, small_task, tmp_path):
    """In records, environment, and the headline of every report."""
    with ScriptedEndpoint(plays([small_task])) as endpoint:
        asked = Request(
            what=("small",),
            asked=Asked(endpoint=endpoint.base_url, models=("oracle",)),
            folders=(small_suite.parent,),
            out=tmp_path / "run",
            without_box=True,
        )
        summary, directory = start(asked, Quiet())
    with Store.open(directory, read_only=True) as store:
        assert [record.versions.box for record in store.records()] == ["none"]
    assert summary.standings[0].points == 4
    assert summary.run.environment["box"] == "none"
    assert "NO SANDBOX" in markdown.render(summary).splitlines()[0]
    assert "sandbox: none" in markdown.render(summary)
    assert "NO SANDBOX" in terminal.render(summary).splitlines()[0]
    assert "sandbox: none" in terminal.render(summary)
    assert json.loads(json_report.render(summary))["run"]["boxes"] == ["none"]
    assert "sandbox: none" in (directory / "report.md").read_text()


def test_the_option_of_the_commands(small_suite, small_task, tmp_path):
    """``box`` and ``grade`` take it, and say so."""
    words = [sys.executable, "-m", "codestone.cli"]
    ended = subprocess.run(
        [*words, "box", "--unsafe-no-sandbox", "--json", tmp_path / "end", "--", "sh", "-c", "exit 4"],
        cwd=small_task.workspace, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (4, "codestone box: sandbox: none\n")
    assert json.loads((tmp_path / "end").read_text())["box"] == "none"
    graded = subprocess.run(
        [*words, "grade", "small/add", "--unsafe-no-sandbox", "--tasks", small_suite.parent,
         "--workspace", small_task.workspace],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert graded.stdout.splitlines()[-1] == "sandbox: none"
