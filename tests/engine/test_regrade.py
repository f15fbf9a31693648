import shutil
import tempfile
from pathlib import Path

import orjson
import pytest

from codestone import sandbox
from codestone.drivers import Transcript
from codestone.endpoint.chat import Message
from codestone.engine.answered import Answered, Trial
from codestone.engine.plan import Plan, planned, sampling_seed
from codestone.engine.regrade import Request, regrade
from codestone.engine.report import plan_of, read
from codestone.engine.trial import settle
from codestone.errors import NothingMeasured, UnknownName
from codestone.reports import markdown, terminal
from codestone.store.records import Store
from codestone.suites.load import load_task
from codestone.suites.overlay import materialise
from codestone.testing.records import make_attempt, make_contestant
from codestone.trial import Ending, TrialKey, Versions

FIRST = Path(__file__).parents[1] / "store" / "version-1" / "run"
VERSIONS = Versions(codestone="0.0.1", python="3.11.0", box="another")
RIGHT = "def add(a, b):\n    return a + b\n"
WRONG = "def add(a, b):\n    return a - b\n"
STRICT = '''

def text(candidate: Candidate) -> Finding:
    """Texts are joined."""
    return candidate.ask("add", "a", "b").gives("ab")
'''
SPEC = """
[[check]]
id = "text"
points = 4
catches = "Only numbers."
"""
SHELL_TASK = """schema_version = 1
title = "Say hello"
canary = "5d0c5bd1-6c3a-4b5c-9a53-0d8d2b6a7f12"
language = "bash"
shape = "write"
[answer]
files = ["run.sh"]
[[check]]
id = "runs"
points = 1
catches = "It is no program."
[[check]]
id = "lies-there"
points = 1
catches = "Folders and links are not made."
"""
SHELL_CHECKS = '''
from codestone.grading import fail, ok


def runs(candidate):
    """It runs by its own name."""
    ran = candidate.run("./run.sh")
    return ok("hello") if ran.stdout == b"hello\\n" else fail(repr(ran))


def lies_there(candidate):
    """The folder and the link are there."""
    kinds = {path: entry.kind for path, entry in candidate.listing().items()}
    wanted = {"out": "folder", "latest": "link"}
    found = {path: kinds.get(path) for path in wanted}
    return ok("there") if found == wanted else fail(repr(found))
'''


class Heard:
    """Watches a regrading and keeps what it was told."""

    def __init__(self, at=None):
        self.outcomes, self._at = [], at

    def ends(self, outcome, *, number, of):
        self.outcomes.append(outcome)
        if number == self._at:
            raise KeyboardInterrupt


def begun(directory, task, *, epochs=1):
    """Begin a run of one task."""
    plan = Plan(title="small", tasks=(planned(task),), contestants=(make_contestant(),), epochs=epochs)
    return Store.create(directory, plan, {"started": "2026-01-01T00:00:00Z"})


def finished(store, task, leave, *, epoch=1, ending=Ending.ANSWERED):
    """Settle one trial as a run does; ``leave`` writes the answer and returns its files."""
    key = TrialKey(
        suite=task.suite, task=task.name, contestant=make_contestant().name, driver="single", epoch=epoch
    )
    seed = sampling_seed(store.plan_as(Plan), key)
    owner = tempfile.TemporaryDirectory()
    materialise(Path(owner.name) / "workspace", task.workspace)
    files = leave(Path(owner.name) / "workspace")
    transcript = Transcript(
        replies=(),
        messages=(Message(role="user", content=f"{task.instruction}\nReply with the file."),),
        answer=None,
        files=files,
        ending=ending,
        detail="" if files else "there was no text",
    )
    trial = Trial(key=key, task=task, contestant=make_contestant(), seed=seed, versions=VERSIONS)
    answered = Answered(
        trial=trial,
        transcript=transcript,
        generation_ns=1,
        folder=Path(owner.name),
        started=f"2026-01-01T00:00:0{epoch}Z",
        owner=owner,
    )
    return settle(answered, store)


def adder(text):
    """Return an answer that is this text."""

    def leave(workspace):
        (workspace / "adder.py").write_text(text)
        return ("adder.py",)

    return leave


def nothing(workspace):
    """Leave the workspace as it was."""
    return ()


@pytest.fixture
def run(tmp_path, small_task):
    """Return a run of three trials: right, wrong, empty."""
    with begun(tmp_path / "run", small_task, epochs=4) as store:
        finished(store, small_task, adder(RIGHT), epoch=1)
        finished(store, small_task, adder(WRONG), epoch=2)
        finished(store, small_task, nothing, epoch=3, ending=Ending.EMPTY)
    return tmp_path / "run"


@pytest.fixture
def again(run, small_suite):
    """Return how the run is graded again."""

    def call(watch=None, **asked):
        request = Request(directory=run, roots=[small_suite.parent], **asked)
        return regrade(request, watch or Heard(), backend=sandbox.backend())

    return call


