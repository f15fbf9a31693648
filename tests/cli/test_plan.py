import json
import os
import subprocess
import sys

import pytest

from codestone.testing import ScriptedEndpoint, chunk, reply, schedule
from codestone.testing.script import DONE, Script, usage

RATE = 400.0


def codestone(*args, cwd, env=None) -> subprocess.CompletedProcess:
    """Run the command as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "codestone", *map(str, args)],
        capture_output=True, text=True, cwd=cwd, env=env, timeout=600, check=False,
    )  # fmt: skip


def paced(request) -> Script:
    """Write the whole output budget, a token each 2.5 ms."""
    budget = request.body["max_tokens"]
    told = chunk() | {"choices": [], "usage": usage(10, budget)}
    text = [(1 / RATE, chunk({"content": "abcd"}))] * budget
    return Script(steps=schedule([*text, (0.0, chunk(finish="length")), (0.0, told), (0.0, DONE)]))


@pytest.fixture
def elsewhere(tmp_path):
    folder = tmp_path / "cwd"
    folder.mkdir()
    return folder


@pytest.fixture
def two_tasks(small_suite):
    """The small suite with a second task, in JavaScript."""
    suite, add = small_suite / "suite.toml", small_suite / "add"
    suite.write_text(suite.read_text().replace('["add"]', '["add", "add-js"]'))
    for path in [path for path in add.rglob("*") if path.is_file()]:
        copy = small_suite / "add-js" / path.relative_to(add)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text().replace('"python"', '"javascript"').replace("adder.py", "adder.js"))
    return small_suite


def plan(server, suite, elsewhere, *args, env=None):
    return codestone(
        "plan", "small", "--tasks", suite.parent, "--endpoint", server.base_url, *args, cwd=elsewhere, env=env
    )


def test_the_plan_is_shown_and_nothing_is_written(small_suite, elsewhere):
    """Matrix, speed, points, time as a range, and the smallest gap, in 80 columns."""
    with ScriptedEndpoint(paced) as server:
        ran = plan(server, small_suite, elsewhere, "-n", "3")
    assert (ran.returncode, "Traceback" in ran.stderr) == (0, False)
    lines = ran.stdout.splitlines()
    assert lines[0] == "small: 1 contestant x 1 driver x 1 task x 3 passes = 3 trials"
    assert any("tokens/s" in line for line in lines)
    assert "small/add    4 points  Add two numbers" in lines
    text = " ".join(ran.stdout.split())
    assert "points 4 for each contestant in a pass" in text
    assert "from a probe of 1 contestant" in text
    assert "with 1 task x 3 passes no difference would show: one task says nothing of others" in text
    assert max(map(len, lines)) <= 80
    assert list(elsewhere.iterdir()) == []
    assert ran.stderr.splitlines()[-1].startswith("probing scripted-")


def test_json_has_the_same_figures(small_suite, elsewhere):
    """With a schema version; the probe's speed is the one at which the server wrote."""
    with ScriptedEndpoint(paced) as server:
        ran = plan(server, small_suite, elsewhere, "-n", "3", "--json")
        asked = len(server.requests)
    told = json.loads(ran.stdout)
    assert (told["schema_version"], told["trials"], told["epochs"], told["points"]) == (1, 3, 3, 4)
    (name,) = [contestant["name"] for contestant in told["contestants"]]
    speed = told["probes"][name]["tokens_per_s"]
    assert 0.2 * RATE < speed < 1.2 * RATE
    assert asked == 2
    whole, one = told["estimate"]["whole"], told["estimate"]["one_pass"]
    assert 0 < one["low_s"] < one["likely_s"] < one["high_s"]
    assert whole["likely_s"] == pytest.approx(3 * one["likely_s"])
    assert one["high_s"] == pytest.approx(4096 / speed + 10, rel=0.01)
    assert told["gap"]["share"] is None
    assert told["budget"] is None


