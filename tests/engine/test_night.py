"""A night in small: three contestants, and a server that dies in every way that it can."""

import os
import shutil
import signal
import threading
from pathlib import Path

import pytest

from codestone.contestants.lineup import Asked
from codestone.engine.start import Request, start
from codestone.reports import markdown, terminal
from codestone.store.records import Store
from codestone.trial import Ending

CONTESTANTS = """
[[contestant]]
name = "dies-while-loading"
[contestant.launch.embedded]
context_tokens = 2048

[[contestant]]
name = "dies-while-streaming"
[contestant.launch.embedded]
context_tokens = 3072

[[contestant]]
name = "dies-between-trials"
sampling = "fixed"
[contestant.sampling_by]
temperature = 0.0
[contestant.launch.embedded]
context_tokens = 4096
"""


def below(pid: int) -> list[int]:
    """Return the pids of a process's children, whichever of its threads started them."""
    try:
        tasks = [*Path(f"/proc/{pid}/task").iterdir()]
        return [int(word) for task in tasks for word in (task / "children").read_text().split()]
    except OSError:
        return []


def server(context: str = "") -> int | None:
    """Return the pid of the server that this process runs, below its guard."""
    for pid in (pid for guard in below(os.getpid()) for pid in below(guard)):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        except OSError:
            continue
        if "codestone.endpoint.embedded_server" in words and (not context or context in words):
            return pid
    return None


class Killer:
    """Watches a run, and kills servers: one whenever it loads, one while it streams, one between trials."""

    def __init__(self):
        self.killed, self.over = set(), threading.Event()

    def kill(self, when, context=""):
        pid = server(context)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            while Path(f"/proc/{pid}").exists():
                os.sched_yield()
            self.killed.add(when)

    def lie_in_wait(self):
        """Kill the server of one contestant as soon as it is there: it takes longer than that to load."""
        while not self.over.wait(0.01):
            self.kill("loading", "2048")

    def expects(self, keys):
        pass

    def begins(self, key, **more):
        def on_text(text, channel):
            if "streaming" in key.contestant and "streaming" not in self.killed:
                self.kill("streaming")

        return on_text

    def ends(self, outcome, **more):
        if "between" in outcome.key.contestant and "between" not in self.killed:
            self.kill("between")

    def retries(self, key, **more):
        pass

    def forecast(self, words):
        pass

    def say(self, text):
        pass


@pytest.mark.embedded
@pytest.mark.usefixtures("embedded_weights")
def test_a_run_whose_servers_die_ends_complete_and_names_what_it_could_not_measure(small_suite, tmp_path):
    """What never loads stays pending; what dies later is started anew and measured."""
    shutil.copytree(small_suite / "add", small_suite / "add-too")
    for file in ("add/task.toml", "add-too/task.toml"):
        text = (small_suite / file).read_text()
        (small_suite / file).write_text(text.replace("[limits]", "[limits]\nreply_tokens = 48"))
    listed = (small_suite / "suite.toml").read_text().replace('["add"]', '["add", "add-too"]')
    (small_suite / "suite.toml").write_text(listed)
    (tmp_path / "contestants.toml").write_text(CONTESTANTS)
    killer = Killer()
    waiting = threading.Thread(target=killer.lie_in_wait)
    waiting.start()
    try:
        summary, directory = start(
            Request(
                what=("small",),
                asked=Asked(file=tmp_path / "contestants.toml"),
                folders=(small_suite.parent,),
                out=tmp_path / "run",
            ),
            killer,
        )
    finally:
        killer.over.set()
        waiting.join()
    assert killer.killed == {"between", "loading", "streaming"}
    with Store.open(directory, read_only=True) as store:
        records, attempts = store.records(), store.attempts()
    assert {record.key.contestant.rpartition("-")[0] for record in records} == {
        "dies-while-streaming",
        "dies-between-trials",
    }
    assert len(records) == 4
    named = {(a.key.contestant.rpartition("-")[0], a.key.task, a.ending) for a in attempts}
    assert named >= {("dies-while-loading", task, Ending.LOAD_FAILED) for task in ("add", "add-too")}
    assert ("dies-between-trials", "add-too", Ending.UNREACHABLE) in named
    assert ("dies-while-streaming", "add", Ending.STREAM_BROKEN) in named
    assert server() is None
    for report in (terminal.render(summary), markdown.render(summary)):
        assert "could not be loaded" in " ".join(report.split())
