import inspect
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codestone.cli.main import cli
from codestone.contestants.spec import read_contestants
from codestone.endpoint import weights
from codestone.engine.first_screen import next_steps as module
from codestone.engine.first_screen.earlier import Earlier
from codestone.engine.first_screen.here import Here, Server
from codestone.engine.first_screen.memory_holders import Card, Memory
from codestone.engine.first_screen.model_files import Files, ModelFile
from codestone.engine.first_screen.next_steps import Next, fitting, launch_file, next_steps, run_seconds
from codestone.engine.first_screen.serving_now import Model
from codestone.engine.probe import LIMIT_S
from codestone.engine.serving import check_serving
from codestone.sandbox import Description
from codestone.suites.load import load
from codestone.testing.records import make_record

GIB = 1 << 30
BOX = Description(name="bubblewrap", version="1", program="/usr/bin/bwrap", in_force={})


def machine(*servers: Server, files: tuple[ModelFile, ...] = (), **more) -> Here:
    """Return a machine on which all is well and there is what was named."""
    usual = {
        "cards": (), "memory": Memory(total_bytes=64 * GIB, available_bytes=32 * GIB), "largest": (),
        "box": BOX, "embedded_installed": True, "embedded_cached": True,
    }  # fmt: skip
    return Here(servers=servers, files=Files(files=files, whole=True), **{**usual, **more})


def server(*models: Model, port: int = 8080, **more) -> Server:
    """Return a server that lists these models."""
    return Server(base_url=f"http://127.0.0.1:{port}/v1", kind="llama-server", models=models, **more)


def file(name: str, gib: float = 1, place: str = "~/models") -> ModelFile:
    """Return a model file of that size."""
    return ModelFile(name=name, path=Path(f"/m/{name}.gguf"), size_bytes=int(gib * GIB), place=place)


def only(*programs: str):
    """Return a ``which`` that knows these programs."""
    return lambda name: f"/usr/bin/{name}" if name in programs else None


def steps(found: Here, *programs: str) -> Next:
    """Return what comes next where these programs are installed."""
    return next_steps(found, run_seconds, which=only(*programs))


def commands(found: Here, *programs: str) -> list[str]:
    """Return the commands alone."""
    return [step.command for step in steps(found, *programs).steps]


