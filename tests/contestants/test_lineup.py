import os
import site
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFWriter, LlamaFileType

import codestone
from codestone.contestants.lineup import Asked, again, key_of, lineup, served
from codestone.endpoint import embedded
from codestone.endpoint.discover import inspect
from codestone.errors import EndpointError, TaskError, ToolchainMissing, UnknownName, UsageError
from codestone.testing import ScriptedEndpoint, reply
from codestone.trial import Contestant, Launch, Sampling, Thinking

SCRIPTED = (
    f'argv = ["{sys.executable}", "-m", "codestone.testing", "--profile", "oracle", "--port", "{{port}}"]'
)


@pytest.fixture
def server():
    """Three models, two of one family."""
    with ScriptedEndpoint({"qwen-a": reply("a"), "qwen-b": reply("b"), "gemma": reply("c")}) as endpoint:
        yield endpoint


def asked_in(folder: Path, text: str, **more) -> Asked:
    """Ask for the contestants of a file of that text."""
    file = folder / "contestants.toml"
    file.write_text(text)
    return Asked(file=file, **more)


def line_up(asked: Asked) -> tuple[tuple[Contestant, ...], list[str]]:
    """Return the contestants, and what was reported."""
    news: list[str] = []
    with lineup(asked, report=news.append) as contestants:
        return contestants, news


def entry(server, **keys) -> str:
    """Return a [[contestant]] of these keys."""
    said = {"endpoint": server.base_url, **keys}
    return "\n".join(["[[contestant]]", *(f'{name} = "{value}"' for name, value in said.items()), ""])


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_flags_name_models_and_patterns_each_once(server):
    """In the order in which they were named, then the server's; two patterns may overlap."""
    contestants, _ = line_up(Asked(endpoint=server.base_url, models=("gemma", "qwen*", "*-a")))
    assert [each.model for each in contestants] == ["gemma", "qwen-a", "qwen-b"]
    assert {each.base_url for each in contestants} == {server.base_url}
    assert all(each.scripted and each.launch is None for each in contestants)


def test_several_models_must_be_chosen_from(server):
    """All of a big server by accident would be a long night."""
    with pytest.raises(UsageError, match="serves 3 models, and none was named"):
        line_up(Asked(endpoint=server.base_url))
    with pytest.raises(UnknownName) as caught:
        line_up(Asked(endpoint=server.base_url, models=("qwen_a",)))
    assert "Did you mean qwen-a" in caught.value.hint


def test_an_endpoint_that_was_named_must_answer():
    """Nothing takes its place."""
    with pytest.raises(EndpointError):
        line_up(Asked(endpoint=f"http://127.0.0.1:{closed_port()}"))


@pytest.mark.parametrize(
    ("flags", "sampling"),
    [
        ({}, Sampling()),
        ({"temperature": 0.0}, Sampling(mode="fixed", request={"temperature": 0.0}, seeded=True)),
        (
            {"sampling": "fixed", "temperature": 1},
            Sampling(mode="fixed", request={"temperature": 1}, seeded=True),
        ),
        (
            {"sampling": "preset:precise"},
            Sampling(mode="preset:precise", request={"temperature": 0.1}, seeded=True),
        ),
    ],
)
def test_sampling_by_flags(server, flags, sampling):
    """Nothing is sent unless it was asked for; a temperature alone is fixed sampling."""
    ((contestant,), _) = line_up(Asked(endpoint=server.base_url, models=("gemma",), **flags))
    assert contestant.sampling == sampling


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"sampling": "fixed"}, "needs --temperature"),
        ({"sampling": "warm"}, "--sampling is server, fixed or preset:NAME, not 'warm'"),
        ({"sampling": "preset:precis"}, "no preset is called 'precis'"),
        ({"sampling": "preset:greedy", "temperature": 1}, "contradict each other"),
        ({"thinking": "of"}, "no mode of thinking is called 'of'"),
        ({"key_env": "NO_SUCH_VARIABLE"}, "NO_SUCH_VARIABLE is not set"),
    ],
)
def test_flags_that_make_no_sense_are_refused(server, flags, words):
    """Before anything is asked of a model."""
    with pytest.raises(UsageError, match=words):
        line_up(Asked(endpoint=server.base_url, models=("gemma",), **flags))