def stricter(small_suite):
    """Add a check of four points to the task."""
    task = small_suite / "add" / "task.toml"
    task.write_text(task.read_text().replace("[[mutant]]", f"{SPEC}\n[[mutant]]", 1))
    checks = small_suite / "add" / "tests" / "checks.py"
    checks.write_text(checks.read_text() + STRICT)


def records(run):
    """Return the records as a reader gets them."""
    return Store.open(run, read_only=True).records()


def test_an_unchanged_task_gives_the_same_verdicts(run, again):
    """Grading is a function of task and workspace; only generation, versions and durations are new."""
    old, before = (run / "records.jsonl").read_bytes(), records(run)
    outcomes, path = again()
    assert path == run / "regrades" / "1.jsonl"
    assert (run / "records.jsonl").read_bytes() == old
    after = records(run)
    assert [one.after for one in outcomes] == list(after)
    for was, now in zip(before, after, strict=True):
        assert (now.generation, now.versions.box) == (1, str(sandbox.backend().describe()))
        new = {"generation", "versions", "grading_ns"}
        assert now.model_dump(exclude=new) == was.model_dump(exclude=new)
    assert [one.score.earned for one in after] == [4, 1, 0]
    again()
    assert [one.generation for one in records(run)] == [2, 2, 2]


def test_an_edited_task_makes_records_stale_until_they_are_regraded(run, again, small_suite):
    """Then points, checks and digest are today's, and the report counts them and says so."""
    stricter(small_suite)
    watch = Heard()
    again(watch)
    summary = read(run)
    assert (summary.run.measured, summary.run.generation, summary.run.regraded_trials) == (3, 1, 3)
    assert summary.tasks[0].possible == 8
    assert summary.tasks[0].stale == 0
    assert [one.points for one in summary.cells[0].epochs] == [8, 1, 0]
    changes = [(one.before.score.possible, one.after.score.possible) for one in watch.outcomes]
    assert changes == [(4, 8)] * 3
    for text in (terminal.render(summary), markdown.render(summary), (run / "report.md").read_text()):
        assert "regraded 1 time, last on 20" in text


def test_what_could_not_be_graded_again_keeps_its_verdict_and_is_stale(run, again, small_suite):
    """Its kept file is gone, which is no doing of the model."""
    stricter(small_suite)
    (lost,) = run.glob("trials/*/small/add/single-1/workspace/adder.py")
    lost.unlink()
    outcomes, _ = again()
    assert [bool(one.after) for one in outcomes] == [False, True, True]
    assert "lacks adder.py" in outcomes[0].why
    summary = read(run)
    assert (summary.run.measured, summary.tasks[0].stale) == (2, 1)
    head = orjson.loads((run / "regrades/1.jsonl").read_bytes().splitlines()[0])
    assert [(one["key"]["epoch"], one["why"]) for one in head["kept"]] == [(1, outcomes[0].why)]


def test_an_ending_without_an_answer_keeps_its_zero_under_todays_checks(run, again, small_suite):
    """Nothing is asked, and why not is still said."""
    stricter(small_suite)
    again()
    record = records(run)[2]
    assert (record.ending, record.score.earned, record.score.possible) == (Ending.EMPTY, 0, 8)
    assert [one.id for one in record.checks] == ["sums", "zero", "text"]
    assert {one.evidence for one in record.checks} == {"not asked: there was no text"}
    assert record.task_digest == load_task("small/add", roots=[small_suite.parent]).digest


def test_a_run_goes_on_after_a_regrading_of_an_edited_task(run, again, small_suite):
    """The frame is the regraded task: what is asked from then on counts beside it."""
    stricter(small_suite)
    again()
    task = load_task("small/add", roots=[small_suite.parent])
    with Store.open(run) as store:
        assert store.plan_as(Plan).tasks != plan_of(store).tasks == (planned(task),)
        finished(store, task, adder(RIGHT), epoch=4)
    summary = read(run)
    assert (summary.run.measured, summary.tasks[0].stale, summary.run.regraded_trials) == (4, 0, 3)
    assert [(one.key.epoch, one.generation) for one in records(run)] == [(1, 1), (2, 1), (3, 1), (4, 0)]


def test_a_grader_that_breaks_takes_no_point_from_an_answer(run, again, small_suite):
    """Its older verdict stays, and is stale where the task was edited; all others are graded."""
    checks = small_suite / "add" / "tests" / "checks.py"
    breaks = 'if "+" in candidate.source["adder.py"]:\n        no_such_name()\n    return candidate'
    checks.write_text(checks.read_text().replace("return candidate", breaks))
    outcomes, _ = again()
    assert [bool(one.after) for one in outcomes] == [False, True, True]
    assert "no_such_name" in outcomes[0].why
    assert [(one.score.earned, one.generation) for one in records(run)] == [(4, 0), (1, 1), (0, 1)]
    assert read(run).tasks[0].stale == 1


def test_nothing_is_written_when_no_answer_could_be_graded_again(run, again, small_suite):
    """Exit code 7, with the reasons; that there is a trial without an answer proves no grader."""
    (small_suite / "add" / "tests" / "checks.py").write_text("syntax error")
    with pytest.raises(NothingMeasured, match=r"checks\.py cannot be loaded") as caught:
        again()
    assert caught.value.exit_code == 7
    assert not (run / "regrades").exists()


