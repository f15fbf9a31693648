"""``contestants.toml``: which launch configurations a run is to measure, as types, and how it is read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from codestone import plugins
from codestone.contestants.known import PresetSpec, SamplingSpec, presets
from codestone.endpoint.launched import PORT
from codestone.endpoint.url import address
from codestone.errors import Fault, TaskError, UnknownName, UsageError
from codestone.suites.schema import Reading, read
from codestone.task import Data, Line

Mode = Literal["default", "on", "off"]


class EmbeddedSpec(Data):
    """The embedded model under settings of its own."""

    file: str | None = Field(default=None, description="Another GGUF file than the embedded model's weights.")
    context_tokens: int = Field(default=4096, gt=0, description="Context in tokens.")
    threads: int = Field(default=1, gt=0, description="Threads that compute.")


class LaunchSpec(Data):
    """How the run itself starts and stops the server: `argv` or `embedded`."""

    argv: tuple[str, ...] = Field(
        default=(), description="The command, without a shell; `{port}` stands for a free port."
    )
    embedded: EmbeddedSpec | None = Field(
        default=None, description="Serve with the extra `embedded`; `{}` for its usual settings."
    )
    server: str = Field(default="", description="Kind of server; by default told from the command.")
    load_s: float = Field(default=300.0, gt=0, description="Seconds that loading may take.")


class ThinkingSpec(Data):
    """How thinking is turned on or off, where what Codestone knows of server and model is not right."""

    chat_template_kwargs: dict[str, Any] = Field(
        default={}, description="Handed to the chat template, such as `{ enable_thinking = false }`."
    )
    think: Any = Field(
        default=None,
        description="true, false or a level, as Ollama has it.",
        json_schema_extra={"anyOf": [{"type": "boolean"}, {"type": "string"}]},
    )
    reasoning_effort: str | None = Field(default=None, description="`none`, `low`, `medium`, `high` …")
    prefix: str = Field(default="", description="Put before the first user message, such as `/no_think `.")
    request: dict[str, Any] = Field(default={}, description="Anything else to lay into each request.")

    @field_validator("think")
    @classmethod
    def _think(cls, value: object) -> object:
        if value is not None and not isinstance(value, bool | str):
            raise ValueError(f"must be true, false or a level in quotes, not {value!r}")
        return value


class FactsSpec(Data):
    """What you know of the weights and their serving, and the server may not tell."""

    architecture: Line | None = Field(default=None, description="Such as `qwen3moe`.")
    quant: Line | None = Field(default=None, description="Such as `Q4_K_M`.")
    uploader: Line | None = Field(default=None, description="Who made the file.")
    base_model: Line | None = Field(default=None, description="What it was made or tuned from.")
    distill_of: Line | None = Field(default=None, description="The model whose answers it learnt from.")
    parameters: float | None = Field(default=None, gt=0, description="All of them: `30.5e9`.")
    active_parameters: float | None = Field(default=None, gt=0, description="Used for one token: `3.3e9`.")
    context_trained: int | None = Field(default=None, gt=0, description="Tokens.")
    context_served: int | None = Field(default=None, gt=0, description="Tokens.")
    kv_cache_type: Line | None = Field(default=None, description="Such as `q8_0`.")
    draft: Line | None = Field(default=None, description="Draft model, or MTP, with its settings.")
    offload: Line | None = Field(
        default=None, description="`all` where every layer is on an accelerator, else in words."
    )
    slots: int | None = Field(default=None, gt=0, description="Requests that are served at once.")
    reasoning_budget: int | None = Field(default=None, ge=0, description="Tokens that thinking may take.")
    build: Line | None = Field(default=None, description="Version of the server.")
    note: Line | None = Field(default=None, description="Anything else.")


class ContestantSpec(Data):
    """One `[[contestant]]`: one launch configuration, or one for each model that a pattern names."""

    name: Line | None = Field(default=None, description="What its name on disk begins with.")
    model: Line | None = Field(
        default=None,
        description="Id that requests carry; a pattern such as `qwen*` is a contestant for each match.",
    )
    endpoint: str | None = Field(default=None, description="Where it is served already.")
    launch: LaunchSpec | None = Field(default=None, description="Instead of `endpoint`: started by the run.")
    key_env: str | None = Field(
        default=None, description="Environment variable with the API key; the key itself is written nowhere."
    )
    thinking: Mode = Field(default="default", description="`default` leaves it to the server.")
    thinking_by: ThinkingSpec | None = Field(
        default=None, description="How; by default from what is known of server and model."
    )
    reasoning_sent_back: bool = Field(
        default=False, description="Whether earlier thinking goes back with a conversation."
    )
    sampling: str = Field(
        default="server",
        description="`server`: nothing is sent. `fixed`: as `sampling_by` says. `preset:NAME`.",
    )
    sampling_by: SamplingSpec | None = Field(default=None, description="What is sent with `fixed`.")
    file: str | None = Field(
        default=None, description="The model's file on this machine, to read its size and GGUF header."
    )
    sha256: bool = Field(default=False, description="Whether its digest is taken: seconds per gigabyte.")
    facts: FactsSpec = Field(default=FactsSpec(), description="What you know and the server may not tell.")


class ContestantsSpec(Data):
    """The whole of one contestants.toml."""

    schema_version: Literal[1] = Field(default=1, description="Version of this format.")
    contestant: tuple[ContestantSpec, ...] = Field(min_length=1, description="In the order of the run.")
    preset: tuple[PresetSpec, ...] = Field(default=(), description="Sampling to refer to by its name.")


def read_contestants(file: Path) -> ContestantsSpec:
    """Read the file; raise TaskError with every fault of it, each with its line."""
    reading = read(file, ContestantsSpec)
    faults = [*reading.faults]
    if reading.has("contestant", "preset"):
        faults += _faults(reading)
    if faults:
        raise TaskError(faults, of="the contestants")
    return reading.spec


def _faults(reading: Reading[ContestantsSpec]) -> Iterator[Fault]:
    known = [preset.name for preset in presets(reading.spec.preset)]
    keys: dict[str, str | None] = {}
    for place, spec in enumerate(reading.spec.contestant):
        for key, message in (
            *_served_faults(spec),
            *_launch_faults(spec.launch),
            *_setting_faults(spec, known),
            *_key_faults(spec, keys),
        ):
            yield reading.document.fault(message, "contestant", place, *key)


Found = Iterator[tuple[tuple[str, ...], str]]
"""Key below [[contestant]], and what is wrong there."""


def _served_faults(spec: ContestantSpec) -> Found:
    if (spec.endpoint is None) == (spec.launch is None):
        yield (), "a contestant needs `endpoint` or [contestant.launch], one of them"
    embedded = spec.launch is not None and spec.launch.embedded is not None
    if spec.model is None and not embedded:
        yield (), "'model' is missing (the id that requests carry)"
    if spec.launch and spec.model and set("*?[") & set(spec.model):
        yield ("model",), "'model' of a launched server must be one id, not a pattern"
    if spec.endpoint is not None:
        try:
            address(spec.endpoint)
        except UsageError as error:
            yield ("endpoint",), error.message
    if spec.sha256 and spec.file is None:
        yield ("sha256",), "'sha256' needs `file`"


def _launch_faults(launch: LaunchSpec | None) -> Found:
    if launch is None:
        return
    if bool(launch.argv) == (launch.embedded is not None):
        yield ("launch",), "a launch needs `argv` or `embedded`, one of them"
    if launch.argv and not any(PORT in word for word in launch.argv):
        yield ("launch", "argv"), f"'argv' must have {PORT} where the server is told its port"
    if any(word.partition("=")[0] == "--api-key" for word in launch.argv):
        yield (
            ("launch", "argv"),
            "a key would be written into the run directory: use --api-key-file, and `key_env`",
        )
    kinds = [name.replace("_", "-") for name in plugins.names("endpoint.servers")]
    if launch.server and launch.server not in kinds:
        yield ("launch", "server"), _unknown("kind of server", launch.server, kinds)


def _setting_faults(spec: ContestantSpec, known: list[str]) -> Found:
    if spec.thinking_by and spec.thinking == "default":
        yield ("thinking_by",), "'thinking_by' needs `thinking`: what it is to bring about, on or off"
    if spec.sampling_by and spec.sampling != "fixed":
        yield ("sampling_by",), "'sampling_by' needs `sampling = \"fixed\"`"
    if spec.sampling == "fixed" and not spec.sampling_by:
        yield ("sampling",), "`fixed` needs [contestant.sampling_by]: what is sent"
    kind, _, preset = spec.sampling.partition(":")
    if kind == "preset" and preset not in known:
        yield ("sampling",), _unknown("preset", preset, known)
    elif spec.sampling not in {"server", "fixed"} and kind != "preset":
        yield ("sampling",), f"'sampling' must be server, fixed or preset:NAME, not {spec.sampling!r}"


def _key_faults(spec: ContestantSpec, keys: dict[str, str | None]) -> Found:
    if spec.endpoint is None:
        return
    try:
        origin = address(spec.endpoint).origin
    except UsageError:
        return
    if keys.setdefault(origin, spec.key_env) != spec.key_env:
        yield ("key_env",), f"{origin} is given another 'key_env' above: an endpoint has one key"


def _unknown(kind: str, name: str, known: list[str]) -> str:
    error = UnknownName(kind, name, known)
    return f"{error.message}. {error.hint}"