def test_thinking_is_asked_for_as_server_and_model_have_it(server):
    """What is known of the server is used; the two variants are two contestants."""
    off, on, default = (
        line_up(Asked(endpoint=server.base_url, models=("gemma",), thinking=mode))[0][0]
        for mode in ("off", "on", "default")
    )
    assert off.thinking == Thinking(mode="off", request={"chat_template_kwargs": {"enable_thinking": False}})
    assert default.thinking == Thinking()
    assert len({off.name, on.name, default.name}) == 3
    assert off.name.startswith("gemma-thinking-off-")


def test_a_file_expands_patterns_and_mixes_endpoints(server, tmp_path):
    """Each entry in its order, with its own settings, at its own endpoint."""
    with ScriptedEndpoint({"far": reply("x")}) as other:
        text = entry(server, model="qwen*", thinking="off") + entry(other, model="far", name="Far away")
        contestants, _ = line_up(asked_in(tmp_path, text))
    assert [(each.model, each.base_url) for each in contestants] == [
        ("qwen-a", server.base_url),
        ("qwen-b", server.base_url),
        ("far", other.base_url),
    ]
    assert [each.thinking.mode for each in contestants] == ["off", "off", "default"]
    assert contestants[2].name.startswith("far-away-")


def test_thinking_by_ones_own_way(server, tmp_path):
    """It replaces what is known, and may be no request at all: a server that was started so."""
    by = (
        'thinking = "off"\nreasoning_sent_back = true\n[contestant.thinking_by]\n'
        'think = false\nreasoning_effort = "none"\nprefix = "/no_think "\nrequest = { x = 1 }\n'
    )
    bare = 'thinking = "off"\n[contestant.thinking_by]\n'
    text = entry(server, model="gemma") + by + entry(server, model="qwen-a") + bare
    (first, second), _ = line_up(asked_in(tmp_path, text))
    assert first.thinking == Thinking(
        mode="off",
        request={"think": False, "reasoning_effort": "none", "x": 1},
        prefix="/no_think ",
        sent_back=True,
    )
    assert second.thinking == Thinking(mode="off")


def test_where_no_way_is_known_the_user_is_asked_for_one(tmp_path):
    """A guess would be a contestant that is not what it says."""
    text = f'[[contestant]]\nmodel = "x"\nthinking = "off"\nlaunch = {{ server = "lm-studio", {SCRIPTED} }}\n'
    with pytest.raises(UsageError, match="no way is known to turn thinking off for x on lm-studio") as caught:
        line_up(asked_in(tmp_path, text))
    assert "[contestant.thinking_by]" in caught.value.hint


def test_a_model_that_always_thinks_is_said_to(tmp_path):
    """What was asked for is not what will come."""
    text = f'[[contestant]]\nmodel = "gpt-oss-20b"\nthinking = "off"\nlaunch = {{ {SCRIPTED} }}\n'
    contestants, news = line_up(asked_in(tmp_path, text))
    assert contestants[0].thinking.request["reasoning_effort"] == "low"
    assert news == ["gpt-oss-20b: gpt-oss always thinks: off asks for as little as it can"]


def test_a_launched_contestant_is_not_started_to_be_known(tmp_path):
    """Its command, its file and what was declared are its facts; it has no place until it is served."""
    file = gguf_file(tmp_path / "tiny.gguf")
    text = f"""[[contestant]]
model = "tiny"
facts = {{ quant = "Q8_0", parameters = 7e9, offload = "all" }}
[contestant.launch]
argv = ["{sys.executable}", "llama-server", "-m", "{file}", "-c", "2048", "--port", "{{port}}"]
load_s = 5
"""
    (contestant,), news = line_up(asked_in(tmp_path, text))
    facts = {name: (fact.value, fact.source) for name, fact in contestant.facts.items()}
    assert (contestant.base_url, contestant.server, contestant.scripted) == ("", "llama-server", False)
    assert contestant.launch is not None
    assert (contestant.launch.argv[-1], contestant.launch.load_s) == ("{port}", 5)
    assert facts["context_served"] == (2048, "declared")
    assert facts["offload"] == ("all", "declared")
    assert facts["quant"] == ("Q4_K_M", "file")
    assert facts["declared_quant"] == ("Q8_0", "declared")
    assert facts["parameters"] == (6, "file")
    assert facts["file"] == ("tiny.gguf", "file")
    assert facts["file_bytes"] == (file.stat().st_size, "file")
    assert [line.partition(":")[0] for line in news] == ["tiny", "tiny"]
    assert "it is declared as Q8_0, the file says Q4_K_M" in "".join(news)