TASKS = tuple(task.name for task in load("quick").tasks)
Q, LOADED = Model(id="q"), Model(id="big q", loaded=True)
WANTS_KEY = Server(base_url="http://127.0.0.1:8000/v1", state="key", trouble="wants an API key")
SILENT = Server(base_url="http://127.0.0.1:8000/v1", state="silent", trouble="no answer")
OTHER = Server(base_url="http://127.0.0.1:8000/v1", state="other", trouble="HTTP 404")
SITUATIONS = {
    "server": machine(server(Q)),
    "several": machine(server(Q, LOADED), server(Q, port=1234)),
    "loading": machine(server(state="loading", trouble="loads")),
    "key": machine(WANTS_KEY),
    "files": machine(files=(file("q 8b's"),)),
    "files, no server program": machine(files=(file("q"),), embedded_installed=False),
    "ollama": machine(files=(file("q:8b", place="Ollama"),)),
    "lm-studio": machine(files=(file("q", place="LM Studio"),), embedded_installed=False),
    "nothing": machine(SILENT, OTHER),
    "nothing fetched": machine(embedded_cached=False, embedded_installed=False),
    "no box": machine(server(Q), box=None, unknown={"box": "no user namespaces"}),
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_running_server_is_checked_run_and_planned():
    """With one model on one server nothing has to be named."""
    assert commands(machine(server(Q))) == [
        "codestone models --check",
        "codestone run quick",
        "codestone plan quick --budget 8h",
    ]


def test_the_model_that_is_loaded_is_named_where_there_are_several():
    """And its server, where another one answers: commands without a name would be refused."""
    found = machine(server(Q, Q, port=1234), server(LOADED, Q))
    asked = "--endpoint http://127.0.0.1:8080/v1 --model 'big q'"
    assert commands(found)[1] == f"codestone run quick {asked}"


def test_a_server_that_wants_a_key_gets_it_from_the_environment():
    """The key stands in no command."""
    first, second, _ = commands(machine(WANTS_KEY))
    assert first.startswith("read -rs API_KEY")
    assert second.endswith("--endpoint http://127.0.0.1:8000/v1 --key-env API_KEY")


def test_model_files_get_a_file_of_contestants_that_serves_the_one_that_fits():
    """With llama-server where it is installed, else with the embedded server."""
    found = machine(files=(file("huge", 60), file("fits", 20), file("tiny", 1)))
    for programs, part in (
        (["llama-server"], '"llama-server", "-m", "/m/fits.gguf"'),
        ([], "launch.embedded"),
    ):
        write, check, run = commands(found, *programs)
        assert part in write
        assert check == "codestone models --check --contestants mine.toml"
        assert run == "codestone run quick --contestants mine.toml"


def test_a_file_of_contestants_that_is_there_is_not_overwritten(folder):
    """It is the user's own, or the one that was written before."""
    (folder / "mine.toml").write_text("mine")
    assert commands(machine(files=(file("q"),))) == [
        "codestone models --check --contestants mine.toml",
        "codestone run quick --contestants mine.toml",
        "codestone plan quick --contestants mine.toml --probe --budget 8h",
    ]


def test_ollama_and_lm_studio_are_started_where_they_are_installed():
    """They know their own files best; Ollama's small default context is raised."""
    first, second, _ = commands(SITUATIONS["ollama"], "ollama", "llama-server")
    assert first == "OLLAMA_CONTEXT_LENGTH=16384 ollama serve &"
    assert second == "codestone models --check --model q:8b"
    assert commands(SITUATIONS["lm-studio"], "lms") == ["lms server start", "codestone"]
    assert "llama-server" in commands(SITUATIONS["lm-studio"], "lms", "llama-server")[0]


def test_with_nothing_here_the_embedded_model_shows_the_path():
    """What is missing of it is fetched first; what listens and is no API for models changes nothing."""
    assert commands(SITUATIONS["nothing"])[0] == "codestone run quick"
    assert commands(SITUATIONS["nothing fetched"]) == [
        "pip install 'codestone[embedded]'",
        "codestone doctor --prepare embedded",
        "codestone run quick",
    ]


def test_without_a_box_the_remedy_comes_first():
    """Nothing could be graded; a box that is only late is no fault."""
    assert commands(SITUATIONS["no box"])[:2] == ["codestone doctor", "codestone models --check"]
    late = machine(server(Q), box=None, unknown={"box": "no answer"}, late=frozenset({"box"}))
    assert commands(late)[0] == "codestone models --check"


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_command_exists_with_its_options(situation):
    """There are at most three, each with what it tells, and with words on what was found."""
    following = steps(SITUATIONS[situation])
    assert following.situation
    assert 1 <= len(following.steps) <= 3
    for step in following.steps:
        assert step.tells
        assert step.seconds is None or 0 <= step.seconds[0] <= step.seconds[1]
        words = shlex.split(step.command.partition("\n")[0])
        if words[:1] == ["codestone"] and words[1:]:
            command = cli.get_command(click.Context(cli), words[1])
            assert command is not None
            command.make_parser(click.Context(command)).parse_args(words[2:])  # raises for an unknown option


def test_times_are_those_that_the_commands_keep():
    """Figures of the screen follow from figures of the code."""
    limit_s = inspect.signature(check_serving).parameters["limit_s"].default
    assert (limit_s, limit_s * 11 / 6) == module.CHECK_S
    assert module.PROBE_S[1] == LIMIT_S
    low_s, high_s = run_seconds()
    assert 0 < low_s < high_s


def test_a_run_before_tells_how_long_the_next_takes():
    """Of a model with that id; the range is narrower, and says which run it comes from."""
    records = tuple(
        make_record(suite="quick", task=task, contestant="q-1", generation_ns=20 * 10**9) for task in TASKS
    )
    found = machine(server(Q), earlier={"q": Earlier(run="2026-quick", records=records)})
    before, after = steps(machine(server(Q))).steps[1], steps(found).steps[1]
    assert before.seconds is not None
    assert after.seconds is not None
    assert before.seconds[0] < after.seconds[0] < after.seconds[1] < before.seconds[1]
    assert after.tells.endswith("time from runs/2026-quick")


def test_the_largest_file_that_leaves_room_is_chosen():
    """Of cards and machine the larger memory counts; where nothing fits, the smallest."""
    files = [file("a", 30), file("b", 20), file("c", 10)]
    assert fitting(files, 40 * GIB).name == "a"
    assert fitting(files, 30 * GIB).name == "b"
    assert fitting(files, 1 * GIB).name == "c"
    assert fitting(files, None).name == "a"
    cards = (Card(name="g", total_bytes=24 * GIB), Card(name="g", total_bytes=24 * GIB))
    assert module.capacity_bytes(machine(cards=cards)) == 48 * GIB
    assert module.capacity_bytes(machine(cards=None)) == 32 * GIB
    assert module.capacity_bytes(machine(memory=None)) is None


def test_layers_go_to_the_card_where_there_is_one():
    """Older builds of llama-server leave them all on the processor."""
    assert '"-ngl", "99"' in launch_file(
        file("q"), machine(cards=(Card(name="g"),)), which=only("llama-server")
    )
    assert "-ngl" not in launch_file(file("q"), machine(), which=only("llama-server"))


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=20)


@settings(max_examples=40)
@given(name=NAMES, program=st.sampled_from([[], ["llama-server"]]))
def test_the_file_that_is_written_is_sound_whatever_the_model_is_called(name, program, tmp_path_factory):
    """Quotes, backslashes, line breaks: the shell and TOML give back the path as it is."""
    folder = tmp_path_factory.mktemp("written")
    found = machine(files=(file(name),))
    command = steps(found, *program).steps[0].command
    subprocess.run(["/bin/sh", "-c", command], cwd=folder, check=True)
    (spec,) = read_contestants(folder / "mine.toml").contestant
    assert spec.launch is not None
    path = spec.launch.argv[2] if program else spec.launch.embedded.file
    assert path == f"/m/{name}.gguf"
    assert re.fullmatch(r"[\w.:-]+", spec.model)


@pytest.mark.embedded
@pytest.mark.usefixtures("embedded_weights")
def test_the_commands_for_a_model_file_work(folder):
    """Written as told and taken by the next command; a real file of weights."""
    own = ModelFile(name="smol", path=weights.path(), size_bytes=1, place="~/models")
    write, _, run = commands(machine(files=(own,)))
    planned = run.replace("codestone run", "python -m codestone plan --no-probe")
    ran = subprocess.run(
        ["/bin/sh", "-c", f"{write}\n{planned}"], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "smol" in ran.stdout
