from pathlib import Path

import pytest

from codestone.endpoint.client import ChatRequest, Client, Message, Reply
from codestone.task import Task, TaskSpec
from codestone.testing import Request, ScriptedEndpoint
from codestone.testing.profiles import PROFILES, play, plays, task_of
from codestone.trial import Ending

SPEC = {
    "schema_version": 1,
    "title": "Add",
    "canary": "00000000-0000-4000-8000-000000000000",
    "language": "python",
    "shape": "fix",
    "answer": {"files": ["add.py"]},
    "check": [{"id": "adds", "points": 1, "catches": "subtraction"}],
}


@pytest.fixture
def task(tmp_path: Path) -> Task:
    """Make a small task on disk; its solution holds a fence."""
    for name, text in {
        "workspace": "def add(a, b):\n    return a - b\n",
        "solution": '"""```"""\n\nadd = sum\n',
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "add.py").write_text(text)
    return make(tmp_path, "Repair `add`.\n")


def make(path: Path, instruction: str) -> Task:
    """Return a task there."""
    spec = TaskSpec.model_validate(SPEC)
    return Task(suite="s", name="add", path=path, spec=spec, instruction=instruction, digest="0")


def answer(task: Task, name: str) -> Reply:
    """Ask a profile as a driver does, with words around the instruction."""
    message = Message(role="user", content=f"{task.instruction}\nAnswer with whole files.")
    with ScriptedEndpoint(plays([task])) as server, Client(server.base_url) as client:
        return client.chat(ChatRequest(model=name, messages=[Message(role="system", content="x"), message]))


def test_the_oracle_gives_the_solution_under_its_path_in_a_longer_fence(task):
    """A fence within a file does not end it."""
    content = answer(task, "oracle").content
    assert '`add.py`\n\n````python\n"""```"""\n\nadd = sum\n````\n' in content


def test_slow_says_the_same_over_time(task):
    """After half a second."""
    reply = answer(task, "slow")
    assert reply.content == answer(task, "oracle").content
    assert reply.exchange.speed.ttft_ns >= 50e6
    assert reply.exchange.speed.chunks > 10


def test_unfenced_is_the_code_alone(task):
    """No fence and no path."""
    assert answer(task, "unfenced").content == '"""```"""\n\nadd = sum\n'


def test_wrong_hands_the_workspace_back(task):
    """Nothing of the solution is in it."""
    content = answer(task, "wrong").content
    assert "return a - b" in content
    assert "sum" not in content


def test_tampering_has_the_oracles_prose_a_wrong_answer_and_files_outside(task):
    """What it claims is not what it does."""
    content = answer(task, "tampering").content
    assert content.startswith(answer(task, "oracle").content.split("\n")[0])
    assert "return a - b" in content
    assert "`conftest.py`" in content
    assert "`../../escaped.txt`" in content


def test_empty_reasoning_only_and_refusing_give_no_file(task):
    """Each in its own way."""
    assert answer(task, "empty").exchange.ending is Ending.EMPTY
    thought = answer(task, "reasoning-only")
    assert (thought.exchange.ending, thought.content, "add = sum" in thought.reasoning) == (
        Ending.EMPTY,
        "",
        True,
    )
    assert "can't help" in answer(task, "refusing").content


def test_a_task_without_a_workspace_has_a_wrong_answer_too(tmp_path):
    """An empty file where something was to be written."""
    (tmp_path / "solution").mkdir()
    (tmp_path / "solution" / "add.py").write_text("add = sum\n")
    content = answer(make(tmp_path, "Write it."), "wrong").content
    assert "`add.py`" in content
    assert "sum" not in content


def test_the_longest_instruction_that_was_said_is_the_task(tmp_path):
    """One instruction may hold another; none at all is no task."""
    short, long = make(tmp_path, "Add."), make(tmp_path, "Add.\nThen test.")

    def said(text: str) -> Request:
        body = {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": "Add."}]}
        return Request(method="POST", path="", headers={}, body=body, at_ns=0)

    assert task_of(said("x Add.\nThen test. y"), [short, long]) is long
    assert task_of(said("x Add. y"), [short, long]) is short
    assert task_of(said("nothing"), [short, long]) is None


def test_an_unknown_profile_is_a_key_error(task):
    """Names are checked when the server is made, not when it is asked."""
    with pytest.raises(KeyError):
        play("genius", [task])
    assert set(plays([task])) == set(PROFILES)


def test_where_tools_are_offered_files_are_written_by_calls(tmp_path):
    """All in one reply, with the task's own tool; then it is said that all is done."""
    for folder in ("workspace", "solution"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "add.py").write_text(f"{folder} = 1\n")
    (tmp_path / "solution" / "more.py").write_text("more = 1\n")
    tool = {"name": "put", "description": "Write.", "does": "write"}
    spec = TaskSpec.model_validate({**SPEC, "tool": [tool]})
    task = Task(suite="s", name="add", path=tmp_path, spec=spec, instruction="Add.", digest="0")
    offered = [{"type": "function", "function": {"name": "put", "parameters": {}}}]

    def calls(name: str, *more: Message) -> list[tuple[str, str]]:
        messages = [Message(role="user", content="Add."), *more]
        with ScriptedEndpoint(plays([task])) as server, Client(server.base_url) as client:
            reply = client.chat(ChatRequest(model=name, messages=messages, tools=offered))
        assert bool(reply.content) is not bool(reply.tool_calls) or name == "empty"
        return [(call.name, call.arguments) for call in reply.tool_calls]

    assert (
        calls("oracle")
        == calls("slow")
        == [
            ("put", '{"path":"add.py","content":"solution = 1\\n"}'),
            ("put", '{"path":"more.py","content":"more = 1\\n"}'),
        ]
    )
    assert calls("wrong") == [("put", '{"path":"add.py","content":"workspace = 1\\n"}')]
    assert '"path":"../../escaped.txt"' in calls("tampering")[-1][1]
    assert calls("oracle", Message(role="tool", content="ok", tool_call_id="call_0")) == []
    assert calls("empty") == calls("refusing") == calls("unfenced") == []
