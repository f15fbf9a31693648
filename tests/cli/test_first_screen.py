import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from codestone.cli.first_screen import lines
from codestone.engine.first_screen.earlier import Earlier
from codestone.engine.first_screen.here import Here, Server
from codestone.engine.first_screen.memory_holders import Card, Holder, Memory
from codestone.engine.first_screen.model_files import Files, ModelFile
from codestone.engine.first_screen.next_steps import Next, Step
from codestone.engine.first_screen.serving_now import Model
from codestone.sandbox import Description
from codestone.serving import Finding

GIB = 1 << 30
HEAVY = ("pydantic", "jinja2", "rich", "httptools", "orjson", "http", "asyncio", "ssl", "urllib.request")
BOX = Description(
    name="sandbox-exec", version="14", program="/usr/bin/sandbox-exec",
    in_force={
        "network": "loopback only", "memory": "polled", "processes": "not limited",
        "system calls": "unfiltered",
    },
)  # fmt: skip
LOADED = Model(
    id="q", loaded=True, context=8192, context_trained=40960, quant="Q4_K_M", kv_type="q8_0", draft="none",
    thinking=True, tools=True,
)  # fmt: skip
STEPS = Next(
    situation="A server is running.", steps=(Step(command="codestone run", tells="x", seconds=(30, 55)),)
)


def shown(following: Next = STEPS, *, width: int = 80, **what) -> str:
    """Return the screen, without colours, of a machine with little more than what was named."""
    nothing = {
        "cards": (), "memory": Memory(total_bytes=64 * GIB, available_bytes=32 * GIB), "largest": (),
        "servers": (), "box": BOX, "files": Files(files=(), whole=True), "embedded_installed": True,
        "embedded_cached": True,
    }  # fmt: skip
    return "\n".join(
        click.unstyle(line) for line in lines(Here(**{**nothing, **what}), following, width=width)
    )


def flat(text: str) -> str:
    """Return a text as if it had not been wrapped."""
    return re.sub(r"\s+", " ", text)


def test_memory_is_told_with_who_has_it():
    """Of each card, and of the machine."""
    holders = (
        Holder(pid=7, name="llama-server", size_bytes=12 * GIB),
        Holder(pid=8, name="x", size_bytes=None),
    )
    card = Card(name="RTX 4090", total_bytes=24 * GIB, used_bytes=13 * GIB, holders=holders)
    text = flat(shown(cards=(card,), largest=holders[:1]))
    assert (
        "RTX 4090, 13.0 GiB of 24.0 GiB taken by llama-server (12.0 GiB, pid 7), x (an unknown amount, pid 8)"
        in text
    )
    assert "64.0 GiB, 32.0 GiB available; most have llama-server (12.0 GiB, pid 7)" in text


def test_the_gpu_of_a_mac_shares_the_memory():
    """With its limit, where somebody set one."""
    assert "Apple M2, shares the machine's memory\n" in shown(cards=(Card(name="Apple M2", shared=True),))
    limited = Card(name="Apple M2", shared=True, total_bytes=48 * GIB)
    assert "at most 48.0 GiB for the GPU" in flat(shown(cards=(limited,)))


def test_a_model_is_told_with_its_configuration_and_with_what_nobody_told():
    """Nothing that was not told looks like a no."""
    servers = (Server(base_url="http://h/v1", kind="llama-server", build="b1", models=(LOADED,)),)
    text = flat(shown(servers=servers))
    assert "http://h/v1 llama-server b1" in text
    assert "q loaded, Q4_K_M, context 8,192 of 40,960, KV q8_0, draft: none, can think, takes tools" in text
    assert "not told" not in text
    assert "not checked: codestone models --check" in text
    bare = (Server(base_url="u", kind="ollama", models=(Model(id="o", loaded=True, on_gpu=0.25),)),)
    text = flat(shown(servers=bare))
    assert "o loaded (25 % on the GPU); not told: context, KV type, draft, thinking, tools" in text


def test_what_a_check_found_before_is_told_with_the_run_that_asked():
    """Not of a model that nobody can reach now."""
    ids = {"thinking": "ok", "tool-call": "broken", "usage": "ok"}
    findings = tuple(Finding(id=name, state=state, words="w") for name, state in ids.items())
    servers = (Server(base_url="u", kind="llama-server", models=(LOADED, Model(id="idle", loaded=False))),)
    text = flat(shown(servers=servers, earlier={"q": Earlier(run="r1", findings=findings)}))
    assert "takes tools; checked for runs/r1: thinking ok, tool-call broken" in text
    assert "not checked" not in text