def test_a_launched_server_that_says_otherwise_is_reported(tmp_path):
    """A context that was declared and is cut by the server, for instance."""
    facts = "facts = { context_served = 65536, slots = 1 }"
    text = f'[[contestant]]\nmodel = "oracle"\n{facts}\nlaunch = {{ {SCRIPTED} }}\n'
    (contestant,), news = line_up(asked_in(tmp_path, text))
    with served(contestant, key=None, report=news.append, log=None):
        pass
    assert news[-1] == (f"{contestant.name}: context served: it is declared as 65536, the server says 32768")


def gguf_file(file: Path) -> Path:
    """Write a small model file."""
    writer = GGUFWriter(file, "llama")
    writer.add_file_type(LlamaFileType.MOSTLY_Q4_K_M)
    writer.add_tensor("w", np.zeros((2, 3), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


WITHOUT = """
import sys
from pathlib import Path
from codestone.contestants.lineup import Asked, lineup
with lineup(Asked(file=Path(sys.argv[1])), report=print) as (contestant,):
    print(contestant.name, *sorted(contestant.facts))
"""


def test_without_the_extra_it_is_the_same_contestant_with_fewer_facts(tmp_path):
    """An installation without gguf, made of links to everything else of this one."""
    packages = tmp_path / "packages"
    packages.mkdir()
    for folder in site.getsitepackages():
        for package in Path(folder).iterdir():
            if not package.name.startswith(("gguf", "codestone")):
                (packages / package.name).symlink_to(package)
    (packages / "codestone").symlink_to(Path(codestone.__file__).parent)
    launch = f'argv = ["{sys.executable}", "-m", "{gguf_file(tmp_path / "tiny.gguf")}", "{{port}}"]'
    text = f'[[contestant]]\nmodel = "x"\nfacts = {{ quant = "Q4_K_M" }}\nlaunch = {{ {launch} }}\n'
    asked = asked_in(tmp_path, text)
    (contestant,), _ = line_up(asked)
    ended = subprocess.run(
        [sys.executable, "-S", "-c", WITHOUT, str(asked.file)],
        env=os.environ | {"PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert ended.stdout.split() == [contestant.name, "file", "file_bytes", "quant"]
    assert {"architecture", "parameters"} <= contestant.facts.keys()


def test_a_program_that_is_not_there_is_said_before_the_run(tmp_path):
    """And not at 3 a.m., when it is its turn."""
    text = '[[contestant]]\nmodel = "x"\n[contestant.launch]\nargv = ["no-such-server", "{port}"]\n'
    with pytest.raises(ToolchainMissing, match="no-such-server"):
        line_up(asked_in(tmp_path, text))


def test_a_file_that_is_named_and_missing_is_a_usage_error(server, tmp_path):
    """A fact that the user wants is not left out in silence."""
    with pytest.raises(UsageError, match=r"none\.gguf cannot be read"):
        line_up(asked_in(tmp_path, entry(server, model="gemma", file=str(tmp_path / "none.gguf"))))


def test_a_name_is_the_same_after_a_restart_and_on_another_port(tmp_path):
    """Nothing volatile is in it."""
    names = set()
    for _ in range(2):
        with ScriptedEndpoint({"q": reply("a")}) as server:
            names.add(line_up(asked_in(tmp_path, entry(server, model="q", thinking="off")))[0][0].name)
    assert len(names) == 1
    text = f'[[contestant]]\nmodel = "oracle"\n[contestant.launch]\n{SCRIPTED}\n'
    (before,), _ = line_up(asked_in(tmp_path, text))
    with served(before, key=None, report=print, log=None) as url:
        assert inspect(url).models[0].id == "oracle"
        (during,), _ = line_up(asked_in(tmp_path, text))
    assert before == during
    assert before.scripted


@pytest.mark.parametrize(
    "change",
    [
        'thinking = "off"',
        'sampling = "preset:greedy"',
        "reasoning_sent_back = true",
        'facts = { quant = "Q8_0" }',
        'name = "other"',
        f'file = "{Path(__file__)}"',
    ],
)
def test_whatever_is_changed_it_is_another_contestant(server, tmp_path, change):
    """The name is over the whole configuration."""
    plain = entry(server, model="gemma")
    (one, other), _ = line_up(asked_in(tmp_path, plain + plain + change + "\n"))
    assert one.name != other.name


def test_one_configuration_twice_is_refused(server, tmp_path):
    """Two rows of one contestant would be two halves of one sample."""
    text = entry(server, model="gemma") + entry(server, model="gem*")
    with pytest.raises(UsageError, match="the same configuration more than once: gemma-"):
        line_up(asked_in(tmp_path, text))


def test_flags_beside_a_file_are_refused(server, tmp_path):
    """It would not be clear for whom they hold; a key may be named for all endpoints."""
    with pytest.raises(UsageError, match=r"--model, --thinking cannot be combined with --contestants"):
        line_up(asked_in(tmp_path, entry(server, model="gemma"), models=("x",), thinking="off"))
    with pytest.raises(TaskError):
        line_up(asked_in(tmp_path, ""))


def test_keys_come_from_the_environment_and_stay_there(server, tmp_path, monkeypatch):
    """Each endpoint has its own variable; nothing of it stands in a contestant."""
    monkeypatch.setenv("KEY_A", "s3cret-a")
    monkeypatch.setenv("KEY_B", "s3cret-b")
    launch = f'[[contestant]]\nmodel = "oracle"\nkey_env = "KEY_B"\n[contestant.launch]\n{SCRIPTED}\n'
    with ScriptedEndpoint({"far": reply("x")}) as other:
        text = entry(server, model="gemma", key_env="KEY_A") + entry(other, model="far") + launch
        asked = asked_in(tmp_path, text)
        contestants, _ = line_up(asked)
    assert [key_of(each, asked) for each in contestants] == ["s3cret-a", None, "s3cret-b"]
    assert key_of(contestants[1], asked_in(tmp_path, text, key_env="KEY_B")) == "s3cret-b"
    assert key_of(contestants[0], Asked(key_env="KEY_A")) == "s3cret-a"
    stored = "".join(each.model_dump_json() for each in contestants)
    assert "s3cret" not in stored
    assert "KEY_" not in stored


def test_a_run_goes_on_where_its_contestants_answer_now(server):
    """At another port, if it was said; as it was, if not."""
    contestants, _ = line_up(Asked(endpoint=server.base_url, models=("qwen*",)))
    assert again(contestants, Asked(), report=print) == contestants
    with ScriptedEndpoint({"qwen-a": reply("a"), "qwen-b": reply("b")}) as moved:
        there = again(contestants, Asked(endpoint=moved.base_url), report=print)
    assert [each.name for each in there] == [each.name for each in contestants]
    assert {each.base_url for each in there} == {moved.base_url}


def test_a_run_does_not_go_on_with_another_configuration(server):
    """What the server tells otherwise is said."""
    ((contestant,), _) = line_up(Asked(endpoint=server.base_url, models=("gemma",)))
    fact = contestant.facts["context_served"].model_copy(update={"value": 1024})
    was = contestant.model_copy(update={"facts": {**contestant.facts, "context_served": fact}})
    with pytest.raises(UsageError, match="context served was 1024, is 32768"):
        again([was], Asked(), report=print)
    with pytest.raises(UsageError, match="the server was ollama, is scripted"):
        again([contestant.model_copy(update={"server": "ollama"})], Asked(), report=print)
    gone = contestant.model_copy(update={"model": "gone"})
    with pytest.raises(UnknownName):
        again([gone], Asked(), report=print)


def test_contestants_at_two_endpoints_cannot_be_moved_to_one(server):
    """It would not be clear which of them moved."""
    contestants, _ = line_up(Asked(endpoint=server.base_url, models=("qwen*",)))
    elsewhere = contestants[0].model_copy(update={"base_url": "http://127.0.0.1:1/v1"})
    with pytest.raises(UsageError, match="contestants at 2 endpoints"):
        again([elsewhere, contestants[1]], Asked(endpoint=server.base_url), report=print)


@pytest.mark.embedded
@pytest.mark.usefixtures("embedded_weights")
def test_the_embedded_model_is_a_launch_with_settings(tmp_path):
    """Two settings are two contestants; the weights' facts are those of their file."""
    text = (
        "[[contestant]]\nlaunch.embedded = {}\n[[contestant]]\nlaunch.embedded = { context_tokens = 512 }\n"
    )
    (plain, small), _ = line_up(asked_in(tmp_path, text))
    assert (plain.model, plain.server, plain.base_url) == ("smollm2-135m", "embedded", "")
    assert plain.launch == Launch(embedded={"context_tokens": 4096, "threads": 1})
    assert plain.name != small.name
    assert small.facts["context_served"].value == 512
    assert small.facts["build"].value == embedded.build()
    assert small.facts["quant"].value == "Q4_1"
    assert again([plain, small], Asked(), report=print) == (plain, small)