def test_a_run_of_empty_answers_is_regraded_without_a_grader(tmp_path, small_task, small_suite):
    """Nothing is asked, so nothing can break."""
    with begun(tmp_path / "run", small_task) as store:
        finished(store, small_task, nothing, ending=Ending.REFUSED)
    (small_suite / "add" / "tests" / "checks.py").write_text("syntax error")
    request = Request(directory=tmp_path / "run", roots=[small_suite.parent])
    regrade(request, Heard(), backend=sandbox.backend())
    assert [one.generation for one in records(tmp_path / "run")] == [1]


def test_ctrl_c_leaves_everything_as_it_was(run, again):
    """Also after a trial has been graded again; and the lock is free."""
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    with pytest.raises(KeyboardInterrupt):
        again(Heard(at=2))
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
    again()


def test_a_dry_run_grades_and_writes_nothing(run, again, small_suite):
    """It takes no lock either, so it may look at a run that is going on."""
    stricter(small_suite)
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    with Store.open(run):
        outcomes, path = again(dry_run=True)
    assert path is None
    assert [one.after.score.earned for one in outcomes] == [8, 1, 0]
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_only_what_is_named_is_graded_again(run, again):
    """By suite or by task; a name that no finished trial has is refused with the nearest."""
    assert len(again(only=("small",))[0]) == 3
    assert len(again(only=("small/add",))[0]) == 3
    with pytest.raises(UnknownName, match="small/ad'") as caught:
        again(only=("small/ad",))
    assert "small/add" in caught.value.hint


def test_a_run_without_a_finished_trial_has_nothing_to_grade(tmp_path, small_task):
    """An attempt is none."""
    with begun(tmp_path / "run", small_task) as store:
        store.append_attempt(make_attempt(suite="small", task="add"))
    with pytest.raises(NothingMeasured, match="no finished trial"):
        regrade(Request(directory=tmp_path / "run"), Heard(), backend=sandbox.backend())


def test_an_answer_to_another_instruction_is_told(run, again, small_suite):
    """It is graded, and whoever regrades hears that it was asked something else."""
    assert not any(one.asked_otherwise for one in again()[0])
    (small_suite / "add" / "instruction.md").write_text("Something else.\n")
    assert all(one.asked_otherwise for one in again()[0])


@pytest.fixture
def shell_run(tmp_path, small_suite):
    """Return a run of a Bash task whose answer is a program with an empty folder and a link beside it."""
    folder = tmp_path / "suites" / "shell" / "hello"
    suite = (tmp_path / "suites" / "small" / "suite.toml").read_text().replace('"add"', '"hello"')
    for name, text in {
        "../suite.toml": suite,
        "task.toml": SHELL_TASK,
        "instruction.md": "Write run.sh.\n",
        "tests/checks.py": SHELL_CHECKS,
        "solution/run.sh": "#!/bin/bash\necho hello\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    task = load_task("shell/hello", roots=[folder.parents[1]])

    def leave(workspace):
        (workspace / "run.sh").write_text("#!/bin/bash\necho hello\n")
        (workspace / "run.sh").chmod(0o755)
        (workspace / "out").mkdir()
        (workspace / "latest").symlink_to("out")
        return ("run.sh",)

    with begun(tmp_path / "run", task) as store:
        record = finished(store, task, leave)
    return record, Request(directory=tmp_path / "run", roots=[folder.parents[1]])


def test_an_answer_that_is_a_program_is_graded_again_as_one(shell_run):
    """Executable bit, empty folder and link are kept: the verdicts are the same, check by check."""
    record, request = shell_run
    assert (record.score.passed, record.score.checks) == (2, 2)
    ((outcome,), _) = regrade(request, Heard(), backend=sandbox.backend())
    assert outcome.after.checks == record.checks


def test_it_is_the_kept_workspace_that_is_graded(shell_run):
    """The control: without bit, folder and link the same checks fail."""
    _, request = shell_run
    (kept,) = request.directory.glob("trials/*/shell/hello/single-1/workspace")
    (kept / "run.sh").chmod(0o644)
    (kept / "out").rmdir()
    (kept / "latest").unlink()
    ((outcome,), _) = regrade(request, Heard(), backend=sandbox.backend())
    assert outcome.after.score.passed == 0


def test_a_run_of_version_1_is_regraded_as_todays(tmp_path, small_suite):
    """Its kept workspaces give the verdicts that they gave then; the new generation is of today's version."""
    run = Path(shutil.copytree(FIRST, tmp_path / "run"))
    before = records(run)
    request = Request(directory=run, roots=[small_suite.parent])
    _, path = regrade(request, Heard(), backend=sandbox.backend())
    assert [one.score for one in records(run)] == [one.score for one in before]
    assert [one.checks for one in records(run)] == [one.checks for one in before]
    assert {orjson.loads(line)["schema_version"] for line in path.read_bytes().splitlines()[1:]} == {2}
    assert read(run).run.measured == 3
