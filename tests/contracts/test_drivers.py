"""What every driver keeps to, whatever comes back: over all drivers that ``plugins`` finds here."""

import json
import os
from itertools import count, cycle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codestone import plugins
from codestone.drivers import Transcript
from codestone.endpoint.chat import Reply, ToolCall
from codestone.endpoint.client import Client
from codestone.engine.answered import Trial
from codestone.engine.plan import Plan, planned
from codestone.engine.trial import run_trial
from codestone.store.records import Store
from codestone.suites.lint import lint
from codestone.suites.load import load_task
from codestone.suites.paths import folders
from codestone.task import Brief, Limits, ToolReply, ToolSpec
from codestone.testing import ScriptedEndpoint, faults, reply
from codestone.testing.profiles import plays
from codestone.testing.records import make_contestant
from codestone.timing import Marks
from codestone.trial import Attempt, Ending, Exchange, Thinking, TrialKey, TrialRecord, Usage, Versions

DRIVERS = plugins.names("drivers")
MARKS = Marks(connect_ns=None, headers_ns=None, arrivals=(), end_ns=None)
SCHEMA = {"type": "object", "properties": {"what": {"type": "string"}}}
SCRIPTED = ToolSpec(
    name="ask", description="Ask.", does="scripted", parameters=SCHEMA,
    reply=(ToolReply(when={"what": "(a+)+b?"}, says="yes"),),
)  # fmt: skip
TOOLS = (
    *(
        ToolSpec(name=does, description=does, does=does)
        for does in ("list", "read", "search", "write", "replace")
    ),
    SCRIPTED,
)
PATHS = st.sampled_from(
    ["x.py", "./x.py", "../escaped", "/etc/hosts", "away/escaped", "link.py", "a/b/c.py", "\x1b", "\ud800"]
)
TEXTS = st.one_of(
    st.sampled_from(
        [
            "",
            "done",
            "I give up.",
            "I can't help with that.",
            "```python\nx = 1\n```",
            "**../escaped**\n```python\nx = 1\n```",
            "`away/escaped`\n```python\nx = 1\n```",
            "```diff\n@@\n-x\n+y\n```",
            '<tool_call>{"name": "read"}',
            "<think>",
        ]
    ),
    st.text(max_size=30),
)
ARGUMENTS = st.one_of(
    st.sampled_from(["", "{", "[]", "null", '{"path": 1}', "\x00", '{"what": "aaaa"}']),
    st.builds('{{"path": "{0}", "content": "x"}}'.format, PATHS),
    st.builds('{{"path": "{0}", "old": "x", "new": "y"}}'.format, PATHS),
    st.builds('{{"path": "{0}"}}'.format, PATHS),
)
CALLS = st.lists(
    st.builds(
        ToolCall,
        id=st.sampled_from(["", "1", "2"]),
        name=st.sampled_from([*(tool.name for tool in TOOLS), "", "shell"]),
        arguments=ARGUMENTS,
    ),
    max_size=3,
)
REPLIES = st.builds(
    Reply,
    content=TEXTS,
    reasoning=TEXTS,
    tool_calls=CALLS.map(tuple),
    exchange=st.builds(
        Exchange,
        ending=st.one_of(st.just(Ending.ANSWERED), st.sampled_from(Ending)),
        finish_reason=st.sampled_from(["stop", "length", "tool_calls", None]),
        usage=st.one_of(st.none(), st.builds(Usage, completion_tokens=st.integers(0, 50))),
    ),
    marks=st.just(MARKS),
    raw_extra=st.just({}),
)


class Answering:
    """An ``Ask`` that gives its replies in a circle, and keeps what it was sent."""

    def __init__(self, replies):
        self._replies = cycle(replies)
        self.sent, self.given = [], []

    def __call__(self, messages, max_tokens, *, tools=()):
        """Be an ``Ask``."""
        assert max_tokens > 0
        assert all(message.as_json() for message in messages)
        self.sent.append(tuple(messages))
        self.given.append(next(self._replies))
        return self.given[-1]


def _brief(workspace: Path) -> Brief:
    return Brief(
        task="s/t", instruction="Fix `x.py`.", language="python", files=("x.py", "a/"), workspace=workspace,
        limits=Limits(turns=6, conversation_tokens=200, reply_tokens=60), turns=("More.", "Still more."),
        tools=TOOLS,
    )  # fmt: skip


def _outside(folder: Path) -> dict[str, bytes]:
    """Return what lies beside the workspace."""
    return {
        name: (Path(top) / name).read_bytes()
        for top, below, names in os.walk(folder)
        for name in names
        if "workspace" not in Path(top).parts[len(folder.parts) :]
    }


def _in_order(done: Transcript, ask: Answering) -> bool:
    """Whether the messages are what was sent last, each longer than the one before, replies in between."""
    grows = all(later[: len(sooner)] == sooner for sooner, later in zip(ask.sent, ask.sent[1:], strict=False))
    spoken = [message.content for message in done.messages if message.role == "assistant"]
    heard = [reply.content for reply in ask.given[:-1]]
    return grows and done.messages == ask.sent[-1] and spoken == heard


