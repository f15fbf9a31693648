import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codestone.testing import ScriptedEndpoint
from codestone.testing.faults import refusal
from codestone.testing.serving import Path as Serving
from codestone.testing.serving import path, serve

EXAMPLE = Path(__file__).parents[2] / "docs/reference/examples/models-check.json"
BADLY = Serving(tools="text", read_tokens=3000)
LIMIT_S = 300


def models(*words: object) -> subprocess.CompletedProcess[str]:
    """Run the real command."""
    argv = [sys.executable, "-m", "codestone", "models", *map(str, words)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=LIMIT_S, check=False)


def told(whole: dict) -> list[tuple]:
    """Return what does not depend on clock or port."""
    return [
        (
            row["contestant"]["model"],
            [tuple(f[key] for key in ("id", "state", "words", "remedy")) for f in row["findings"]],
        )
        for row in whole["contestants"]
    ]


def test_a_good_path_is_exit_0_and_a_line_for_each_finding():
    """What is asked meanwhile goes to stderr."""
    with ScriptedEndpoint({"good": path("good")}) as server:
        ended = models("--check", "--endpoint", server.base_url)
    assert ended.returncode == 0
    assert "how it is served" in ended.stderr
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("good-")
    assert [line.split()[0] for line in lines[1:]] == ["✓"] * 18
    assert "\x1b" not in ended.stdout


def test_a_broken_path_is_exit_3_with_evidence_and_remedy():
    """The contestant is named; another one that is served well is told too."""
    with ScriptedEndpoint({"good": path("good"), "bad": serve(BADLY)}) as server:
        ended = models("--check", "--endpoint", server.base_url, "--model", "*")
    assert ended.returncode == 3
    assert "✗ tool-call" in ended.stdout
    assert "text: '<tool_call>" in ended.stdout
    assert "remedy: the server's parser of tool calls" in ended.stdout
    assert "bad-" in ended.stderr
    assert "good-" not in ended.stderr.partition("error:")[2]


def test_the_json_is_as_it_is_documented():
    """docs/reference/models.md shows this example; CODESTONE_GOLDEN=write writes it anew."""
    with ScriptedEndpoint({"badly-served": serve(BADLY)}) as server:
        ended = models("--check", "--json", "--endpoint", server.base_url)
    whole = json.loads(ended.stdout)
    if os.environ.get("CODESTONE_GOLDEN") == "write":
        whole["contestants"][0]["contestant"]["base_url"] = "http://127.0.0.1:8080/v1"
        EXAMPLE.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    documented = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert ended.returncode == 3
    assert whole.keys() == documented.keys()
    assert whole["schema_version"] == documented["schema_version"] == 1
    assert told(whole) == told(documented)
    assert all(
        was.keys() == now.keys()
        for was, now in zip(
            documented["contestants"][0]["findings"], whole["contestants"][0]["findings"], strict=True
        )
    )


def test_thinking_is_held_against_what_was_wanted():
    """Off is not believed because it was asked for."""
    with ScriptedEndpoint({"thinks": path("thinks")}) as server:
        ended = models("--check", "--endpoint", server.base_url, "--thinking", "on")
        assert (ended.returncode, "as declared" in ended.stdout) == (0, True)


def test_words_of_a_server_cannot_reach_the_terminal_raw():
    """An error body is the server's to choose, and so is what a model says."""
    with ScriptedEndpoint({"bad": lambda _: refusal(500, b"\x1b[2Jout of memory")}) as server:
        ended = models("--check", "--endpoint", server.base_url)
    assert ended.returncode == 3
    assert "\\x1b[2Jout of memory" in ended.stdout
    assert "\x1b" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("words", [["--model", "x"], ["--contestants", "x.toml"], ["--thinking", "on"]])
def test_what_only_a_check_needs_is_exit_2_without_it(words):
    """A model that is named and then not asked would be a surprise."""
    ended = models(*words)
    assert ended.returncode == 2
    assert "need --check" in ended.stderr


def test_an_endpoint_that_does_not_answer_is_exit_3():
    """Nothing is checked in its place."""
    ended = models("--check", "--endpoint", "http://127.0.0.1:9")
    assert ended.returncode == 3
    assert ended.stdout == ""


def test_without_check_the_models_are_listed():
    """As scripts have it: one JSON array."""
    with ScriptedEndpoint({"one": path("good"), "two": path("good")}) as server:
        ended = models("--json", "--endpoint", server.base_url)
        assert [model["id"] for model in json.loads(ended.stdout)[0]["models"]] == ["one", "two"]
        assert "one" in models("--endpoint", server.base_url).stdout
