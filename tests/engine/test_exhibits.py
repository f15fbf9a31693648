import os

import orjson
import pytest

from codestone.engine import exhibits as module
from codestone.engine.exhibits import conversation, exhibits
from codestone.stats.planned import Planned, PlannedTask
from codestone.stats.summarise import summarise
from codestone.store.paths import trial_path
from codestone.testing.records import TASK_DIGEST, make_attempt, make_contestant, make_record

PLACE = "trials/tiny-1b-q8-1a2b3c4d/examples/add-numbers/single-{}"
ATTEMPT = "trials/tiny-1b-q8-1a2b3c4d/examples/{}/single-1/attempt-{}"


@pytest.fixture
def summary():
    """Return three trials of one cell."""
    task = PlannedTask(suite="examples", task="add-numbers", title="Add", possible=100, digest=TASK_DIGEST)
    planned = Planned(title="quick", epochs=3, contestants=(make_contestant(),), tasks=(task,))
    return summarise(
        [make_record(epoch=epoch) for epoch in (1, 2, 3)], [], planned=planned, artifacts=trial_path
    )


@pytest.fixture
def broken():
    """Return two tasks, each measured in the end: three attempts at the first, one at the second were not."""
    tasks = tuple(
        PlannedTask(suite="examples", task=name, title=name, possible=100, digest=TASK_DIGEST)
        for name in ("first", "second")
    )
    planned = Planned(title="quick", epochs=1, contestants=(make_contestant(),), tasks=tasks)
    attempts = [make_attempt(task="first", number=number) for number in (1, 2)]
    attempts += [make_attempt(task="first"), make_attempt(task="second", number=1)]
    records = [make_record(task=name) for name in ("first", "second")]
    return summarise(records, attempts, planned=planned, artifacts=trial_path)


@pytest.fixture
def trial(tmp_path):
    """Return the folder of the first trial."""
    folder = tmp_path / PLACE.format(1)
    (folder / "workspace" / "inner").mkdir(parents=True)
    return folder


def test_everything_that_a_trial_left_is_there_in_order(tmp_path, summary, trial):
    """Reply, conversation, changes, files, the grader's log; what is empty or missing is left out."""
    (trial / "reply.md").write_text("the reply")
    (trial / "transcript.jsonl").write_text('{"sent":{"role":"user","content":"Do it."}}\n')
    (trial / "changes.diff").write_text("")
    (trial / "workspace" / "b.py").write_text("b")
    (trial / "workspace" / "inner" / "a.py").write_text("a")
    (trial / "grading.log").write_text("pass adds\n")
    found = exhibits(tmp_path, summary)
    assert list(found) == [PLACE.format(epoch) for epoch in (1, 2, 3)]
    assert list(found[PLACE.format(1)].items()) == [
        ("reply.md", "the reply"),
        ("conversation", "[user]\nDo it."),
        ("workspace/b.py", "b"),
        ("workspace/inner/a.py", "a"),
        ("grading.log", "pass adds\n"),
    ]
    assert found[PLACE.format(2)] == {}


def test_no_link_is_followed_and_no_pipe_is_waited_for(tmp_path, summary, trial):
    """A workspace may hold a link to a secret of this machine."""
    (tmp_path / "secret").write_text("secret")
    (trial / "workspace" / "link.py").symlink_to(tmp_path / "secret")
    (trial / "workspace" / "folder").symlink_to(tmp_path)
    os.mkfifo(trial / "workspace" / "pipe")
    assert exhibits(tmp_path, summary)[PLACE.format(1)] == {}


def test_no_link_on_the_way_is_followed(tmp_path, summary, trial):
    """Not even that of a whole trial, or of its workspace: a run may come from somebody else."""
    secret = tmp_path / "secret" / "workspace"
    secret.mkdir(parents=True)
    for folder in (secret, secret.parent):
        (folder / "reply.md").write_text("secret")
    (trial / "workspace" / "inner").rmdir()
    (trial / "workspace").rmdir()
    (trial / "workspace").symlink_to(secret)
    (tmp_path / PLACE.format(2)).symlink_to(secret.parent)
    found = exhibits(tmp_path, summary)
    assert found[PLACE.format(1)] == {}
    assert PLACE.format(2) not in found