@pytest.mark.parametrize("name", DRIVERS)
@given(replies=st.lists(REPLIES, min_size=1, max_size=5))
@settings(max_examples=150)
def test_whatever_comes_back_is_a_transcript(tmp_path_factory, name, replies):
    """Nothing is raised, nothing is written outside, and all that was said is there, in order."""
    folder = tmp_path_factory.mktemp("driven")
    workspace = folder / "workspace"
    for made in (folder / "beside", workspace):
        made.mkdir()
    (folder / "beside" / "mine").write_bytes(b"mine")
    (workspace / "x.py").write_text("x\n")
    (workspace / "away").symlink_to(folder / "beside")
    (workspace / "link.py").symlink_to(folder / "beside" / "mine")
    before, ask = _outside(folder), Answering(replies)
    done = plugins.find("drivers", name).drive(_brief(workspace), ask, workspace)
    assert _outside(folder) == before
    assert list(done.replies) == ask.given
    assert _in_order(done, ask)
    assert done.messages[0].content.startswith("Fix `x.py`.")
    assert all((workspace / path).is_file() for path in done.files)
    assert done.detail.isprintable()
    last = ask.given[-1].exchange.ending
    assert last.measured or done.ending is last  # what is not the model's doing is never scored
    assert done.ending.measured or not last.measured or done.ending is Ending.OUT_OF_TIME


TOOLS_TOML = "".join(
    f'\n[[tool]]\nname = "{does}_file"\ndescription = "To {does} a file."\ndoes = "{does}"\n'
    for does in ("read", "write")
)


@pytest.fixture
def task(small_suite):
    """The small task, as a driver needs it: with tools for ``loop``, with a second message for ``turns``."""

    def task(driver):
        folder = small_suite / "add"
        if driver == "loop":
            (folder / "task.toml").write_text((folder / "task.toml").read_text() + TOOLS_TOML)
        if driver == "turns":
            (folder / "turns").mkdir()
            (folder / "turns" / "01.md").write_text("Check it once more, and answer with the whole file.\n")
        assert lint(folders(folder)) == ()
        loaded = load_task("small/add", roots=[small_suite.parent])
        assert plugins.find("drivers", driver).fault(loaded.brief) == ""
        return loaded

    return task


@pytest.fixture
def tried(tmp_path):
    """Run one trial of a model that a server has, from the first message to the record."""
    numbers = count()

    def tried(task, driver, model, server, **more) -> TrialRecord | Attempt:
        contestant = make_contestant(model, model=model, base_url=server.base_url, **more)
        plan = Plan(title="t", tasks=(planned(task),), contestants=(contestant,), drivers=(driver,))
        key = TrialKey(suite="small", task="add", contestant=model, driver=driver, epoch=1)
        trial = Trial(
            key=key, task=task, contestant=contestant, seed=1,
            versions=Versions(codestone="0", python="3", box="?"),
        )  # fmt: skip
        with (
            Store.create(tmp_path / f"run-{next(numbers)}", plan, {}) as store,
            Client(server.base_url) as client,
        ):
            return run_trial(trial, client, store)

    return tried


@pytest.mark.parametrize("driver", DRIVERS)
def test_known_contestants_earn_what_they_deserve(task, tried, driver):
    """Right, wrong and empty answers, end to end: the driver makes no difference."""
    chosen = task(driver)
    with ScriptedEndpoint(plays([chosen])) as server:
        found = {model: tried(chosen, driver, model, server) for model in ("oracle", "wrong", "empty")}
        asked = len(server.requests)
    scores = {model: (str(record.ending), record.score.earned) for model, record in found.items()}
    assert scores == {"oracle": ("answered", 4), "wrong": ("answered", 1), "empty": ("empty", 0)}
    assert found["oracle"].files == ("adder.py",)
    assert asked == {"single": 3, "turns": 6, "loop": 5}[driver]


def test_a_record_says_why_and_tells_calls_apart(task, tried):
    """The ending's detail is in it; replies that differ in their calls only are distinct."""
    chosen = task("loop")
    with ScriptedEndpoint(plays([chosen])) as server:
        found = [tried(chosen, "loop", model, server) for model in ("unfenced", "oracle", "wrong")]
    assert (found[0].ending, found[0].files) == (Ending.BAD_CALLS, ())
    assert found[0].detail.startswith("no call: # canary")
    assert found[0].checks[0].evidence == f"not asked: {found[0].detail}"
    assert len({record.reply_digest for record in found}) == 3


@pytest.mark.parametrize("sent_back", [True, False])
def test_the_transcript_on_disk_is_what_was_sent(task, tried, tmp_path, sent_back):
    """Prefix and reasoning as the contestant has them, whatever the driver keeps."""
    thinking = Thinking(prefix="/think ", sent_back=sent_back)
    with ScriptedEndpoint(reply("```python\nadd = 1\n```", reasoning="hm")) as server:
        tried(task("turns"), "turns", "m", server, thinking=thinking)
        last = server.requests[-1].messages
    (file,) = tmp_path.rglob("transcript.jsonl")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["sent"] for line in lines if "sent" in line] == last
    assert last[0]["content"].startswith("/think Repair")
    assert [message.get("reasoning_content") for message in last] == [None, "hm" if sent_back else None, None]
    assert [line["received"]["reasoning"] for line in lines if "received" in line] == ["hm", "hm"]


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("fault", ["error-500", "cut", "context-overflow", "tool-call"])
def test_a_servers_fault_is_never_scored_as_an_answer(task, tried, driver, fault):
    """Nothing is raised; what is the model's doing is scored 0, the rest is not measured."""
    chosen = task(driver)
    with ScriptedEndpoint({fault: faults.fault(fault)}) as server:
        found = tried(chosen, driver, fault, server)
    if fault in {"error-500", "cut"}:
        assert isinstance(found, Attempt)
        assert not found.ending.measured
    else:
        assert isinstance(found, TrialRecord)
        assert found.score.earned == 0