def test_a_budget_decides_the_passes_where_nobody_did(small_suite, elsewhere):
    """As many whole passes as fit by the likely estimate; -n wins over it."""
    with ScriptedEndpoint(reply("x")) as server:
        told = json.loads(
            plan(server, small_suite, elsewhere, "--budget", "1h", "--no-probe", "--json").stdout
        )
        fixed = plan(server, small_suite, elsewhere, "--budget", "1h", "--no-probe", "-n", "2", "--json")
        short = plan(server, small_suite, elsewhere, "--budget", "1s", "--no-probe")
    one = told["estimate"]["one_pass"]["likely_s"]
    assert told["budget"] == {"seconds": 3600, "passes": int(3600 / one)}
    assert told["epochs"] == told["budget"]["passes"] > 1
    assert json.loads(fixed.stdout)["epochs"] == 2
    assert "may not be enough for one pass" in " ".join(short.stdout.split())
    assert server.requests == []


def test_only_who_is_alone_at_an_endpoint_is_probed_unasked(small_suite, elsewhere):
    """Two models of one server might have to be swapped for it."""
    with ScriptedEndpoint({"one": paced, "two": paced}) as server:
        unasked = plan(server, small_suite, elsewhere, "--model", "*")
        assert server.requests == []
        told = json.loads(plan(server, small_suite, elsewhere, "--model", "*", "--probe", "--json").stdout)
    assert unasked.stdout.count("speed not probed (--probe)") == 2
    assert "from nothing but the output budgets" in " ".join(unasked.stdout.split())
    assert len(told["probes"]) == 2
    assert all(probe["tokens_per_s"] for probe in told["probes"].values())


def test_a_task_without_its_toolchain_is_skipped_and_says_why(two_tasks, elsewhere):
    """Nobody is asked it, and it is in nobody's total."""
    bare = {**os.environ, "PATH": str(elsewhere)}
    bare.pop("REQUIRE_TOOLCHAINS", None)
    with ScriptedEndpoint(reply("x")) as server:
        ran = plan(server, two_tasks, elsewhere, "--no-probe", env=bare)
    assert ran.stdout.startswith("small: 1 contestant x 1 driver x 1 task x 1 pass = 1 trial\n")
    assert "small/add-js  skipped: no node" in ran.stdout
    assert "points   4 for each contestant" in ran.stdout


def test_what_a_server_says_moves_no_cursor(small_suite, elsewhere):
    """The name of a model is text of a stranger."""
    with ScriptedEndpoint({"evil\x1b[2J": reply("x")}) as server:
        ran = plan(server, small_suite, elsewhere, "--no-probe")
    assert ran.returncode == 0
    assert "\x1b" not in ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["quikc"], 2, "quick"),
        (["quick", "--budget", "8"], 2, "8h, 90m"),
        (["quick", "--driver", "singel"], 2, "single"),
        (["quick", "-n", "0"], 2, "0"),
        (["quick", "--endpoint", "http://127.0.0.1:9"], 3, "http://127.0.0.1:9/v1/models"),
        (["quick", "--seen", "nowhere"], 6, "no run directory"),
    ],
)
def test_what_would_stop_a_run_stops_its_plan(args, code, words, elsewhere):
    """With the same exit code."""
    ran = codestone("plan", *args, cwd=elsewhere)
    assert ran.returncode == code
    assert words in ran.stderr


def test_speed_trials_are_part_of_the_plan(small_suite, elsewhere):
    """Beside a suite, and alone; with the time that they take on top of the other."""
    with ScriptedEndpoint(reply("x")) as server:
        both = plan(server, small_suite, elsewhere, "speed", "-n", "2", "--no-probe")
        alone = codestone("plan", "speed", "--endpoint", server.base_url, "--no-probe", cwd=elsewhere)
        told = json.loads(
            codestone(
                "plan", "speed", "--endpoint", server.base_url, "--no-probe", "--json", cwd=elsewhere
            ).stdout
        )
    assert "small speed: 1 contestant x 1 driver x 1 task x 2 passes = 2 trials" in both.stdout
    for ran in (both, alone):
        words = " ".join(ran.stdout.split())
        assert "1 contestant x 4 speed trials x 3 timed runs, alone on the machine" in words
    assert not {"points", "gap"} & {line.partition(" ")[0] for line in alone.stdout.splitlines()}
    assert (told["tasks"], told["trials"], told["speed"]["epochs"]) == ([], 0, 3)
    assert 0 < told["speed"]["estimate"]["low_s"] <= told["estimate"]["whole"]["high_s"]