def test_what_is_long_or_no_text_says_so(tmp_path, summary, trial):
    """The start of it, and how much there is in all."""
    (trial / "reply.md").write_bytes(b"x" * (module.LONGEST_BYTES + 1))
    (trial / "workspace" / "a.bin").write_bytes(b"\0\1\2")
    (trial / "workspace" / "b.txt").write_bytes(b"\xff")
    found = exhibits(tmp_path, summary)[PLACE.format(1)]
    assert (
        found["reply.md"] == f"{'x' * module.LONGEST_BYTES}\n(cut: {module.LONGEST_BYTES + 1} bytes in all)"
    )
    assert found["workspace/a.bin"] == "(binary, 3 bytes)"
    assert found["workspace/b.txt"] == r"\xff"


def test_a_page_does_not_grow_without_bound(tmp_path, summary, trial, monkeypatch):
    """Once there is enough, later trials are left out; they stay in the run directory."""
    (trial / "reply.md").write_text("12345")
    monkeypatch.setattr(module, "MOST_BYTES", 5)
    assert list(exhibits(tmp_path, summary)) == [PLACE.format(1)]


def test_an_attempt_shows_what_had_come(tmp_path, broken):
    """The reply as far as it came, and the conversation; of a prompt that brought nothing, nothing."""
    prompt = {"sent": {"role": "user", "content": "Do it."}}
    for number, reply in ((1, ""), (2, "Here it")):
        folder = tmp_path / ATTEMPT.format("first", number)
        folder.mkdir(parents=True)
        received = {"received": {"content": reply, "reasoning": "", "tool_calls": []}}
        (folder / "reply.md").write_text(reply)
        (folder / "transcript.jsonl").write_bytes(b"\n".join(map(orjson.dumps, (prompt, received))))
    found = exhibits(tmp_path, broken)
    assert found[ATTEMPT.format("first", 1)] == {}
    assert found[ATTEMPT.format("first", 2)] == {
        "reply.md": "Here it",
        "conversation": "[user]\nDo it.\n\n[assistant]\nHere it",
    }


def test_attempts_have_an_eighth_of_a_page_and_each_task_its_turn(tmp_path, broken, monkeypatch):
    """A server that breaks all night neither crowds out the trials, nor another task's attempts."""
    for place in (ATTEMPT.format("first", 1), ATTEMPT.format("first", 2), ATTEMPT.format("second", 1)):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "reply.md").write_text("12345")
    monkeypatch.setattr(module, "MOST_BYTES", 6 * module.ATTEMPTS_SHARE)
    trials = [
        place.removesuffix("/attempt-1") for place in (ATTEMPT.format(n, 1) for n in ("first", "second"))
    ]
    assert list(exhibits(tmp_path, broken)) == [
        ATTEMPT.format("first", 1),
        ATTEMPT.format("second", 1),
        *trials,
    ]
    monkeypatch.setattr(module, "MOST_ATTEMPTS", 1)
    assert list(exhibits(tmp_path, broken)) == [ATTEMPT.format("first", 1), *trials]


def test_a_conversation_is_told_in_order():
    """Who said what, with the reasoning before each reply, and the calls of tools."""
    call = {"type": "function", "function": {"name": "read_file", "arguments": '{"path":"a"}'}}
    lines = [
        {"sent": {"role": "user", "content": "Do it."}},
        {"sent": {"role": "assistant", "content": ""}},
        {"sent": {"role": "tool", "content": "x = 1"}},
        {"received": {"content": "", "reasoning": "hm", "tool_calls": [call]}},
        {"received": {"content": "Done.", "reasoning": "", "tool_calls": []}},
    ]
    assert conversation("\n".join(orjson.dumps(line).decode() for line in lines)) == (
        "[user]\nDo it.\n\n[assistant, thinking]\nhm\n\n[assistant calls read_file]\n"
        '{"path":"a"}\n\n[tool]\nx = 1\n\n[assistant]\nDone.'
    )


def test_a_transcript_that_was_cut_or_edited_does_no_harm(tmp_path, summary, trial):
    """What can be read of it is shown."""
    (trial / "transcript.jsonl").write_text(
        '{"sent":{"role":"user","content":"Do it."}}\n{"sent":{"ro\n[1]\n{}}\n'
    )
    assert exhibits(tmp_path, summary)[PLACE.format(1)] == {"conversation": "[user]\nDo it."}


@pytest.mark.parametrize("calls", [5, ["x"], [{"function": "x"}]])
def test_calls_that_are_none_are_passed_over(calls):
    """As they may stand in a transcript that somebody has edited."""
    assert conversation(orjson.dumps({"received": {"content": "Done.", "tool_calls": calls}}).decode()) == (
        "[assistant]\nDone."
    )