def test_many_models_are_counted():
    """The loaded ones come first, from where they were ranked."""
    models = tuple(Model(id=f"m{n}") for n in range(8))
    text = shown(servers=(Server(base_url="u", kind="plain", models=models),))
    assert "m4" in text
    assert "m5" not in text
    assert "… and 3 more: codestone models" in text


def test_what_did_not_answer_is_said_to_be_so():
    """Each in its place; no row is left out."""
    late = "no answer within 1.5 s"
    unknown = dict.fromkeys(["gpu", "memory", "box", "files", "earlier runs"], late)
    silent = Server(base_url="http://h/v1", trouble=f"something listens there: {late}", state="silent")
    text = flat(shown(cards=None, memory=None, box=None, files=None, unknown=unknown, servers=(silent,)))
    assert text.count(late) == 6
    assert "none: no answer" in text
    assert f"not known: {late}; codestone doctor" in flat(
        shown(box=None, unknown={"box": late}, late=frozenset({"box"}))
    )
    assert "none answers" not in text
    card = Card(name="c", total_bytes=GIB, used_bytes=GIB)
    text = flat(shown(cards=(card,), unknown={"gpu holders": late, "programs": late}))
    assert text.count(f"by whom is not known: {late}") == 2


def test_the_box_is_told_with_what_it_does_not_limit():
    """In a word each."""
    assert "sandbox-exec 14; in force: network, memory; not limited: processes, system calls" in flat(shown())


def test_files_are_counted_by_place_and_the_largest_named():
    """A search that was cut short says so."""
    files = tuple(
        ModelFile(name=f"f{n}", path=Path("/f"), size_bytes=5 * GIB, place="LM Studio") for n in range(4)
    )
    text = flat(shown(files=Files(files=files, whole=False)))
    assert (
        "4 GGUF (LM Studio 4): f0 (5.0 GiB), f1 (5.0 GiB), f2 (5.0 GiB), …; the search was cut short" in text
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [((30, 55), "30 s - 55 s: x"), ((0, 1), "at once: x"), (None, "time not known: x")],
)
def test_each_command_has_its_time(seconds, words):
    """As a range, rounded outwards."""
    step = Step(command="codestone run", tells="x", seconds=seconds)
    assert words in shown(Next(situation="s", steps=(step,)))


def test_a_command_is_never_wrapped_and_a_file_in_it_begins_where_it_must():
    """Both are copied from the screen."""
    long = "codestone run " + "--model very-long " * 12
    text = shown(Next(situation="s", steps=(Step(command=f"cat > f <<'END'\n{long}\nEND", tells="x"),)))
    assert f"\n{long}\nEND\n" in text


def test_what_others_chose_as_names_cannot_write_on_the_terminal():
    """Models, files, programs and servers name themselves."""
    evil = "\x1b[2J\u202e"
    servers = (Server(base_url="u", kind=evil, models=(Model(id=evil, quant=evil),)),)
    files = (ModelFile(name=evil, path=Path("/f"), size_bytes=1, place="~/models"),)
    step = Step(command=f"codestone run --model '{evil}'", tells=evil)
    text = shown(
        Next(situation=evil, steps=(step,)), servers=servers, files=Files(files=files, whole=True),
        cards=(Card(name=evil),), largest=(Holder(pid=1, name=evil, size_bytes=1),),
    )  # fmt: skip
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_in_a_pipe_it_is_plain_text_with_the_next_commands(tmp_path):
    """The command alone, as a user runs it; whatever answers on this machine."""
    ran = subprocess.run(
        [sys.executable, "-m", "codestone"], capture_output=True, text=True, timeout=300, cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path)}, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "\x1b" not in ran.stdout
    assert [line for line in ran.stdout.splitlines() if not line.startswith(" ") and line] == [
        "Here", "Servers", "Next",
    ]  # fmt: skip
    assert re.findall(r"^  (\d)\. \S", ran.stdout, re.MULTILINE) == ["1", "2", "3"]
    assert not list(tmp_path.iterdir())


def test_the_screens_module_imports_nothing_heavy():
    """What is heavy is imported when it is shown."""
    program = f"import sys, codestone.cli.first_screen; print([m for m in {HEAVY!r} if m in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"
